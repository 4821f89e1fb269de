"""How the kernels are compiled and shared out."""

from collections.abc import Callable

from siamese_np import threads

FEW_IMAGES = 8  # up to so many, one core is as fast as several: they stay on the caller's own thread
MOST_SLABS = 16  # images are shared out in at most so many slabs

# contract and reassoc let the compiler use fused multiply-add and vector sums; nsz and arcp ignore the sign of zero and
# divide by multiplying. NaN and infinity stay what they are, as they would not under fastmath=True. nogil lets several
# threads run kernels at once.
COMPILED = {"cache": True, "nogil": True, "fastmath": {"contract", "reassoc", "nsz", "arcp"}}


def for_images(kernel: Callable[..., None], images: int, *arguments) -> None:
    """kernel(*arguments, first, last) for all images, on all cores where they are more than a few."""
    if images <= FEW_IMAGES:
        kernel(*arguments, 0, images)
    else:
        threads.share_out(kernel, images, *arguments)
