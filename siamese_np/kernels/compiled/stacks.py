"""Stacks in and out: from ordinary arrays (N, C, H, W) to the lines of phases.py, and back.

What the functions write is copied, never computed. Places that they do not name stay as they are.

The last number of an odd row has no neighbour. It is copied before the loop over pairs, also in an even row, where the
loop then writes its place again. With a branch instead, Numba would count the references to the row's views, and that
took longer than the row.
"""

import numpy as np
from numba import njit

from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import images_in_stack


@njit(**COMPILED)
def _put_image(x, image, top, left, layout, planes):
    """x (C, H, W) into planes, as image number `image` of the stack, behind top rows and left columns of border."""
    channels, height, width = x.shape
    half = width // 2
    for c in range(channels):
        for h in range(height):
            row = (image * layout.hq + (top + h) // 2) * layout.wq
            p = (top + h) % 2
            even, odd = planes[c, p, left % 2, row + left // 2 :], planes[c, p, (left + 1) % 2, row + (left + 1) // 2 :]
            source = x[c, h]
            even[(width - 1) // 2] = source[width - 1]
            for j in range(half):
                even[j], odd[j] = source[2 * j], source[2 * j + 1]


@njit(**COMPILED)
def put_stack(x, stack, top, left, layout, planes):
    """The images of a stack of x (N, C, H, W) into planes (C, 2, 2, places), behind a border -> how many they are.

    Behind the last image of a short stack there are zeros, not the images of an earlier one.
    """
    images = images_in_stack(stack, layout, len(x))
    if images < layout.images:
        planes[:] = 0
    for b in range(images):
        _put_image(x[stack * layout.images + b], b, top, left, layout, planes)
    return images


@njit(**COMPILED)
def _take_image(lines, image, layout, x):
    """Image number `image` of a stack, without a border: lines (2, 2, places) -> x (H, W), written."""
    height, width = x.shape
    half = width // 2
    for h in range(height):
        row = (image * layout.hq + h // 2) * layout.wq
        even, odd, target = lines[h % 2, 0, row:], lines[h % 2, 1, row:], x[h]
        target[width - 1] = even[(width - 1) // 2]
        for j in range(half):
            target[2 * j], target[2 * j + 1] = even[j], odd[j]


@njit(**COMPILED)
def take_channel(lines, stack, c, layout, x):
    """lines (2, 2, places) of a stack -> channel c of its images in x (N, C, H, W), written."""
    for b in range(images_in_stack(stack, layout, len(x))):
        _take_image(lines, b, layout, x[stack * layout.images + b, c])


@njit(**COMPILED)
def put_pooled(p, stack, f, layout, line):
    """Filter f of a stack of p (N, F, PH, PW), one number per square, into a line (places,), as put_stack."""
    images = images_in_stack(stack, layout, len(p))
    if images < layout.images:
        line[:] = 0
    for b in range(images):
        rows = p[stack * layout.images + b, f]
        for i in range(rows.shape[0]):
            source, target = rows[i], line[(b * layout.hq + i) * layout.wq :]
            for j in range(len(source)):
                target[j] = source[j]


@njit(**COMPILED)
def take_pooled(line, stack, f, layout, p):
    """The way back: a line -> filter f of the stack's images in p (N, F, PH, PW), written."""
    for b in range(images_in_stack(stack, layout, len(p))):
        rows = p[stack * layout.images + b, f]
        for i in range(rows.shape[0]):
            source, target = line[(b * layout.hq + i) * layout.wq :], rows[i]
            for j in range(len(target)):
                target[j] = source[j]


@njit(**COMPILED)
def valid_places(size, layout, x):
    """1 at the places that are an output of an image of `size` (OH, OW), 0 in the gaps: (2, 2, length), for a whole stack
    of x and for its last one."""
    whole = _valid_places(size, layout.images, layout, x)
    return whole, _valid_places(size, images_in_stack(layout.stacks - 1, layout, len(x)), layout, x)


@njit(**COMPILED)
def _valid_places(size, images, layout, like):
    valid = np.zeros((2, 2, layout.length), like.dtype)
    for b in range(images):
        for i in range(size[0]):
            for j in range(size[1]):
                valid[i % 2, j % 2, (b * layout.hq + i // 2) * layout.wq + j // 2] = 1
    return valid
