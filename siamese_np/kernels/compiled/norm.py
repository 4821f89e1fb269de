"""Batch normalisation over feature maps, compiled: each pass reads what it needs once. fusion.py says what for.

All work on planes, x (N, C, L); with `relu` on max(0, x) in the place of x, so that a ReLU in front costs no pass.
"""

import numpy as np
from numba import njit, prange

from siamese_np import threads
from siamese_np.kernels.compiled.options import PARALLEL, SERIAL


@njit(**SERIAL)
def _moments(x, relu, means, deviations, n):
    zero = x.dtype.type(0)
    for c in range(x.shape[1]):
        plane = x[n, c]
        length = len(plane)
        total = zero
        for i in range(length):
            total += max(plane[i], zero) if relu else plane[i]
        mean = x.dtype.type(total / length)
        deviation = zero
        for i in range(length):
            away = (max(plane[i], zero) if relu else plane[i]) - mean
            deviation += away * away
        means[n, c], deviations[n, c] = mean, deviation


@njit(**PARALLEL)
def _moments_parallel(x, relu, means, deviations):
    for n in prange(len(x)):
        _moments(x, relu, means, deviations, n)


def norm_moments(x, relu, means, deviations):
    """Of each plane the mean and the sum of squared deviations from it (N, C); written."""
    with threads.parallel_lock:
        _moments_parallel(x, relu, means, deviations)


@njit(**SERIAL)
def _apply(x, relu, scale, shift, y, n):
    zero = x.dtype.type(0)
    for c in range(x.shape[1]):
        source, target = x[n, c], y[n, c]
        for i in range(len(source)):
            target[i] = (max(source[i], zero) if relu else source[i]) * scale[c] + shift[c]


@njit(**PARALLEL)
def _apply_parallel(x, relu, scale, shift, y):
    for n in prange(len(x)):
        _apply(x, relu, scale, shift, y, n)


def norm_apply(x, relu, scale, shift, y):
    """y = scale x + shift, one scale and shift (C,) a channel; written."""
    with threads.parallel_lock:
        _apply_parallel(x, relu, scale, shift, y)


@njit(**SERIAL)
def _sums(dy, x, relu, first, second, n):
    zero = x.dtype.type(0)
    for c in range(x.shape[1]):
        upstream, source = dy[n, c], x[n, c]
        a, b = zero, zero
        for i in range(len(source)):
            a += upstream[i]
            b += upstream[i] * (max(source[i], zero) if relu else source[i])
        first[n, c], second[n, c] = a, b


@njit(**PARALLEL)
def _sums_parallel(dy, x, relu, first, second):
    for n in prange(len(x)):
        _sums(dy, x, relu, first, second, n)


def norm_sums(dy, x, relu, first, second):
    """Of each plane the sums of dy and of dy x (N, C); written."""
    with threads.parallel_lock:
        _sums_parallel(dy, x, relu, first, second)


@njit(**SERIAL)
def _combine(dy, x, relu, factor, slope, offset, dx, n):
    zero = x.dtype.type(0)
    for c in range(x.shape[1]):
        upstream, source, target = dy[n, c], x[n, c], dx[n, c]
        for i in range(len(source)):
            value = factor[c] * upstream[i] + slope[c] * source[i] + offset[c]
            target[i] = value if not relu or source[i] > zero else zero


@njit(**PARALLEL)
def _combine_parallel(dy, x, relu, factor, slope, offset, dx):
    for n in prange(len(x)):
        _combine(dy, x, relu, factor, slope, offset, dx, n)


def norm_combine(dy, x, relu, factor, slope, offset, dx):
    """dx = factor dy + slope x + offset, (C,) each, and 0 where a ReLU was closed; written."""
    with threads.parallel_lock:
        _combine_parallel(dy, x, relu, factor, slope, offset, dx)
