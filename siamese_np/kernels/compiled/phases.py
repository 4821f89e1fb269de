"""The layout in which the convolutions work: an image is four long lines, its PHASES, and a tap of a kernel is a shift.

A TAP (k, l) is one weight of a kernel, in row k and column l.

Lines. Write an image as one line, row after row, with the zeros of its border between the rows; the zeros behind one
row are also those before the next. With WP places per row, the number that tap (k, l) needs for output place (i, j)
stands k WP + l further than place (i, j) itself, for all places alike. So a tap adds the whole line, shifted and
multiplied by one weight, and a convolution is a sum of such lines:

    line, WP = 5          a b c d e f g h i j k l m n o
    tap (0, 0)  w00 *     a b c d e f g h ...
    tap (0, 1)  w01 *     b c d e f g h i ...
    tap (1, 0)  w10 *     f g h i j k l m ...             y = the sum of these lines

Phases. Max pooling looks at the four cells of a 2 x 2 square. A processor takes eight neighbouring numbers at once, and
they should be the same cell of eight squares. In a line of rows they are the two upper cells of only four squares, and
the lower cells stand a row further on. So even and odd rows, and even and odd columns, are kept apart from the
beginning:

    image         phase (0, 0)   (0, 1)   (1, 0)   (1, 1)
    a b c d              a c      b d      e g      f h
    e f g h              i k      j l      m o      n p
    i j k l
    m n o p              square (I, J) is place (I, J) of all four phases

The taps stay shifts. For output (2 I + p, 2 J + q), tap (k, l) needs the number at (2 I + p + k, 2 J + q + l), which
stands in

    phase ((p + k) % 2, (q + l) % 2), place (I + (p + k) // 2, J + (q + l) // 2)                        (1)

In each phase an image has HQ = (H + padding) / 2 rows of WQ = (W + padding) / 2 places, rounded up. The padding of one
side is enough, since neighbours share their border.

Gaps. No window begins at the last places of a row, or in the rows between two images. The results at these GAPS are
computed with the others, since one long loop is fast, but they are never read. In sums over all places the gaps count
for nothing because the upstream gradient is 0 there. But 0 times NaN or infinity is not 0: `is_finite` tells when the
gaps have to be left out.

Stacks. The start of a loop costs too much beside a line of only a few hundred places. So several small images stand
below each other in one line; together they are a STACK. Threads share a batch by whole stacks.

Blocks. The number of places is rounded up to whole VECTOR_BLOCKs, which the compiled loops take at once. A rest would
be done one number at a time, and could take longer than the whole blocks of a short line. Where a loop needs many
registers, its number of places is written as whole_blocks(length), although it is one already: then the compiler knows
that there is no rest, and keeps no registers for it. Winograd's products gained up to a third by that.
"""

import functools
from typing import NamedTuple

from numba import njit

from siamese_np.kernels.compiled.options import COMPILED

STACK_PLACES = 560  # images are stacked up to about so many places
VECTOR_BLOCK = 32  # places
EQUAL_SHARES = 4  # for more images than this, the number of stacks is a multiple of it where possible: equal shares


class Layout(NamedTuple):
    """How the images of a batch lie in lines.

    images: per stack. stacks: their number. hq, wq: HQ and WQ. length: places of a line.
    """

    images: int
    stacks: int
    hq: int
    wq: int
    length: int


@njit(**COMPILED)
def whole_blocks(length):
    """`length`, rounded up to whole VECTOR_BLOCKs."""
    return (length + VECTOR_BLOCK - 1) // VECTOR_BLOCK * VECTOR_BLOCK


@functools.lru_cache
def plan_layout(shape: tuple[int, ...], padding: tuple[int, int]) -> Layout:
    """The layout for x (N, C, H, W); the output of the convolution and their gradients have the same one."""
    images, _, height, width = shape
    hq, wq = (height + padding[0] + 1) // 2, (width + padding[1] + 1) // 2
    stacks = max(-(-images // max(STACK_PLACES // (hq * wq), 1)), 1)
    if images > EQUAL_SHARES:
        stacks = -(-stacks // EQUAL_SHARES) * EQUAL_SHARES
    stack = max(-(-images // stacks), 1)
    return Layout(stack, -(-images // stack), hq, wq, whole_blocks(stack * hq * wq))


@njit(**COMPILED)
def images_in_stack(stack, layout, images):
    """How many of the batch's `images` are in a stack: the last one may have fewer."""
    return min(layout.images, images - stack * layout.images)


@njit(**COMPILED)
def shifted(plane, p, q, top, left, wq):
    """Phase (p, q) of what a plane (2, 2, places) holds behind a border of `top` rows and `left` columns, as a line."""
    return plane[(p + top) % 2, (q + left) % 2, (p + top) // 2 * wq + (q + left) // 2 :]


@njit(**COMPILED)
def is_finite(line):
    """Whether a line has neither NaN nor infinity: these are the only numbers that are not 0 when multiplied by 0."""
    zero = line.dtype.type(0)
    total = zero
    for i in range(len(line)):
        total += line[i] * zero
    return total == 0
