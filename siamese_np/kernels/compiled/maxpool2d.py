"""The layer MaxPool2D, compiled. Whole windows of 2 x 2, the usual ones, have a loop of their own without a branch."""

import numpy as np
from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.team import give, take


@njit(**COMPILED)
def _inside(offset, step, width, count):
    """The j with 0 <= j < count for which column j step + offset lies in an image of `width`: first_j <= j < last_j."""
    first_j = min(max((step - 1 - offset) // step, 0), count)
    last_j = max(min((width - 1 - offset) // step + 1, count), first_j)
    return first_j, last_j


@njit(**COMPILED)
def _pool_line(image, ph, pw, y0, x0, sx, best, cells):
    """One line of windows, the first at row y0, column x0 of the image: one loop over it for each cell of the
    window."""
    height, width = image.shape
    first_k = max(-y0, 0)
    for j in range(len(best)):  # the first cell in the image wins where a window holds only -inf
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


@njit(**COMPILED)
def _pool_line_2x2(upper, lower, best, cells):
    """The same for whole windows of 2 x 2, stride 2, without a branch. False where it met a NaN and is wrong."""
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


@njit(**COMPILED)
def _maxpool2d_forward(team, thread, number, x, ph, pw, sy, sx, top, left, y, winner):
    channels = x.shape[1]
    oh, ow = y.shape[2:]
    whole_2x2 = ph == 2 and pw == 2 and sx == 2 and top == 0 and left == 0
    whole_2x2 = whole_2x2 and (oh - 1) * sy + 2 <= x.shape[2] and 2 * ow <= x.shape[3]
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for n in range(first, last):
            for c in range(channels):
                image = x[n, c]
                for i in range(oh):
                    best, cells, row = y[n, c, i], winner[n, c, i], i * sy - top
                    if not (whole_2x2 and _pool_line_2x2(image[row], image[row + 1], best, cells)):
                        _pool_line(image, ph, pw, row, -left, sx, best, cells)
        first, last = take(team, thread, number)


def maxpool2d_forward(x, pool_size, stride, pad_before, size):
    """x (N, C, H, W) -> y (N, C, OH, OW) and the number of the winning cell in its window (uint8); NaN wins.

    pad_before: how far the first window reaches over the top and the left border; size: (OH, OW).
    """
    images, channels = x.shape[:2]
    y = np.empty((images, channels, *size), x.dtype)
    winner = np.empty(y.shape, np.uint8)
    arguments = (np.ascontiguousarray(x), *pool_size, *stride, *pad_before, y, winner)
    threads.share_out(_maxpool2d_forward, images, *arguments)
    return y, winner


@njit(**COMPILED)
def _maxpool2d_backward(team, thread, number, dy, winner, pw, sy, sx, top, left, dx):
    channels, oh, ow = dy.shape[1:]
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for n in range(first, last):
            dx[n] = 0
            for c in range(channels):
                image = dx[n, c]
                for i in range(oh):
                    for j in range(ow):
                        cell = int(winner[n, c, i, j])
                        image[i * sy - top + cell // pw, j * sx - left + cell % pw] += dy[n, c, i, j]
        first, last = take(team, thread, number)


def maxpool2d_backward(dy, winner, shape, pool_size, stride, pad_before):
    """dy (N, C, OH, OW) goes to the winners: dx of `shape` (N, C, H, W)."""
    dx = np.empty(shape, dy.dtype)
    arguments = (np.ascontiguousarray(dy), winner, pool_size[1], *stride, *pad_before, dx)
    threads.share_out(_maxpool2d_backward, len(dy), *arguments)
    return dx
