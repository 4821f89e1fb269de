"""Convolution and max pooling compiled by Numba, to be fast. The numbers cite reference.py.

What differs from the reference is order, not arithmetic:

- The columns of (2) are written for one image at a time, so that they are still in the cache when BLAS reads them. The
  reference writes those of the whole batch first, and waits for memory.
- Images are shared out to the cores. A gradient of the weights is a sum over images; each SLAB of images sums its own,
  and the slabs are added in order. Their number depends on N alone, so the result is the same on 1 core and on 16.
- Of up to FEW_IMAGES images one core is as fast as many: they run on the caller's own thread, without the lock.

One serial body a kernel does the work on the images `first` to `last`; the parallel form around it only shares out.
With NUMBA_DISABLE_JIT=1 this file is plain Python.
"""

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  the BLAS that np.dot calls in compiled code, loaded before it is held at one thread
from numba import njit, prange

from siamese_np import threads

FEW_IMAGES = 8
MOST_SLABS = 16

# contract and reassoc let the compiler use fused multiply-add and vector sums; nsz and arcp ignore the sign of zero and
# divide by multiplying. NaN and infinity stay what they are, as they would not under fastmath=True.
SERIAL = {"cache": True, "nogil": True, "fastmath": {"contract", "reassoc", "nsz", "arcp"}}
PARALLEL = {**SERIAL, "parallel": True}


@njit(**SERIAL)
def _inside(offset, step, width, count):
    """The j with 0 <= j < count for which column j step + offset lies in an image of `width`: first_j <= j < last_j."""
    first_j = min(max((step - 1 - offset) // step, 0), count)
    last_j = max(min((width - 1 - offset) // step + 1, count), first_j)
    return first_j, last_j


@njit(**SERIAL)
def _image_columns(x, kh, kw, sy, sx, top, left, oh, ow, columns):
    """(2) for one image: x (C, H, W) -> columns (C*KH*KW, OH*OW). A place in the border is 0."""
    channels, height, width = x.shape
    for c in range(channels):
        for k in range(kh):
            for l in range(kw):
                row = columns[(c * kh + k) * kw + l]
                offset = l - left
                first_j, last_j = _inside(offset, sx, width, ow)
                for i in range(oh):
                    line = row[i * ow : (i + 1) * ow]
                    y = i * sy + k - top
                    if y < 0 or y >= height:
                        line[:] = 0
                        continue
                    line[:first_j] = 0
                    line[last_j:] = 0
                    source = x[c, y]
                    if sx == 1:  # without the multiplication the compiler copies eight numbers at a time
                        for j in range(first_j, last_j):
                            line[j] = source[j + offset]
                    else:
                        for j in range(first_j, last_j):
                            line[j] = source[j * sx + offset]


@njit(**SERIAL)
def _add_image_columns(dcolumns, kh, kw, sy, sx, top, left, oh, ow, dx):
    """(7) for one image: dcolumns (C*KH*KW, OH*OW), added to dx (C, H, W) where they came from."""
    channels, height, width = dx.shape
    for c in range(channels):
        for k in range(kh):
            for l in range(kw):
                row = dcolumns[(c * kh + k) * kw + l]
                offset = l - left
                first_j, last_j = _inside(offset, sx, width, ow)
                for i in range(oh):
                    y = i * sy + k - top
                    if y < 0 or y >= height:
                        continue
                    line = row[i * ow : (i + 1) * ow]
                    target = dx[c, y]
                    if sx == 1:
                        for j in range(first_j, last_j):
                            target[j + offset] += line[j]
                    else:
                        for j in range(first_j, last_j):
                            target[j * sx + offset] += line[j]


@njit(**SERIAL)
def _conv2d_forward(x, matrix, bias, kh, kw, sy, sx, top, left, y, first, last):
    filters, oh, ow = y.shape[1:]
    columns = np.empty((matrix.shape[1], oh * ow), x.dtype)
    for n in range(first, last):
        _image_columns(x[n], kh, kw, sy, sx, top, left, oh, ow, columns)
        out = y[n].reshape(filters, oh * ow)
        np.dot(matrix, columns, out)  # (3)
        for f in range(filters):
            for j in range(oh * ow):
                out[f, j] += bias[f]


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
    filters, oh, ow = dy.shape[1:]
    columns = np.empty((matrix_t.shape[0], oh * ow), x.dtype)
    dweight_of_one = np.empty_like(dweight)
    dweight[:] = 0
    dbias[:] = 0
    for n in range(first, last):
        dy_matrix = dy[n].reshape(filters, oh * ow)
        _image_columns(x[n], kh, kw, sy, sx, top, left, oh, ow, columns)
        np.dot(dy_matrix, columns.T, dweight_of_one)
        dweight += dweight_of_one  # (4)
        for f in range(filters):
            total = dbias[f]
            for j in range(oh * ow):
                total += dy_matrix[f, j]
            dbias[f] = total  # (5)
        np.dot(matrix_t, dy_matrix, columns)  # (6)
        dx[n] = 0
        _add_image_columns(columns, kh, kw, sy, sx, top, left, oh, ow, dx[n])


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


@njit(**SERIAL)
def _pool_line(image, ph, pw, y0, x0, sx, best, cells):
    """One line of windows, the first at row y0, column x0 of the image; one cell of the window after another."""
    height, width = image.shape
    first_k = max(-y0, 0)
    for j in range(len(best)):  # begin with the first cell that lies in the image, for windows that hold only -inf
        best[j] = -np.inf
        cells[j] = first_k * pw + max(-x0 - j * sx, 0)
    for k in range(first_k, min(ph, height - y0)):
        source = image[y0 + k]
        for l in range(pw):
            first_j, last_j = _inside(l + x0, sx, width, len(best))
            for j in range(first_j, last_j):
                value, so_far = source[j * sx + l + x0], best[j]
                # NaN wins and stays: only NaN differs from itself
                if value > so_far or (value != value and so_far == so_far):
                    best[j] = value
                    cells[j] = k * pw + l


@njit(**SERIAL)
def _pool_line_2x2(upper, lower, best, cells):
    """The same for whole windows of 2 x 2, stride 2, without a branch. False where it met a NaN, and can't be trusted."""
    nan = False
    for j in range(len(best)):
        a, b, c, d = upper[2 * j], upper[2 * j + 1], lower[2 * j], lower[2 * j + 1]
        value, cell = a, np.uint8(0)
        if b > value:
            value, cell = b, np.uint8(1)
        if c > value:
            value, cell = c, np.uint8(2)
        if d > value:
            value, cell = d, np.uint8(3)
        best[j] = value
        cells[j] = cell
        nan |= (a != a) | (b != b) | (c != c) | (d != d)
    return not nan


@njit(**SERIAL)
def _maxpool2d_forward(x, ph, pw, sy, sx, top, left, y, winner, first, last):
    channels = x.shape[1]
    oh, ow = y.shape[2:]
    whole_2x2 = ph == 2 and pw == 2 and sx == 2 and top == 0 and left == 0
    whole_2x2 = whole_2x2 and (oh - 1) * sy + 2 <= x.shape[2] and 2 * ow <= x.shape[3]
    for n in range(first, last):
        for c in range(channels):
            image = x[n, c]
            for i in range(oh):
                best, cells, row = y[n, c, i], winner[n, c, i], i * sy - top
                if not (whole_2x2 and _pool_line_2x2(image[row], image[row + 1], best, cells)):
                    _pool_line(image, ph, pw, row, -left, sx, best, cells)


@njit(**PARALLEL)
def _maxpool2d_forward_parallel(x, ph, pw, sy, sx, top, left, y, winner):
    for n in prange(len(x)):
        _maxpool2d_forward(x, ph, pw, sy, sx, top, left, y, winner, n, n + 1)


def maxpool2d_forward(x, pool_size, stride, before, size):
    """x (N, C, H, W) -> y (N, C, OH, OW) and the number of the winning cell in its window (uint8). NaN wins."""
    images, channels = x.shape[:2]
    y = np.empty((images, channels, *size), x.dtype)
    winner = np.empty(y.shape, np.uint8)
    arguments = (np.ascontiguousarray(x), *pool_size, *stride, *before, y, winner)
    if images <= FEW_IMAGES:
        _maxpool2d_forward(*arguments, 0, images)
    else:
        with threads.parallel_lock:
            _maxpool2d_forward_parallel(*arguments)
    return y, winner


@njit(**SERIAL)
def _maxpool2d_backward(dy, winner, pw, sy, sx, top, left, dx, first, last):
    channels, oh, ow = dy.shape[1:]
    for n in range(first, last):
        dx[n] = 0
        for c in range(channels):
            image = dx[n, c]
            for i in range(oh):
                for j in range(ow):
                    cell = int(winner[n, c, i, j])
                    image[i * sy - top + cell // pw, j * sx - left + cell % pw] += dy[n, c, i, j]


@njit(**PARALLEL)
def _maxpool2d_backward_parallel(dy, winner, pw, sy, sx, top, left, dx):
    for n in prange(len(dy)):
        _maxpool2d_backward(dy, winner, pw, sy, sx, top, left, dx, n, n + 1)


def maxpool2d_backward(dy, winner, shape, pool_size, stride, before):
    """dy (N, C, OH, OW) goes to the winners: dx of `shape` (N, C, H, W)."""
    dx = np.empty(shape, dy.dtype)
    arguments = (np.ascontiguousarray(dy), winner, pool_size[1], *stride, *before, dx)
    if len(dy) <= FEW_IMAGES:
        _maxpool2d_backward(*arguments, 0, len(dy))
    else:
        with threads.parallel_lock:
            _maxpool2d_backward_parallel(*arguments)
    return dx


threads.use_one_blas_thread()
