"""Convolution and max pooling in NumPy, to be read.

Convolution. xp is the input inside its border of zeros, (s, t) the stride in rows and columns, and (k, l) runs over the
rows and columns of the kernel:

    y[n,f,i,j] = b[f] + sum_{c,k,l} w[f,c,k,l] xp[n,c, i s + k, j t + l]                      (1)

The sum over (c, k, l) is a matrix product once the numbers that one output needs stand in one column. So all windows
are written side by side ("im2col"), each as a column of C*KH*KW numbers, OH*OW columns per image:

    col[n, (c,k,l), (i,j)] = xp[n,c, i s + k, j t + l]                                        (2)
    y[n] = w @ col[n] + b                          w as a matrix (F, C*KH*KW)                 (3)

(3) is a Dense layer over columns, so its gradients are those of Dense:

    dw = sum_n dy[n] @ col[n].T                                                               (4)
    db = sum of dy over images and places                                                     (5)
    dcol[n] = w.T @ dy[n]                                                                     (6)

and (2) copies each input number to many columns, so its gradient adds them up where they came from ("col2im"):

    dxp[n,c, i s + k, j t + l] += dcol[n, (c,k,l), (i,j)]                                     (7)

dx is dxp without its border.

Max pooling is derived in ../layers/maxpool2d.py. In the code (sy, sx) is the stride, (top, left) the border.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def im2col(x: np.ndarray, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]) -> np.ndarray:
    """x (N, C, H, W) -> the windows as columns (N, C*KH*KW, OH*OW), by (2)."""
    top, left = padding
    xp = np.pad(x, ((0, 0), (0, 0), (top, top), (left, left)))
    windows = sliding_window_view(xp, kernel, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]  # (N, C, OH, OW, KH, KW)
    n, c, oh, ow, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, oh * ow)


def conv2d_forward(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: tuple[int, int], padding: tuple[int, int]
) -> np.ndarray:
    """x (N, C, H, W), weight (F, C, KH, KW), bias (F,) -> y (N, F, OH, OW)."""
    filters, _, kh, kw = weight.shape
    oh = (x.shape[2] + 2 * padding[0] - kh) // stride[0] + 1
    ow = (x.shape[3] + 2 * padding[1] - kw) // stride[1] + 1
    y = weight.reshape(filters, -1) @ im2col(x, (kh, kw), stride, padding) + bias[:, None]  # (3)
    return y.reshape(len(x), filters, oh, ow)


def conv2d_backward(
    dy: np.ndarray, x: np.ndarray, weight: np.ndarray, stride: tuple[int, int], padding: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dy (N, F, OH, OW) and what went into conv2d_forward -> dx, dweight, dbias."""
    n, filters, oh, ow = dy.shape
    _, channels, kh, kw = weight.shape
    (sy, sx), (top, left) = stride, padding
    columns = im2col(x, (kh, kw), stride, padding)
    dy_matrix = dy.reshape(n, filters, oh * ow)
    dweight = np.sum(dy_matrix @ columns.transpose(0, 2, 1), axis=0).reshape(weight.shape)  # (4)
    dbias = dy.sum((0, 2, 3))  # (5)
    dcolumns = (weight.reshape(filters, -1).T @ dy_matrix).reshape(n, channels, kh, kw, oh, ow)  # (6)
    height, width = x.shape[2:]
    dxp = np.zeros((n, channels, height + 2 * top, width + 2 * left), dy.dtype)
    for k in range(kh):
        for l in range(kw):
            dxp[:, :, k : k + sy * oh : sy, l : l + sx * ow : sx] += dcolumns[:, :, k, l]  # (7)
    return dxp[:, :, top : top + height, left : left + width].copy(), dweight, dbias


def _with_border(
    height: int,
    width: int,
    pool_size: tuple[int, int],
    stride: tuple[int, int],
    pad_before: tuple[int, int],
    size: tuple[int, int],
) -> tuple[int, int]:
    """Rows and columns of the image with all of its border: as far as the windows reach, and at least the image."""
    rows = max((size[0] - 1) * stride[0] + pool_size[0], pad_before[0] + height)
    columns = max((size[1] - 1) * stride[1] + pool_size[1], pad_before[1] + width)
    return rows, columns


def maxpool2d_forward(
    x: np.ndarray,
    pool_size: tuple[int, int],
    stride: tuple[int, int],
    pad_before: tuple[int, int],
    size: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    """x (N, C, H, W) -> y (N, C, OH, OW) and the number of the winning cell in its window (uint8, reading order).

    pad_before: how far the first window reaches over the top and the left border; size: (OH, OW). NaN wins.
    """
    (top, left), (oh, ow) = pad_before, size
    n, c, height, width = x.shape
    rows, columns = _with_border(height, width, pool_size, stride, pad_before, size)
    xp = np.full((n, c, rows, columns), -np.inf, x.dtype)  # a cell outside never wins
    xp[:, :, top : top + height, left : left + width] = x
    windows = sliding_window_view(xp, pool_size, axis=(2, 3))[:, :, :: stride[0], :: stride[1]][:, :, :oh, :ow]
    cells = windows.reshape(n, c, oh, ow, -1)
    winner = cells.argmax(-1)
    y = np.take_along_axis(cells, winner[..., None], axis=-1)[..., 0]
    # where a window holds only -inf, its first cell in the image wins, not an equal one of the border
    first_k, first_l = np.maximum(top - stride[0] * np.arange(oh), 0), np.maximum(left - stride[1] * np.arange(ow), 0)
    winner = np.where(y == -np.inf, first_k[:, None] * pool_size[1] + first_l, winner)
    return y, winner.astype(np.uint8)


def maxpool2d_backward(
    dy: np.ndarray,
    winner: np.ndarray,
    shape: tuple[int, int, int, int],
    pool_size: tuple[int, int],
    stride: tuple[int, int],
    pad_before: tuple[int, int],
) -> np.ndarray:
    """dy (N, C, OH, OW) goes to the winners: dx of `shape` (N, C, H, W)."""
    n, c, height, width = shape
    oh, ow = dy.shape[2:]
    (sy, sx), (top, left) = stride, pad_before
    dxp = np.zeros((n, c, *_with_border(height, width, pool_size, stride, pad_before, (oh, ow))), dy.dtype)
    for cell in range(pool_size[0] * pool_size[1]):
        k, l = divmod(cell, pool_size[1])
        dxp[:, :, k : k + sy * oh : sy, l : l + sx * ow : sx] += dy * (winner == cell)
    return dxp[:, :, top : top + height, left : left + width].copy()
