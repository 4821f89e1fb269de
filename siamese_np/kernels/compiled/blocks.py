"""A convolution and what follows it, in one pass over an image: while its sums are in the cache, they are pooled.

    conv_pool       convolution, ReLU, 2 x 2 max pooling, dropout                   (no batch normalisation)
    conv_moments    convolution, and mean and squared deviations of each plane      (with it: first half)
    norm_pool       scale and shift of each filter, ReLU, pooling, dropout          (with it: second half)

Batch normalisation needs the mean over the batch before it can normalise, hence the two halves. Backward turns the
pooled gradient into that of the convolution's output on the fly, inside the layout that its walks read:

    g = factor * (dp at the winners) + slope * y + offset

which without batch normalisation is factor = the dropout's scale, slope = offset = 0 (for the others see
siamese_np/blocks.py).
"""

import numpy as np
from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled.conv2d import (
    backward_layout,
    correlate_stack,
    fill_up,
    room_for_sums,
    slabs_for,
    turned,
    walk_forward,
)
from siamese_np.kernels.compiled.norm import norm_moments
from siamese_np.kernels.compiled.options import COMPILED, for_images
from siamese_np.kernels.compiled.pooling import CLOSED, pool_two_lines, scatter_to_winners
from siamese_np.kernels.compiled.taps import (
    FILTERS,
    SLACK,
    add_dots,
    correlate_strip,
    images_a_stack,
    put_inside_border,
    rows_a_strip,
)


@njit(**COMPILED)
def _even(rows):
    return rows + rows % 2


@njit(**COMPILED)
def _conv_pool(x, weight, bias, top, left, drawn, dropped, keep, p, code, first, last):
    channels, height, width = x.shape[1:]
    filters, ph, pw = p.shape[1:]
    hp, wp = _even(height + top), width + left
    stack = images_a_stack(last - first, hp, wp)
    planes = np.zeros((channels, (stack * hp + top) * wp + SLACK), x.dtype)
    sums = room_for_sums(wp, x)
    most = rows_a_strip(wp)
    one, zero = x.dtype.type(1), x.dtype.type(0)
    for n in range(first, last, stack):
        images = min(stack, last - n)
        for b in range(images):
            put_inside_border(x[n + b], b * hp + top, left, wp, planes)
        end = (images - 1) * hp + 2 * ph
        for f in range(0, filters, FILTERS):
            for row in range(0, end, most):
                rows = min(most, end - row)
                correlate_strip(planes, weight[f : f + FILTERS], bias[f : f + FILTERS], row, rows, wp, sums)
                for r in range(0, rows, 2):
                    b, i = divmod(row + r, hp)
                    i //= 2
                    if i >= ph:
                        continue
                    for q in range(min(FILTERS, filters - f)):
                        upper, lower = sums[q, r * wp : (r + 1) * wp], sums[q, (r + 1) * wp : (r + 2) * wp]
                        m, k = n + b, f + q
                        pool_two_lines(
                            upper, lower, one, zero, drawn[m, k, i], dropped, keep, p[m, k, i], code[m, k, i]
                        )


def conv_pool(x, weight, bias, padding, drawn, dropped, keep, p, code):
    """x (N, C, H, W) -> p, code (N, F, PH, PW), written. drawn (N, F, PH, PW) uint8, dropped and keep as in Dropout."""
    arguments = (x, fill_up(weight), fill_up(bias), *padding, drawn, np.uint8(dropped), p.dtype.type(keep), p, code)
    for_images(_conv_pool, len(x), *arguments)


def conv_moments(x, weight, bias, padding, y, means, deviations):
    """x (N, C, H, W) -> y (N, F, OH, OW), and of each of its planes the mean and the sum of squared deviations from it
    (N, F); all written."""
    for_images(walk_forward, len(x), x, fill_up(weight), fill_up(bias), *padding, y)
    norm_moments(y.reshape(*y.shape[:2], -1), False, means, deviations)


@njit(**COMPILED)
def _norm_pool(y, scale, shift, drawn, dropped, keep, p, code, first, last):
    filters, ph, pw = p.shape[1:]
    for n in range(first, last):
        for f in range(filters):
            for i in range(ph):
                pool_two_lines(
                    y[n, f, 2 * i], y[n, f, 2 * i + 1], scale[f], shift[f],
                    drawn[n, f, i], dropped, keep, p[n, f, i], code[n, f, i],
                )  # fmt: skip


def norm_pool(y, scale, shift, drawn, dropped, keep, p, code):
    """y (N, F, OH, OW), scale and shift (F,) -> p, code (N, F, PH, PW), written."""
    arguments = (y, scale, shift, drawn, np.uint8(dropped), p.dtype.type(keep), p, code)
    for_images(_norm_pool, len(y), *arguments)


@njit(**COMPILED)
def _pool_sums(dp, code, y, first_sums, second_sums, first, last):
    filters, ph, pw = dp.shape[1:]
    zero = dp.dtype.type(0)
    for n in range(first, last):
        for f in range(filters):
            a, b = zero, zero
            for i in range(ph):
                for j in range(pw):
                    cell = int(code[n, f, i, j])
                    if cell != CLOSED:
                        a += dp[n, f, i, j]
                        b += dp[n, f, i, j] * y[n, f, 2 * i + cell // 2, 2 * j + cell % 2]
            first_sums[n, f], second_sums[n, f] = a, b


def pool_sums(dp, code, y, first_sums, second_sums):
    """Of each plane the sum of dp over what passed, and of dp times the y that won (N, F); written."""
    for_images(_pool_sums, len(dp), dp, code, y, first_sums, second_sums)


@njit(**COMPILED)
def _backward_of_slab(
    dp, code, x, y, factor, slope, offset, weight_turned, top, left, oh, ow, dx, dweight, dbias, first, last
):
    channels, height, width = x.shape[1:]
    filters = dp.shape[1]
    kh, kw = dweight.shape[2:]
    hp, wp = backward_layout(height, width, kh, kw, top, left)
    stack = images_a_stack(last - first, hp, wp)
    rows = stack * hp + kh
    planes = np.zeros((channels, rows * wp + SLACK), x.dtype)
    g = np.zeros((len(dweight), rows * wp + SLACK), x.dtype)
    g_top, g_left = kh - 1 - top, kw - 1 - left
    no_bias = np.zeros(len(weight_turned), x.dtype)
    sums = room_for_sums(wp, x)
    dweight[:] = 0
    dbias[:] = 0
    for n in range(first, last, stack):
        images = min(stack, last - n)
        g[:] = 0
        for b in range(images):
            put_inside_border(x[n + b], b * hp + top, left, wp, planes)
            start = (b * hp + g_top) * wp + g_left
            for f in range(filters):
                if len(y):  # slope y + offset at every place, whether it was pooled or not
                    for i in range(oh):
                        line, source = g[f, start + i * wp : start + i * wp + ow], y[n + b, f, i]
                        for j in range(ow):
                            line[j] = slope[f] * source[j] + offset[f]
                scatter_to_winners(dp[n + b, f], code[n + b, f], factor[f], start, wp, g[f])
                total = x.dtype.type(0)
                for i in range(oh):
                    line = g[f, start + i * wp : start + i * wp + ow]
                    for j in range(ow):
                        total += line[j]
                dbias[f] += total
        add_dots(g, g_top * wp + g_left, planes, images, hp, wp, oh, ow, dweight)
        if len(dx):
            correlate_stack(g[:filters], weight_turned, no_bias, images, hp, wp, dx, n, sums)


@njit(**COMPILED)
def _backward(
    dp, code, x, y, factor, slope, offset, weight_turned, top, left, oh, ow, dx, dweights, dbiases, first, last
):
    images, slabs = len(x), len(dweights)
    for s in range(first, last):
        _backward_of_slab(
            dp, code, x, y, factor, slope, offset, weight_turned, top, left, oh, ow, dx, dweights[s], dbiases[s],
            s * images // slabs, (s + 1) * images // slabs,
        )  # fmt: skip


def block_backward(dp, code, x, y, factor, slope, offset, weight, padding, size, dx, dweight, dbias):
    """dp (N, F, PH, PW) -> dx, dweight and dbias, written. size: (OH, OW).

    factor, slope, offset (F,) as above; y (N, F, OH, OW), or without images where slope and offset are 0; dx without
    images is not computed.
    """
    dweights, dbiases = slabs_for(weight, len(x))
    arguments = (dp, code, x, y, factor, slope, offset, turned(weight), *padding, *size, dx)
    threads.share_out(_backward, len(dweights), *arguments, dweights, dbiases)
    np.sum(dweights[:, : len(weight)], axis=0, out=dweight)
    np.sum(dbiases, axis=0, out=dbias)
