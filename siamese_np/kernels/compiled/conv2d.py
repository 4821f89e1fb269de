"""Convolution, compiled: with stride 1 a walk over shifted copies (see taps.py), otherwise the definition, loop by loop.

With stride 1 both gradients are such walks, too, over one layout of the upstream dy:

- The gradient of a weight is the dot product of dy with the copy that its tap read.
- The gradient of the input is a convolution itself. Output (i, j) took x from (i + k, j + l); so x at (h, w) gets its
  gradient from the outputs (h - k, w - l): dy inside a border of KH - 1 - padding, under the kernel turned by 180 degrees
  and with filters and channels exchanged.

The numbers cite ../reference.py. Filters come in fours; missing ones are filled up with zeros and not read.
"""

import numpy as np
from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled.options import COMPILED, MOST_SLABS, for_images
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
def correlate_stack(planes, weight, bias, images, hp, wp, y, first, sums):
    """A stack of `images` in planes -> y[first], y[first + 1], ... (F, OH, OW): (1) as a walk.

    weight (4 n, C, KH, KW), bias (4 n,); sums is room for one strip (4, at least).
    """
    filters, oh, ow = y.shape[1:]
    most = rows_a_strip(wp)
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
                    line, source = y[first + b, f + q, i], sums[q, r * wp : r * wp + ow]
                    for j in range(ow):
                        line[j] = source[j]


@njit(**COMPILED)
def room_for_sums(wp, dtype_of):
    return np.empty((FILTERS, rows_a_strip(wp) * wp + SLACK), dtype_of.dtype)


@njit(**COMPILED)
def walk_forward(x, weight, bias, top, left, y, first, last):
    channels, height, width = x.shape[1:]
    hp, wp = height + top, width + left
    stack = images_a_stack(last - first, hp, wp)
    planes = np.zeros((channels, (stack * hp + top) * wp + SLACK), x.dtype)
    sums = room_for_sums(wp, x)
    for n in range(first, last, stack):
        images = min(stack, last - n)
        for b in range(images):
            put_inside_border(x[n + b], b * hp + top, left, wp, planes)
        correlate_stack(planes, weight, bias, images, hp, wp, y, n, sums)


@njit(**COMPILED)
def backward_layout(height, width, kh, kw, top, left):
    """Rows an image and places a row, (HP, WP), with room for both borders: that of x and that of dy."""
    return height + max(top, kh - 1 - top), width + max(left, kw - 1 - left)


@njit(**COMPILED)
def _backward_of_slab(dy, x, weight_turned, top, left, dx, dweight, dbias, first, last):
    channels, height, width = x.shape[1:]
    filters, oh, ow = dy.shape[1:]
    kh, kw = dweight.shape[2:]
    hp, wp = backward_layout(height, width, kh, kw, top, left)
    stack = images_a_stack(last - first, hp, wp)
    rows = stack * hp + kh
    planes = np.zeros((channels, rows * wp + SLACK), x.dtype)
    g = np.zeros((len(dweight), rows * wp + SLACK), x.dtype)  # dy: 0 around it, and for missing filters
    g_top, g_left = kh - 1 - top, kw - 1 - left
    no_bias = np.zeros(len(weight_turned), x.dtype)
    sums = room_for_sums(wp, x)
    dweight[:] = 0
    dbias[:] = 0
    for n in range(first, last, stack):
        images = min(stack, last - n)
        if images < stack:
            g[:] = 0  # the last step of a walk may reach behind the last image, where an earlier one still stands
        for b in range(images):
            put_inside_border(x[n + b], b * hp + top, left, wp, planes)
            put_inside_border(dy[n + b], b * hp + g_top, g_left, wp, g)
            for f in range(filters):
                total = dbias[f]
                for i in range(oh):
                    for j in range(ow):
                        total += dy[n + b, f, i, j]
                dbias[f] = total  # (5)
        add_dots(g, g_top * wp + g_left, planes, images, hp, wp, oh, ow, dweight)  # (4)
        correlate_stack(g[:filters], weight_turned, no_bias, images, hp, wp, dx, n, sums)  # (6), (7)


@njit(**COMPILED)
def _backward(dy, x, weight_turned, top, left, dx, dweights, dbiases, first, last):
    """(4) to (7) as walks, for the slabs `first` to `last`: dweights (slabs, 4 n, C, KH, KW) and dbiases (slabs, F) are
    overwritten. weight_turned (4 m, F, KH, KW)."""
    images, slabs = len(x), len(dweights)
    for s in range(first, last):
        _backward_of_slab(
            dy, x, weight_turned, top, left, dx, dweights[s], dbiases[s],
            s * images // slabs, (s + 1) * images // slabs,
        )  # fmt: skip


@njit(**COMPILED)
def _forward_strided(xp, weight, bias, sy, sx, y):
    """(1) as it is written."""
    images, filters, oh, ow = y.shape
    channels, kh, kw = weight.shape[1:]
    for n in range(images):
        for f in range(filters):
            for i in range(oh):
                for j in range(ow):
                    total = bias[f]
                    for c in range(channels):
                        for k in range(kh):
                            for l in range(kw):
                                total += weight[f, c, k, l] * xp[n, c, i * sy + k, j * sx + l]
                    y[n, f, i, j] = total


@njit(**COMPILED)
def _backward_strided(dy, xp, weight, sy, sx, dxp, dweight, dbias):
    """The same loops: each product of (1) gives to both its factors."""
    images, filters, oh, ow = dy.shape
    channels, kh, kw = weight.shape[1:]
    for n in range(images):
        for f in range(filters):
            for i in range(oh):
                for j in range(ow):
                    g = dy[n, f, i, j]
                    dbias[f] += g
                    for c in range(channels):
                        for k in range(kh):
                            for l in range(kw):
                                dweight[f, c, k, l] += g * xp[n, c, i * sy + k, j * sx + l]
                                dxp[n, c, i * sy + k, j * sx + l] += g * weight[f, c, k, l]


def _inside_border(x, padding):
    return np.pad(x, ((0, 0), (0, 0), *((pad, pad) for pad in padding)))


def runs_on_phases(kernel, stride, padding):
    """Whether the shifted copies can do it: stride 1, and no window that lies in the padding alone."""
    return stride == (1, 1) and all(pad < k for pad, k in zip(padding, kernel))


def fill_up(weight, at_once=FILTERS):
    """weight (F, ...), with zeros for further filters up to a multiple of `at_once`; in C order."""
    missing = -len(weight) % at_once
    if not missing:
        return np.ascontiguousarray(weight)
    return np.concatenate([weight, np.zeros((missing, *weight.shape[1:]), weight.dtype)])


def turned(weight, at_once=FILTERS):
    """weight (F, C, KH, KW) -> (C, F, KH, KW) with each kernel turned by 180 degrees, filled up."""
    return fill_up(weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3), at_once)


def conv2d_forward(x, weight, bias, stride, padding):
    """x (N, C, H, W), weight (F, C, KH, KW), bias (F,) -> y (N, F, OH, OW)."""
    images, _, height, width = x.shape
    filters, _, kh, kw = weight.shape
    oh = (height + 2 * padding[0] - kh) // stride[0] + 1
    ow = (width + 2 * padding[1] - kw) // stride[1] + 1
    y = np.empty((images, filters, oh, ow), x.dtype)
    x = np.ascontiguousarray(x)
    if not runs_on_phases((kh, kw), stride, padding):
        weight, bias = np.ascontiguousarray(weight), np.ascontiguousarray(bias)
        _forward_strided(_inside_border(x, padding), weight, bias, *stride, y)
    else:
        for_images(walk_forward, images, x, fill_up(weight), fill_up(bias), *padding, y)
    return y


def conv2d_backward(dy, x, weight, stride, padding):
    """dy (N, F, OH, OW) and what went into conv2d_forward -> dx, dweight, dbias."""
    dy, x, weight = map(np.ascontiguousarray, (dy, x, weight))
    filters = len(weight)
    # the walk puts zeros around the upstream, and 0 times a weight that is NaN would be NaN
    if not runs_on_phases(weight.shape[2:], stride, padding) or not np.isfinite(weight).all():
        xp = _inside_border(x, padding)
        dxp, dweight, dbias = np.zeros_like(xp), np.zeros_like(weight), np.zeros(filters, weight.dtype)
        _backward_strided(dy, xp, weight, *stride, dxp, dweight, dbias)
        (top, left), (height, width) = padding, x.shape[2:]
        return dxp[:, :, top : top + height, left : left + width].copy(), dweight, dbias
    dx = np.empty_like(x)
    dweights, dbiases = slabs_for(weight, len(x), len(x))
    threads.share_out(_backward, len(dweights), dy, x, turned(weight), *padding, dx, dweights, dbiases)
    return dx, dweights.sum(0)[:filters], dbiases.sum(0)


def slabs_for(weight, images, stacks, at_once=FILTERS):
    """Room for the gradients of each slab: dweights (slabs, F filled up, C, KH, KW) and dbiases (slabs, F). One slab for
    few images; no more than there are stacks."""
    slabs = 1 if images <= threads.FEW_IMAGES else min(stacks, MOST_SLABS)
    filters = len(weight)
    dweights = np.empty((slabs, filters + -filters % at_once, *weight.shape[1:]), weight.dtype)
    return dweights, np.empty((slabs, filters), weight.dtype)
