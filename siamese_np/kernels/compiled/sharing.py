"""How images, or stacks of images, are shared out to the cores (../../threads.py); a few images stay on one core."""

from collections.abc import Callable

from siamese_np import threads


def for_images(kernel: Callable[..., None], images: int, *arguments) -> None:
    """kernel(*arguments, first, last) for the images 0 ... images - 1, in parts."""
    for_stacks(kernel, images, images, *arguments)


def for_stacks(kernel: Callable[..., None], stacks: int, images: int, *arguments) -> None:
    """kernel(*arguments, first, last) for the stacks 0 ... stacks - 1, which hold so many images, in parts."""
    if images <= threads.FEW_IMAGES:
        kernel(*arguments, 0, stacks)
    else:
        threads.share_out(kernel, stacks, *arguments)
