"""The convolution as loops over its definition, (1) of ../reference.py, for any stride and padding.

It is slow and always right: also where a window lies in the border alone, and where weights are not finite.
"""

import numpy as np
from numba import njit

from siamese_np.kernels.compiled.options import COMPILED


@njit(**COMPILED)
def _forward(xp, weight, bias, sy, sx, y):
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


def strided_forward(x, weight, bias, stride, padding, y):
    """x (N, C, H, W) -> y (N, F, OH, OW), written."""
    _forward(_inside_border(x, padding), np.ascontiguousarray(weight), np.ascontiguousarray(bias), *stride, y)


@njit(**COMPILED)
def _backward(dy, xp, weight, sy, sx, dxp, dweight, dbias):
    """Each product of the forward loops gives to both its factors."""
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


def strided_backward(dy, x, weight, stride, padding):
    """dy (N, F, OH, OW) -> dx, dweight, dbias."""
    xp = _inside_border(x, padding)
    dxp, dweight, dbias = np.zeros_like(xp), np.zeros_like(weight), np.zeros(len(weight), weight.dtype)
    _backward(dy, xp, weight, *stride, dxp, dweight, dbias)
    (top, left), (height, width) = padding, x.shape[2:]
    return dxp[:, :, top : top + height, left : left + width].copy(), dweight, dbias


def _inside_border(x, padding):
    return np.pad(x, ((0, 0), (0, 0), *((pad, pad) for pad in padding)))
