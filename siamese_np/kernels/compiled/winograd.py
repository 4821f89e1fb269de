"""Winograd's minimal filtering: a convolution with 3 x 3 kernels in 16 products per square where its definition has 36.

This file derives it and has the transforms; the products between them are in winograd_products.py.

Two neighbouring outputs of a kernel g of three weights, from four numbers x:

    y0 = g0 x0 + g1 x1 + g2 x2                 u0 = g0                   v0 = x0 - x2
    y1 = g0 x1 + g1 x2 + g2 x3                 u1 = (g0 + g1 + g2) / 2   v1 = x1 + x2
                                               u2 = (g0 - g1 + g2) / 2   v2 = x2 - x1
    y0 = u0 v0 + u1 v1 + u2 v2                 u3 = g2                   v3 = x1 - x3                  (1)
    y1 =         u1 v1 - u2 v2 - u3 v3

With u and v written out, everything but the six products of the first two lines cancels. (1) needs four products. For a
square of four outputs the same is done twice, along rows and then along columns. With X its 4 x 4 numbers and W the
kernel,

    U = G W G'      V = B X B'      Y = A' (U * V) A            * number by number, ' transposed        (2)

        1  0  0             1  0 -1  0             1  0
    G = ½  ½  ½         B = 0  1  1  0         A = 1  1
        ½ -½  ½             0 -1  1  0             1 -1
        0  0  1             0  1  0 -1             0 -1

U and V have 16 numbers, hence 16 products. The transforms cost additions, but U is made once per kernel, V once per
channel for all filters, and Y once per filter, since the sum over channels may be taken before the transform back:

    M[f] = sum_c U[f, c] * V[c]       Y[f] = A' M[f] A                                                  (3)

Backward, each product of (3) gives a gradient to each of its factors, and each transform is replaced by its transpose:

    dM[f] = A dY[f] A'       dU[f, c] = sum over squares of dM[f] * V[c]       dW = G' dU G             (4)

In the layout of phases.py the four outputs of a square stand at one place of the four phases. So the entries of X, for
all squares, are 16 shifted lines. V and M are stored as 16 lines each, one for each of the 16 ELEMENTS of a transformed
square.

The rounding error of the differences in (1) depends on the neighbours of a number, which may be larger. So errors are a
little larger than those of the definition. Infinity minus infinity is NaN: the caller uses this for finite numbers
only. (The sums of numbers above half of the largest floating-point number may overflow.)

Sources: S. Winograd, "Arithmetic complexity of computations", 1980; A. Lavin and S. Gray, "Fast algorithms for
convolutional neural networks", 2016.
"""

import functools

import numpy as np
from numba import njit

from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import shifted, whole_blocks

ELEMENTS = 16
CHANNELS_AT_ONCE = 4  # channels, and filters. FILLED UP: their number is raised to a multiple of it, by lines of zeros
STRIP = 192  # places at a time, so that the transforms of some dozen channels stay in the second-level cache
# From one line to the next, and from one channel to the next. The compiler knows these numbers, and so sees that the
# lines do not overlap. Both are whole cache lines of 16 numbers: a vector of 16 that lies across two of them takes two
# loads. The one is no power of two, and the other an odd number of cache lines, or many lines would share a few places
# of the cache.
LINE_STRIDE = STRIP + 16
PLANE_STRIDE = ELEMENTS * LINE_STRIDE + 16

G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])


@functools.cache
def _weight_transform(dtype):
    """(16, 9): G W G' as one matrix product."""
    return np.kron(G, G).astype(dtype)


def transform_weights(weight):
    """U of (2): weight (F, C, KH, KW) -> (16, F filled up, C filled up).

    Filled up: to a multiple of CHANNELS_AT_ONCE, with zeros. The result is empty, (0, 0, 0), where Winograd does not
    apply: a kernel other than 3 x 3, very few filters or channels, or weights that are not finite.
    """
    filters, channels = weight.shape[:2]
    if weight.shape[2:] != (3, 3) or min(filters, channels) < CHANNELS_AT_ONCE or not np.isfinite(weight).all():
        return np.empty((0, 0, 0), weight.dtype)
    u = (_weight_transform(weight.dtype) @ weight.reshape(-1, 9).T).reshape(ELEMENTS, filters, channels)
    if filters % CHANNELS_AT_ONCE == channels % CHANNELS_AT_ONCE == 0:
        return u
    filled = np.zeros((ELEMENTS, _filled_up(filters), _filled_up(channels)), u.dtype)
    filled[:, :filters, :channels] = u
    return filled


def transform_weight_gradient(du, filters, channels):
    """dW of (4): du (16, F filled up, C filled up) -> (F, C, 3, 3)."""
    du = du[:, :filters, :channels].reshape(ELEMENTS, -1)
    return (du.T @ _weight_transform(du.dtype)).reshape(filters, channels, 3, 3)


def _filled_up(number):
    return number + -number % CHANNELS_AT_ONCE


def transformed_length(number):
    """Length of the array for V or M of so many channels or filters, filled up, in one strip.

    Element e of channel n begins at n PLANE_STRIDE + e LINE_STRIDE. The lines of missing channels have to be 0.
    """
    return _filled_up(number) * PLANE_STRIDE


@njit(**COMPILED)
def transform_input(planes, start, length, wq, transformed):
    """V of (2) for the squares at the places start ... start + length: planes (C, 2, 2, places) -> transformed."""
    length = whole_blocks(length)
    for n in range(len(planes)):
        v = transformed[n * PLANE_STRIDE :]
        row0, row0_odd = planes[n, 0, 0, start:], planes[n, 0, 1, start:]
        row1, row1_odd = planes[n, 1, 0, start:], planes[n, 1, 1, start:]
        row2, row2_odd, row3, row3_odd = row0[wq:], row0_odd[wq:], row1[wq:], row1_odd[wq:]
        for i in range(length):
            a, b, c, d = row0[i], row0_odd[i], row0[i + 1], row0_odd[i + 1]
            t00, t01, t02, t03 = a - c, b + c, c - b, b - d
            a, b, c, d = row1[i], row1_odd[i], row1[i + 1], row1_odd[i + 1]
            t10, t11, t12, t13 = a - c, b + c, c - b, b - d
            a, b, c, d = row2[i], row2_odd[i], row2[i + 1], row2_odd[i + 1]
            t20, t21, t22, t23 = a - c, b + c, c - b, b - d
            a, b, c, d = row3[i], row3_odd[i], row3[i + 1], row3_odd[i + 1]
            t30, t31, t32, t33 = a - c, b + c, c - b, b - d
            v[i], v[i + LINE_STRIDE] = t00 - t20, t01 - t21
            v[i + 2 * LINE_STRIDE], v[i + 3 * LINE_STRIDE] = t02 - t22, t03 - t23
            v[i + 4 * LINE_STRIDE], v[i + 5 * LINE_STRIDE] = t10 + t20, t11 + t21
            v[i + 6 * LINE_STRIDE], v[i + 7 * LINE_STRIDE] = t12 + t22, t13 + t23
            v[i + 8 * LINE_STRIDE], v[i + 9 * LINE_STRIDE] = t20 - t10, t21 - t11
            v[i + 10 * LINE_STRIDE], v[i + 11 * LINE_STRIDE] = t22 - t12, t23 - t13
            v[i + 12 * LINE_STRIDE], v[i + 13 * LINE_STRIDE] = t10 - t30, t11 - t31
            v[i + 14 * LINE_STRIDE], v[i + 15 * LINE_STRIDE] = t12 - t32, t13 - t33


@njit(**COMPILED)
def transform_back(transformed, first, last, bias, start, length, lines):
    """Y of (3), plus the bias (F,), for the filters first ... last - 1: M -> lines (F, 2, 2, places), written from
    place `start` on."""
    length = whole_blocks(length)
    for f in range(first, last):
        m, bias_f = transformed[f * PLANE_STRIDE :], bias[f]
        y00, y01 = lines[f, 0, 0, start:], lines[f, 0, 1, start:]
        y10, y11 = lines[f, 1, 0, start:], lines[f, 1, 1, start:]
        for i in range(length):
            a, b, c, d = m[i], m[i + 4 * LINE_STRIDE], m[i + 8 * LINE_STRIDE], m[i + 12 * LINE_STRIDE]
            t00, t10 = a + b + c, b - c - d
            a, b, c, d = m[i + LINE_STRIDE], m[i + 5 * LINE_STRIDE], m[i + 9 * LINE_STRIDE], m[i + 13 * LINE_STRIDE]
            t01, t11 = a + b + c, b - c - d
            a, b = m[i + 2 * LINE_STRIDE], m[i + 6 * LINE_STRIDE]
            c, d = m[i + 10 * LINE_STRIDE], m[i + 14 * LINE_STRIDE]
            t02, t12 = a + b + c, b - c - d
            a, b = m[i + 3 * LINE_STRIDE], m[i + 7 * LINE_STRIDE]
            c, d = m[i + 11 * LINE_STRIDE], m[i + 15 * LINE_STRIDE]
            t03, t13 = a + b + c, b - c - d
            y00[i], y01[i] = bias_f + t00 + t01 + t02, bias_f + t01 - t02 - t03
            y10[i], y11[i] = bias_f + t10 + t11 + t12, bias_f + t11 - t12 - t13


@njit(**COMPILED)
def transform_upstream(dy_planes, top, left, start, length, wq, transformed):
    """dM of (4): dy_planes (F, 2, 2, places) holds dY behind a border of top rows and left columns -> transformed."""
    length = whole_blocks(length)
    for f in range(len(dy_planes)):
        m = transformed[f * PLANE_STRIDE :]
        plane = dy_planes[f]
        y00, y01 = shifted(plane, 0, 0, top, left, wq)[start:], shifted(plane, 0, 1, top, left, wq)[start:]
        y10, y11 = shifted(plane, 1, 0, top, left, wq)[start:], shifted(plane, 1, 1, top, left, wq)[start:]
        for i in range(length):
            a, b, c, d = y00[i], y01[i], y10[i], y11[i]
            sum0, sum1, minus0, minus1 = a + c, b + d, a - c, b - d
            m[i], m[i + LINE_STRIDE], m[i + 2 * LINE_STRIDE], m[i + 3 * LINE_STRIDE] = a, a + b, a - b, -b
            m[i + 4 * LINE_STRIDE], m[i + 5 * LINE_STRIDE] = sum0, sum0 + sum1
            m[i + 6 * LINE_STRIDE], m[i + 7 * LINE_STRIDE] = sum0 - sum1, -sum1
            m[i + 8 * LINE_STRIDE], m[i + 9 * LINE_STRIDE] = minus0, minus0 + minus1
            m[i + 10 * LINE_STRIDE], m[i + 11 * LINE_STRIDE] = minus0 - minus1, -minus1
            m[i + 12 * LINE_STRIDE], m[i + 13 * LINE_STRIDE] = -c, -c - d
            m[i + 14 * LINE_STRIDE], m[i + 15 * LINE_STRIDE] = d - c, d
