"""A line of images, cut into four PHASES, so that pooling becomes a loop over whole lines, too.

Max pooling looks at the four cells of a 2 x 2 square. A processor takes eight numbers at once, so it wants the same cell
of eight squares side by side; in a line of rows it finds two cells of four squares, and the other two a row further on.
So even and odd rows, and even and odd columns, are kept apart from the beginning:

    image         phase (0, 0)   (0, 1)   (1, 0)   (1, 1)
    a b c d              a c      b d      e g      f h
    e f g h              i k      j l      m o      n p
    i j k l
    m n o p              square (I, J) is place (I, J) of all four phases

The convolution does not mind. Output (2 I + p, 2 J + q) takes through tap (k, l) the number (2 I + p + k, 2 J + q + l):

    phase ((p + k) % 2, (q + l) % 2), place (I + (p + k) // 2, J + (q + l) // 2)                        (1)

which is a whole line again, shifted. What is done with such lines is in walks.py, winograd.py and pooling.py.

Gaps, stacked images, whole STEPs and SLACK are as in taps.py, for lines of half the rows and half the columns:
HQ = (H + padding) / 2 rows an image and WQ = (W + padding) / 2 places a row, rounded up. The zeros behind one row are
those before the next here as well: a column W + padding or further is the column 2 WQ less of the row below.
"""

import functools
from typing import NamedTuple

from numba import njit

from siamese_np.kernels.compiled.options import COMPILED

STACK = 560  # places up to which images are stacked
STEP = 32
SHARES = 4  # stacks are planned as a multiple of these where images are more, so that cores get equal shares


class Layout(NamedTuple):
    """How the images of a batch lie in lines: `images` a stack, `stacks` of them, a line `length` places long."""

    images: int
    stacks: int
    hq: int
    wq: int
    length: int


@njit(**COMPILED)
def whole_steps(length):
    return (length + STEP - 1) // STEP * STEP


@functools.lru_cache
def plan_layout(shape: tuple[int, ...], padding: tuple[int, int]) -> Layout:
    """For x (N, C, H, W): the same layout holds x, the output and their gradients."""
    images, _, height, width = shape
    hq, wq = (height + padding[0] + 1) // 2, (width + padding[1] + 1) // 2
    stacks = max(-(-images // max(STACK // (hq * wq), 1)), 1)
    if images > SHARES:
        stacks = -(-stacks // SHARES) * SHARES
    stack = max(-(-images // stacks), 1)
    return Layout(stack, -(-images // stack), hq, wq, whole_steps(stack * hq * wq))


@njit(**COMPILED)
def images_of(stack, lay, images):
    """How many of the batch's `images` are in a stack: the last one may have fewer."""
    return min(lay.images, images - stack * lay.images)


@njit(**COMPILED)
def put_in_phases(x, image, top, left, lay, planes):
    """x (C, H, W) into planes, as image number `image` of the stack, behind a border of `top` rows and `left` columns."""
    channels, height, width = x.shape
    half = width // 2
    for c in range(channels):
        for h in range(height):
            row = (image * lay.hq + (top + h) // 2) * lay.wq
            two = planes[c, (top + h) % 2]
            source = x[c, h]
            first, second = two[left % 2, row + left // 2 :], two[(left + 1) % 2, row + (left + 1) // 2 :]
            for j in range(half):
                first[j], second[j] = source[2 * j], source[2 * j + 1]
            if width % 2:
                first[half] = source[width - 1]


@njit(**COMPILED)
def take_from_phases(sums, image, lay, x):
    """The way back, without a border: sums (2, 2, places) -> x (H, W)."""
    height, width = x.shape
    half = width // 2
    for h in range(height):
        row = (image * lay.hq + h // 2) * lay.wq
        first, second, target = sums[h % 2, 0, row:], sums[h % 2, 1, row:], x[h]
        for j in range(half):
            target[2 * j], target[2 * j + 1] = first[j], second[j]
        if width % 2:
            target[width - 1] = first[half]


@njit(**COMPILED)
def shifted(plane, p, q, top, left, wq):
    """The line of phase (p, q) of what stands in a plane (2, 2, places) behind a border of top rows and left columns."""
    return plane[(p + top) % 2, (q + left) % 2, (p + top) // 2 * wq + (q + left) // 2 :]
