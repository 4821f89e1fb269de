"""Batch normalisation without a convolution before it: the passes of siamese_np/fused/norm.py, each over memory once.

All of them work on planes, x (N, C, L). With `relu` they take max(0, x) in the place of x, so that a ReLU costs no
pass.
"""

from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.team import give, take


@njit(**COMPILED)
def _input(v, relu):
    """max(0, v) after a ReLU, else v; NaN stays NaN."""
    return type(v)(0) if relu and v <= 0 else v


@njit(**COMPILED)
def _moments(team, thread, number, x, relu, means, deviations):
    zero = x.dtype.type(0)
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for n in range(first, last):
            for c in range(x.shape[1]):
                plane = x[n, c]
                length = len(plane)
                total = zero
                for i in range(length):
                    total += _input(plane[i], relu)
                mean = x.dtype.type(total / length)
                deviation = zero
                for i in range(length):
                    away = _input(plane[i], relu) - mean
                    deviation += away * away
                means[n, c], deviations[n, c] = mean, deviation
        first, last = take(team, thread, number)


def norm_moments(x, relu, means, deviations):
    """The mean of each plane, and the sum of squared deviations from it (N, C); written."""
    threads.share_out(_moments, len(x), x, relu, means, deviations)


@njit(**COMPILED)
def _apply(team, thread, number, x, relu, scale, shift, y):
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for n in range(first, last):
            for c in range(x.shape[1]):
                source, target = x[n, c], y[n, c]
                for i in range(len(source)):
                    target[i] = _input(source[i], relu) * scale[c] + shift[c]
        first, last = take(team, thread, number)


def norm_apply(x, relu, scale, shift, y):
    """y = scale x + shift, with scale and shift (C,); written."""
    threads.share_out(_apply, len(x), x, relu, scale, shift, y)


@njit(**COMPILED)
def _sums(team, thread, number, dy, x, relu, sum_dy, sum_dy_x):
    zero = x.dtype.type(0)
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for n in range(first, last):
            for c in range(x.shape[1]):
                upstream, source = dy[n, c], x[n, c]
                total, product = zero, zero
                for i in range(len(source)):
                    total += upstream[i]
                    product += upstream[i] * _input(source[i], relu)
                sum_dy[n, c], sum_dy_x[n, c] = total, product
        first, last = take(team, thread, number)


def norm_sums(dy, x, relu, sum_dy, sum_dy_x):
    """The sums of dy and of dy x over each plane (N, C); written."""
    threads.share_out(_sums, len(x), dy, x, relu, sum_dy, sum_dy_x)


@njit(**COMPILED)
def _combine(team, thread, number, dy, x, relu, factor, slope, offset, dx):
    zero = x.dtype.type(0)
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for n in range(first, last):
            for c in range(x.shape[1]):
                upstream, source, target = dy[n, c], x[n, c], dx[n, c]
                for i in range(len(source)):
                    value = factor[c] * upstream[i] + slope[c] * source[i] + offset[c]
                    target[i] = value if not relu or source[i] > zero else zero
        first, last = take(team, thread, number)


def norm_combine(dy, x, relu, factor, slope, offset, dx):
    """dx = factor dy + slope x + offset, the coefficients (C,) each, and 0 where the ReLU was closed; written."""
    threads.share_out(_combine, len(x), dy, x, relu, factor, slope, offset, dx)
