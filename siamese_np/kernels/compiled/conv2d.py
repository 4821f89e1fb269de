"""Convolution, compiled: with stride 1 a walk over shifted copies (see taps.py), otherwise the definition, loop by loop.

With stride 1 both gradients are such walks, too:

- The gradient of the input is a convolution itself. Output (i, j) took x from (i + k, j + l); so x at (h, w) gets its
  gradient from the outputs (h - k, w - l): the upstream inside a border of KH - 1 - padding, under the kernel turned by
  180 degrees and with filters and channels exchanged.
- The gradient of a weight is the dot product of the upstream with the copy that its tap read.

The numbers cite ../reference.py. Filters come in fours; missing ones are filled up with zeros and not read.
"""

import numpy as np
from numba import njit, prange

from siamese_np import threads
from siamese_np.kernels.compiled.options import FEW_IMAGES, MOST_SLABS, PARALLEL, SERIAL
from siamese_np.kernels.compiled.taps import (
    FILTERS,
    SLACK,
    add_dots,
    correlate_strip,
    images_a_stack,
    put_inside_border,
    rows_a_strip,
)


@njit(**SERIAL)
def _forward(x, weight, bias, top, left, y, first, last):
    """(1) as a walk, for y (N, F, OH, OW); weight (4 n, C, KH, KW), bias (4 n,)."""
    channels, height, width = x.shape[1:]
    filters, oh, ow = y.shape[1:]
    hp, wp = height + top, width + left
    stack = images_a_stack(last - first, hp, wp)
    planes = np.zeros((channels, (stack * hp + top) * wp + SLACK), x.dtype)
    most = rows_a_strip(wp, 1)
    sums = np.empty((FILTERS, most * wp + SLACK), x.dtype)
    for n in range(first, last, stack):
        images = min(stack, last - n)
        for b in range(images):
            put_inside_border(x[n + b], b * hp + top, left, wp, planes)
        end = (images - 1) * hp + oh
        for f in range(0, filters, FILTERS):
            for row in range(0, end, most):
                rows = min(most, end - row)
                correlate_strip(planes, weight[f : f + FILTERS], bias[f : f + FILTERS], row, rows, wp, sums)
                for r in range(rows):
                    b, i = divmod(row + r, hp)
                    if i >= oh:
                        continue  # a row between two images
                    for q in range(min(FILTERS, filters - f)):
                        line, source = y[n + b, f + q, i], sums[q, r * wp : r * wp + ow]
                        for j in range(ow):
                            line[j] = source[j]


@njit(**PARALLEL)
def _forward_parallel(x, weight, bias, top, left, y, slabs):
    images = len(x)
    for s in prange(slabs):
        _forward(x, weight, bias, top, left, y, s * images // slabs, (s + 1) * images // slabs)


@njit(**SERIAL)
def _weight_gradient(dy, x, top, left, dweight, dbias, first, last):
    """(4) and (5) as a walk; dweight (4 n, C, KH, KW) and dbias (F,) are overwritten."""
    channels, height, width = x.shape[1:]
    filters, oh, ow = dy.shape[1:]
    hp, wp = height + top, width + left
    stack = images_a_stack(last - first, hp, wp)
    planes = np.zeros((channels, (stack * hp + top) * wp + SLACK), x.dtype)
    g = np.zeros((len(dweight), stack * hp * wp + SLACK), x.dtype)  # dy, and 0 in gaps and for missing filters
    dweight[:] = 0
    dbias[:] = 0
    for n in range(first, last, stack):
        images = min(stack, last - n)
        for b in range(images):
            put_inside_border(x[n + b], b * hp + top, left, wp, planes)
            put_inside_border(dy[n + b], b * hp, 0, wp, g)
            for f in range(filters):
                total = dbias[f]
                for i in range(oh):
                    for j in range(ow):
                        total += dy[n + b, f, i, j]
                dbias[f] = total  # (5)
        add_dots(g, planes, images, hp, wp, oh, ow, dweight)  # (4)


@njit(**PARALLEL)
def _weight_gradient_parallel(dy, x, top, left, dweights, dbiases):
    images, slabs = len(x), len(dweights)
    for s in prange(slabs):
        _weight_gradient(
            dy, x, top, left, dweights[s], dbiases[s], s * images // slabs, (s + 1) * images // slabs
        )


@njit(**SERIAL)
def _forward_strided(x, weight, bias, sy, sx, top, left, y):
    """(1) as it is written."""
    images, filters, oh, ow = y.shape
    channels, height, width = x.shape[1:]
    kh, kw = weight.shape[2:]
    for n in range(images):
        for f in range(filters):
            for i in range(oh):
                for j in range(ow):
                    total = bias[f]
                    for c in range(channels):
                        for k in range(max(top - i * sy, 0), min(kh, height + top - i * sy)):
                            for l in range(max(left - j * sx, 0), min(kw, width + left - j * sx)):
                                total += weight[f, c, k, l] * x[n, c, i * sy + k - top, j * sx + l - left]
                    y[n, f, i, j] = total


@njit(**SERIAL)
def _backward_strided(dy, x, weight, sy, sx, top, left, dx, dweight, dbias):
    """The same walk: each product of (1) gives to both its factors."""
    images, filters, oh, ow = dy.shape
    channels, height, width = x.shape[1:]
    kh, kw = weight.shape[2:]
    for n in range(images):
        for f in range(filters):
            for i in range(oh):
                for j in range(ow):
                    g = dy[n, f, i, j]
                    dbias[f] += g
                    for c in range(channels):
                        for k in range(max(top - i * sy, 0), min(kh, height + top - i * sy)):
                            for l in range(max(left - j * sx, 0), min(kw, width + left - j * sx)):
                                v, u = i * sy + k - top, j * sx + l - left
                                dweight[f, c, k, l] += g * x[n, c, v, u]
                                dx[n, c, v, u] += g * weight[f, c, k, l]


def _is_walk(weight, stride, padding):
    """Whether the shifted copies can do it: stride 1, and no window that lies in the padding alone."""
    return stride == (1, 1) and all(pad < k for pad, k in zip(padding, weight.shape[2:]))


def fill_up(weight, bias):
    """weight (F, C, KH, KW) and bias (F,), with filters of zeros up to a multiple of four."""
    filters = len(weight)
    missing = -filters % FILTERS
    if not missing:
        return np.ascontiguousarray(weight), np.ascontiguousarray(bias)
    none = np.zeros((missing, *weight.shape[1:]), weight.dtype)
    return np.concatenate([weight, none]), np.concatenate([bias, none[:, 0, 0, 0]])


def _walk(x, weight, bias, padding, y):
    filled, filled_bias = fill_up(weight, bias)
    arguments = (np.ascontiguousarray(x), filled, filled_bias, *padding, y)
    if len(x) <= FEW_IMAGES:
        _forward(*arguments, 0, len(x))
    else:
        with threads.parallel_lock:
            _forward_parallel(*arguments, min(len(x), MOST_SLABS))
    return y


def conv2d_forward(x, weight, bias, stride, padding):
    """x (N, C, H, W), weight (F, C, KH, KW), bias (F,) -> y (N, F, OH, OW)."""
    images, _, height, width = x.shape
    filters, _, kh, kw = weight.shape
    oh = (height + 2 * padding[0] - kh) // stride[0] + 1
    ow = (width + 2 * padding[1] - kw) // stride[1] + 1
    y = np.empty((images, filters, oh, ow), x.dtype)
    if _is_walk(weight, stride, padding):
        return _walk(x, weight, bias, padding, y)
    _forward_strided(*map(np.ascontiguousarray, (x, weight, bias)), *stride, *padding, y)
    return y


def conv2d_backward(dy, x, weight, stride, padding):
    """dy (N, F, OH, OW) and what went into conv2d_forward -> dx, dweight, dbias."""
    dy, x, weight = map(np.ascontiguousarray, (dy, x, weight))
    # the walk puts zeros around the upstream, and 0 times a weight that is NaN would be NaN
    if not _is_walk(weight, stride, padding) or not np.isfinite(weight).all():
        dx, dweight, dbias = np.zeros_like(x), np.zeros_like(weight), np.zeros(len(weight), weight.dtype)
        _backward_strided(dy, x, weight, *stride, *padding, dx, dweight, dbias)
        return dx, dweight, dbias
    dx = input_gradient(dy, weight, padding, x.shape)
    slabs = 1 if len(x) <= FEW_IMAGES else min(len(x), MOST_SLABS)
    filters = len(weight)
    dweights = np.empty((slabs, filters + -filters % FILTERS, *weight.shape[1:]), x.dtype)
    dbiases = np.empty((slabs, filters), x.dtype)
    if slabs == 1:
        _weight_gradient(dy, x, *padding, dweights[0], dbiases[0], 0, len(x))
    else:
        with threads.parallel_lock:
            _weight_gradient_parallel(dy, x, *padding, dweights, dbiases)
    return dx, dweights.sum(0)[:filters], dbiases.sum(0)


def turned(weight):
    """weight (F, C, KH, KW) -> (C, F, KH, KW), each kernel turned by 180 degrees."""
    return weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)


def input_gradient(dy, weight, padding, shape):
    """(6) and (7) as a walk: dx of `shape` (N, C, H, W)."""
    border = tuple(k - 1 - pad for k, pad in zip(weight.shape[2:], padding))
    return _walk(dy, turned(weight), np.zeros(shape[1], dy.dtype), border, np.empty(shape, dy.dtype))
