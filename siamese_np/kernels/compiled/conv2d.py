"""Convolution, compiled. The numbers cite ../reference.py; what differs from it is order, not arithmetic.

1. One image at a time. The columns (2) of one image are still in the cache when BLAS reads them in (3); the reference
   writes those of the whole batch first, and then waits for memory.

2. Shifted copies. With stride 1 the columns need no search. Lay the image, inside its border of zeros, out as one line,
   row after row of length WP = W + 2 padding; then the number that tap (k, l) needs at output place (i, j) stands k WP + l
   further than place (i, j) itself. So row (c, k, l) of the columns is one copy of the line, shifted:

       xp, WP = 5     a b c d e f g h i j k l m n o           tap (0, 0)   a b c d e f g h ...
                                                              tap (0, 1)   b c d e f g h i ...
                                                              tap (1, 0)   f g h i j k l m ...

   A window of KW = 3 can't begin at d or e, the last KW - 1 places of a row. The copies have columns for these GAPS
   nevertheless, which mix two rows: forward computes them and nobody reads them, backward gives them gradient 0.
"""

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  what np.dot calls in compiled code: loaded before it is held at one thread
from numba import njit, prange

from siamese_np import threads
from siamese_np.kernels.compiled.options import FEW_IMAGES, MOST_SLABS, PARALLEL, SERIAL


@njit(**SERIAL)
def _put_inside_border(x, top, left, xp):
    """x (C, H, W) into the middle of xp, whose border stays 0."""
    channels, height, width = x.shape
    for c in range(channels):
        for h in range(height):
            source, line = x[c, h], xp[c, top + h, left : left + width]
            for w in range(width):
                line[w] = source[w]


@njit(**SERIAL)
def _fill_columns(xp, kh, kw, sy, sx, oh, pitch, columns):
    """(2) for one image: xp (C, HP, WP) -> columns (C*KH*KW, L). Output place (i, j) has column i pitch + j."""
    channels, hp, wp = xp.shape
    length = columns.shape[1]
    for c in range(channels):
        line = xp[c].reshape(hp * wp)
        for k in range(kh):
            for l in range(kw):
                row = columns[(c * kh + k) * kw + l]
                if sy == 1 and sx == 1:
                    shifted = line[k * wp + l : k * wp + l + length]
                    for i in range(length):
                        row[i] = shifted[i]
                else:
                    for i in range(oh):
                        for j in range(pitch):
                            row[i * pitch + j] = xp[c, i * sy + k, j * sx + l]


@njit(**SERIAL)
def _clear_gaps(columns, oh, ow, pitch):
    """Zeros into the gaps, since their gradient 0 times a NaN (of a pixel or of a weight) would be NaN."""
    for r in range(columns.shape[0]):
        for i in range(oh - 1):
            for gap in range(i * pitch + ow, (i + 1) * pitch):
                columns[r, gap] = 0


@njit(**SERIAL)
def _add_columns(dcolumns, kh, kw, sy, sx, oh, pitch, dxp):
    """(7) for one image: dcolumns (C*KH*KW, L) added to dxp (C, HP, WP) where the columns came from."""
    channels, hp, wp = dxp.shape
    length = dcolumns.shape[1]
    for c in range(channels):
        line = dxp[c].reshape(hp * wp)
        for k in range(kh):
            for l in range(kw):
                row = dcolumns[(c * kh + k) * kw + l]
                if sy == 1 and sx == 1:
                    shifted = line[k * wp + l : k * wp + l + length]
                    for i in range(length):
                        shifted[i] += row[i]
                else:
                    for i in range(oh):
                        for j in range(pitch):
                            dxp[c, i * sy + k, j * sx + l] += row[i * pitch + j]


@njit(**SERIAL)
def _layout(oh, ow, wp, kw, sy, sx):
    """Columns from one output row to the next, and their number L: with stride 1 as in 2. above, else one a place."""
    if sy == 1 and sx == 1:
        return wp, oh * wp - (kw - 1)
    return ow, oh * ow


@njit(**SERIAL)
def _conv2d_forward(x, matrix, bias, kh, kw, sy, sx, top, left, y, first, last):
    channels, height, width = x.shape[1:]
    filters, oh, ow = y.shape[1:]
    pitch, length = _layout(oh, ow, width + 2 * left, kw, sy, sx)
    xp = np.zeros((channels, height + 2 * top, width + 2 * left), x.dtype)
    columns = np.empty((matrix.shape[1], length), x.dtype)
    product = np.empty((filters, length), x.dtype)
    for n in range(first, last):
        _put_inside_border(x[n], top, left, xp)
        _fill_columns(xp, kh, kw, sy, sx, oh, pitch, columns)
        np.dot(matrix, columns, product)
        for f in range(filters):
            for i in range(oh):
                line, source = y[n, f, i], product[f, i * pitch : i * pitch + ow]
                for j in range(ow):
                    line[j] = source[j] + bias[f]  # (3)


@njit(**PARALLEL)
def _conv2d_forward_parallel(x, matrix, bias, kh, kw, sy, sx, top, left, y, slabs):
    images = len(x)
    for s in prange(slabs):
        _conv2d_forward(
            x, matrix, bias, kh, kw, sy, sx, top, left, y, s * images // slabs, (s + 1) * images // slabs
        )


def conv2d_forward(x, weight, bias, stride, padding):
    """x (N, C, H, W), weight (F, C, KH, KW), bias (F,) -> y (N, F, OH, OW)."""
    images, _, height, width = x.shape
    filters, _, kh, kw = weight.shape
    oh = (height + 2 * padding[0] - kh) // stride[0] + 1
    ow = (width + 2 * padding[1] - kw) // stride[1] + 1
    y = np.empty((images, filters, oh, ow), x.dtype)
    matrix = np.ascontiguousarray(weight).reshape(filters, -1)
    arguments = (np.ascontiguousarray(x), matrix, np.ascontiguousarray(bias), kh, kw, *stride, *padding, y)
    if images <= FEW_IMAGES:
        _conv2d_forward(*arguments, 0, images)
    else:
        with threads.parallel_lock:
            _conv2d_forward_parallel(*arguments, min(images, MOST_SLABS))
    return y


@njit(**SERIAL)
def _conv2d_backward(dy, x, matrix_t, kh, kw, sy, sx, top, left, dx, dweight, dbias, first, last):
    channels, height, width = x.shape[1:]
    filters, oh, ow = dy.shape[1:]
    pitch, length = _layout(oh, ow, width + 2 * left, kw, sy, sx)
    xp = np.zeros((channels, height + 2 * top, width + 2 * left), x.dtype)
    dxp = np.empty_like(xp)
    columns = np.empty((matrix_t.shape[0], length), x.dtype)
    dproduct = np.zeros((filters, length), x.dtype)  # the gaps keep gradient 0
    dweight_of_one = np.empty_like(dweight)
    dweight[:] = 0
    dbias[:] = 0
    for n in range(first, last):
        for f in range(filters):
            total = dbias[f]
            for i in range(oh):
                line, source = dproduct[f, i * pitch : i * pitch + ow], dy[n, f, i]
                for j in range(ow):
                    line[j] = source[j]
                    total += source[j]
            dbias[f] = total  # (5)
        _put_inside_border(x[n], top, left, xp)
        _fill_columns(xp, kh, kw, sy, sx, oh, pitch, columns)
        _clear_gaps(columns, oh, ow, pitch)
        np.dot(dproduct, columns.T, dweight_of_one)
        dweight += dweight_of_one  # (4)
        np.dot(matrix_t, dproduct, columns)  # (6)
        _clear_gaps(columns, oh, ow, pitch)
        dxp[:] = 0
        _add_columns(columns, kh, kw, sy, sx, oh, pitch, dxp)  # (7)
        dx[n] = dxp[:, top : top + height, left : left + width]


@njit(**PARALLEL)
def _conv2d_backward_parallel(dy, x, matrix_t, kh, kw, sy, sx, top, left, dx, dweights, dbiases):
    images, slabs = len(x), len(dweights)
    for s in prange(slabs):
        _conv2d_backward(
            dy, x, matrix_t, kh, kw, sy, sx, top, left, dx, dweights[s], dbiases[s],
            s * images // slabs, (s + 1) * images // slabs,
        )  # fmt: skip


def conv2d_backward(dy, x, weight, stride, padding):
    """dy (N, F, OH, OW) and what went into conv2d_forward -> dx, dweight, dbias."""
    images, channels = x.shape[:2]
    filters, _, kh, kw = weight.shape
    slabs = max(min(images, MOST_SLABS), 1)
    dx = np.empty(x.shape, x.dtype)
    dweights = np.empty((slabs, filters, channels * kh * kw), x.dtype)
    dbiases = np.empty((slabs, filters), x.dtype)
    matrix_t = np.ascontiguousarray(weight.reshape(filters, -1).T)
    arguments = (np.ascontiguousarray(dy), np.ascontiguousarray(x), matrix_t, kh, kw, *stride, *padding, dx)
    if images <= FEW_IMAGES:
        dweights, dbiases = dweights[:1], dbiases[:1]
        _conv2d_backward(*arguments, dweights[0], dbiases[0], 0, images)
    else:
        with threads.parallel_lock:
            _conv2d_backward_parallel(*arguments, dweights, dbiases)
    return dx, dweights.sum(0).reshape(weight.shape), dbiases.sum(0)
