"""A convolution and what follows it, in one pass over a line of images: while its sums are in the cache, they are pooled.

    conv_pool       convolution, ReLU, 2 x 2 max pooling, dropout                   (no batch normalisation)
    conv_moments    convolution, and mean and squared deviations of each line       (with it: first half)
    norm_pool       scale and shift of each filter, ReLU, pooling, dropout          (with it: second half)

Batch normalisation needs the mean over the batch before it can normalise, hence the two halves. The way back is in
blocks_backward.py.

Where winograd.py can do the convolution, it does; its numbers are called u there. Without any (u has length 0), or where a
stack holds NaN or infinity, walks.py does it.

All lines are laid out as phases.py says, `lay` of layout(x.shape, padding): y (stacks, F, 2, 2, length) and code
(stacks, F, length) stay so between forward and backward; x, dx, p and dp are ordinary arrays, and stacks are what is
shared out.
"""

import numpy as np
from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import images_of, put_in_phases, whole_steps
from siamese_np.kernels.compiled.block_pooling import pool_phases, rows_into_line, rows_out_of_line, sums_of_winners
from siamese_np.kernels.compiled.workspace import clear, room_for
from siamese_np.kernels.compiled.taps import is_finite
from siamese_np.kernels.compiled.direct import ROOM, STRIP, correlate_line, correlate_strip
from siamese_np.kernels.compiled.winograd import correlate_points, points_of


def _for_stacks(kernel, images, lay, *arguments):
    if images <= threads.FEW_IMAGES:
        kernel(*arguments, 0, lay.stacks)
    else:
        threads.share_out(kernel, lay.stacks, *arguments)


@njit(**COMPILED)
def put_stack(x, stack, top, left, lay, planes):
    """The images of a stack into planes -> how many they are. Behind the last one nothing of another stack is left."""
    images = images_of(stack, lay, len(x))
    if images < lay.images:
        planes[:] = 0
    for b in range(images):
        put_in_phases(x[stack * lay.images + b], b, top, left, lay, planes)
    return images


@njit(**COMPILED)
def rows_of_stack_into_line(rows, stack, f, lay, line):
    """rows (N, F, PH, PW): those of one filter and stack into a line; behind the last image are zeros."""
    images = images_of(stack, lay, len(rows))
    if images < lay.images:
        line[:] = 0
    for b in range(images):
        rows_into_line(rows[stack * lay.images + b, f], b, lay, line)


@njit(**COMPILED)
def _rows_out_of_line(line, stack, f, lay, rows):
    for b in range(images_of(stack, lay, len(rows))):
        rows_out_of_line(line, b, lay, rows[stack * lay.images + b, f])


@njit(**COMPILED)
def correlate_all(planes, weight, u, bias, lay, x_points, y_points, sums, lines):
    """All filters at all places of a stack: lines (F, 2, 2, length), written."""
    if len(u) and is_finite(planes.reshape(-1)):
        correlate_points(planes, u, bias, lay.length, lay.wq, x_points, y_points, lines)
    else:
        for f in range(len(weight)):
            correlate_line(planes, weight[f], bias[f], lay, sums, lines[f])


@njit(**COMPILED)
def _conv_pool(x, weight, u, bias, top, left, lay, drawn, dropped, keep, p, code, room, first, last):
    filters, channels = weight.shape[:2]
    clear(room, channels, filters)
    planes, lines, sums, pooled = room.planes, room.lines, room.sums, room.line
    bytes_drawn = np.zeros(lay.length, np.uint8)
    one, zero = x.dtype.type(1), x.dtype.type(0)
    for s in range(first, last):
        places = whole_steps(put_stack(x, s, top, left, lay, planes) * lay.hq * lay.wq)
        at_once = len(u) and is_finite(planes.reshape(-1))
        if at_once:
            correlate_points(planes, u, bias, places, lay.wq, room.x_points, room.y_points, lines)
        for f in range(filters):
            if dropped:
                rows_of_stack_into_line(drawn, s, f, lay, bytes_drawn)
            for start in range(0, places, STRIP):
                stop = min(start + STRIP, places)
                if at_once:
                    a, b = lines[f, 0, 0, start:], lines[f, 0, 1, start:]
                    c, d = lines[f, 1, 0, start:], lines[f, 1, 1, start:]
                else:
                    correlate_strip(planes, weight[f], bias[f], start, stop - start, lay, sums)
                    a, b, c, d = sums[0:], sums[ROOM:], sums[2 * ROOM :], sums[3 * ROOM :]
                pool_phases(
                    a, b, c, d, one, zero,
                    bytes_drawn[start:stop], dropped, keep, pooled[start:stop], code[s, f, start:stop], None,
                )  # fmt: skip
            _rows_out_of_line(pooled, s, f, lay, p)


def conv_pool(x, weight, bias, padding, lay, drawn, dropped, keep, p, code):
    """x (N, C, H, W) -> p (N, F, PH, PW) and code, written. drawn (N, F, PH, PW) uint8, dropped and keep as in Dropout."""
    u = points_of(weight)
    arguments = (x, weight, u, bias, *padding, lay, drawn, np.uint8(dropped), p.dtype.type(keep), p, code)

    def work(first, last):
        _conv_pool(*arguments, room_for(lay, weight, u, lines=len(weight) if len(u) else 0), first, last)

    _for_stacks(work, len(x), lay)


@njit(**COMPILED)
def valid_places(size, images, lay, like):
    """1 at the places of a stack that are an output, 0 in the gaps: (2, 2, length)."""
    valid = np.zeros((2, 2, lay.length), like.dtype)
    for b in range(images):
        for i in range(size[0]):
            for j in range(size[1]):
                valid[i % 2, j % 2, (b * lay.hq + i // 2) * lay.wq + j // 2] = 1
    return valid


@njit(**COMPILED)
def _moments(y, valid, entries):
    """Of one filter of a stack, y (2, 2, length): its mean and the sum of squared deviations from it."""
    zero = y.dtype.type(0)
    total, deviation = zero, zero
    for cell in range(4):
        line, inside = y[cell // 2, cell % 2], valid[cell // 2, cell % 2]
        for i in range(len(line)):
            total += line[i] * inside[i]
    mean = y.dtype.type(total / entries)
    for cell in range(4):
        line, inside = y[cell // 2, cell % 2], valid[cell // 2, cell % 2]
        for i in range(len(line)):
            away = (line[i] - mean) * inside[i]
            deviation += away * away
    return mean, deviation


@njit(**COMPILED)
def _conv_moments(x, weight, u, bias, top, left, lay, size, y, means, deviations, room, first, last):
    filters, channels = weight.shape[:2]
    clear(room, channels, filters)
    planes = room.planes
    whole = valid_places(size, lay.images, lay, x)
    for s in range(first, last):
        images = put_stack(x, s, top, left, lay, planes)
        valid = whole if images == lay.images else valid_places(size, images, lay, x)
        correlate_all(planes, weight, u, bias, lay, room.x_points, room.y_points, room.sums, y[s])
        for f in range(filters):
            means[s, f], deviations[s, f] = _moments(y[s, f], valid, images * size[0] * size[1])


def conv_moments(x, weight, bias, padding, lay, size, y, means, deviations):
    """x (N, C, H, W) -> y, and of each filter and stack the mean and the sum of squared deviations from it (stacks, F),
    over images * OH * OW entries; all written. size: (OH, OW)."""
    u = points_of(weight)

    def work(first, last):
        room = room_for(lay, weight, u)
        _conv_moments(x, weight, u, bias, *padding, lay, size, y, means, deviations, room, first, last)

    _for_stacks(work, len(x), lay)


@njit(**COMPILED)
def _norm_pool(y, scale, shift, lay, drawn, dropped, keep, p, code, won, first, last):
    pooled, bytes_drawn = np.zeros(lay.length, y.dtype), np.zeros(lay.length, np.uint8)
    for s in range(first, last):
        for f in range(p.shape[1]):
            if dropped:
                rows_of_stack_into_line(drawn, s, f, lay, bytes_drawn)
            pool_phases(
                y[s, f, 0, 0], y[s, f, 0, 1], y[s, f, 1, 0], y[s, f, 1, 1], scale[f], shift[f],
                bytes_drawn, dropped, keep, pooled, code[s, f], won[s, f],
            )  # fmt: skip
            _rows_out_of_line(pooled, s, f, lay, p)


def norm_pool(y, scale, shift, lay, drawn, dropped, keep, p, code, won):
    """y, scale and shift (F,) -> p (N, F, PH, PW), code and won, the y that passed, else 0 (as code); written."""
    arguments = (y, scale, shift, lay, drawn, np.uint8(dropped), p.dtype.type(keep), p, code, won)
    _for_stacks(_norm_pool, len(p), lay, *arguments)


@njit(**COMPILED)
def _pool_sums(dp, code, won, lay, first_sums, second_sums, first, last):
    upstream = np.zeros(lay.length, dp.dtype)
    for s in range(first, last):
        for f in range(dp.shape[1]):
            rows_of_stack_into_line(dp, s, f, lay, upstream)
            first_sums[s, f], second_sums[s, f] = sums_of_winners(upstream, code[s, f], won[s, f])


def pool_sums(dp, code, won, lay, first_sums, second_sums):
    """Of each filter and stack the sum of dp over what passed, and of dp times what won (stacks, F); written."""
    _for_stacks(_pool_sums, len(dp), lay, dp, code, won, lay, first_sums, second_sums)
