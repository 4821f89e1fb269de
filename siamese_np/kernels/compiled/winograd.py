"""A convolution with kernels of 3 x 3 in 16 products a square where its definition has 36 (Winograd's minimal filtering).

Two neighbouring outputs of a kernel g of three, from four numbers x:

    y0 = g0 x0 + g1 x1 + g2 x2                 u0 = g0                   v0 = x0 - x2
    y1 = g0 x1 + g1 x2 + g2 x3                 u1 = (g0 + g1 + g2) / 2   v1 = x1 + x2
                                               u2 = (g0 - g1 + g2) / 2   v2 = x2 - x1
    y0 = u0 v0 + u1 v1 + u2 v2                 u3 = g2                   v3 = x1 - x3                  (1)
    y1 =         u1 v1 - u2 v2 - u3 v3

Put in, and everything but the six products on the left cancels. (1) needs four products. In two dimensions a square of four
outputs takes the same, first along rows and then along columns: with X its 4 x 4 numbers and W the kernel,

    U = G W G'      V = B X B'      Y = A' (U * V) A            * number by number, ' transposed        (2)

        1  0  0             1  0 -1  0             1  0
    G = ½  ½  ½         B = 0  1  1  0         A = 1  1
        ½ -½  ½             0 -1  1  0             1 -1
        0  0  1             0  1  0 -1             0 -1

16 POINTS, that is, and 16 products. The turns cost additions, but U is made once for each kernel, V once for each channel,
whatever the number of filters, and Y once for each filter, since sums over channels may be taken before the turn back:

    M[f] = sum_c U[f, c] * V[c]       Y[f] = A' M[f] A                                                  (3)

Backward, each product of (3) gives to its other factor, and each turn back is the other one transposed:

    dM[f] = A dY[f] A'       dU[f, c] = sum over squares of dM[f] * V[c]       dW = G' dU G             (4)

The four outputs of a square are the phases of phases.py, at one place. So X are 16 lines, shifted, a point is a line, and
(3) is a product of matrices for each point, done here for four filters and four channels at once: 16 multiply-adds of 4
numbers and 4 sums.

The differences of (1) are rounded to the size of a number's neighbours, so errors are a little larger than those of the
definition. And infinity minus infinity is NaN: who calls this sees to it that all numbers are finite. (Beyond half of the
largest number there is their sums are not.)

Sources: S. Winograd, "Arithmetic complexity of computations", 1980; A. Lavin and S. Gray, "Fast algorithms for
convolutional neural networks", 2016.
"""

import functools

import numpy as np
from numba import njit

from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import shifted
from siamese_np.kernels.compiled.block_pooling import INLINED

POINTS = 16
AT_ONCE = 4  # filters, and channels; missing ones are zeros
STRIP = 192  # places at a time, so that the points of some dozen channels stay in the second-level cache
# from one line to the next: known to the compiler, which then sees that they do not overlap, and no power of two
ROOM = STRIP + 8
PLANE = POINTS * ROOM

G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])


@functools.cache
def _turn(dtype):
    """(16, 9): G W G' as one product."""
    return np.kron(G, G).astype(dtype)


def points_of(weight):
    """U of (2): weight (F, C, KH, KW) -> (16, F filled up, C filled up); (0, 0, 0) where this is not for them: other
    kernels than 3 x 3, very few filters or channels, weights that are not finite."""
    filters, channels = weight.shape[:2]
    if weight.shape[2:] != (3, 3) or min(filters, channels) < AT_ONCE or not np.isfinite(weight).all():
        return np.empty((0, 0, 0), weight.dtype)
    u = (_turn(weight.dtype) @ weight.reshape(-1, 9).T).reshape(POINTS, filters, channels)
    if filters % AT_ONCE == channels % AT_ONCE == 0:
        return u
    filled = np.zeros((POINTS, filters + -filters % AT_ONCE, channels + -channels % AT_ONCE), u.dtype)
    filled[:, :filters, :channels] = u
    return filled


def weights_of_points(du, filters, channels):
    """dW of (4): du (16, F filled up, C filled up) -> (F, C, 3, 3)."""
    du = du[:, :filters, :channels].reshape(POINTS, -1)
    return (du.T @ _turn(du.dtype)).reshape(filters, channels, 3, 3)


def room_for_gradients(u, slabs):
    """Room for dU in each slab, where u are the points of the turned weights: (slabs, 16, F filled up, C filled up)."""
    return np.empty((slabs, len(u), u.shape[2], u.shape[1]), u.dtype)


def room_for_points(number):
    """Length of the array for the points of so many channels or filters, filled up to fours, in a strip: point p of channel
    n stands at n PLANE + p ROOM. Those of missing ones are to be 0."""
    return (number + -number % AT_ONCE) * PLANE


@njit(**COMPILED)
def _turn_planes(planes, start, length, wq, points):
    """V of (2) for the squares at the places start ... start + length: planes (C, 2, 2, places) -> points, written."""
    for n in range(len(planes)):
        v = points[n * PLANE :]
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
            v[i], v[i + ROOM] = t00 - t20, t01 - t21
            v[i + 2 * ROOM], v[i + 3 * ROOM] = t02 - t22, t03 - t23
            v[i + 4 * ROOM], v[i + 5 * ROOM] = t10 + t20, t11 + t21
            v[i + 6 * ROOM], v[i + 7 * ROOM] = t12 + t22, t13 + t23
            v[i + 8 * ROOM], v[i + 9 * ROOM] = t20 - t10, t21 - t11
            v[i + 10 * ROOM], v[i + 11 * ROOM] = t22 - t12, t23 - t13
            v[i + 12 * ROOM], v[i + 13 * ROOM] = t10 - t30, t11 - t31
            v[i + 14 * ROOM], v[i + 15 * ROOM] = t12 - t32, t13 - t33


@njit(**COMPILED)
def _turn_back(points, filters, bias, start, length, lines):
    """Y of (3), and the bias: points of M -> lines (F, 2, 2, places), written from place `start` on."""
    for f in range(filters):
        m, b_ = points[f * PLANE :], bias[f]
        y00, y01 = lines[f, 0, 0, start:], lines[f, 0, 1, start:]
        y10, y11 = lines[f, 1, 0, start:], lines[f, 1, 1, start:]
        for i in range(length):
            a, b, c, d = m[i], m[i + 4 * ROOM], m[i + 8 * ROOM], m[i + 12 * ROOM]
            t00, t10 = a + b + c, b - c - d
            a, b, c, d = m[i + ROOM], m[i + 5 * ROOM], m[i + 9 * ROOM], m[i + 13 * ROOM]
            t01, t11 = a + b + c, b - c - d
            a, b, c, d = m[i + 2 * ROOM], m[i + 6 * ROOM], m[i + 10 * ROOM], m[i + 14 * ROOM]
            t02, t12 = a + b + c, b - c - d
            a, b, c, d = m[i + 3 * ROOM], m[i + 7 * ROOM], m[i + 11 * ROOM], m[i + 15 * ROOM]
            t03, t13 = a + b + c, b - c - d
            y00[i], y01[i] = b_ + t00 + t01 + t02, b_ + t01 - t02 - t03
            y10[i], y11[i] = b_ + t10 + t11 + t12, b_ + t11 - t12 - t13


@njit(**COMPILED)
def _turn_gradient(g, top, left, start, length, wq, points):
    """dM of (4): g (F, 2, 2, places) holds dY behind a border of top rows and left columns -> points, written."""
    for f in range(len(g)):
        m = points[f * PLANE :]
        y00, y01 = shifted(g[f], 0, 0, top, left, wq)[start:], shifted(g[f], 0, 1, top, left, wq)[start:]
        y10, y11 = shifted(g[f], 1, 0, top, left, wq)[start:], shifted(g[f], 1, 1, top, left, wq)[start:]
        for i in range(length):
            a, b, c, d = y00[i], y01[i], y10[i], y11[i]
            sum0, sum1, minus0, minus1 = a + c, b + d, a - c, b - d
            m[i], m[i + ROOM], m[i + 2 * ROOM], m[i + 3 * ROOM] = a, a + b, a - b, -b
            m[i + 4 * ROOM], m[i + 5 * ROOM] = sum0, sum0 + sum1
            m[i + 6 * ROOM], m[i + 7 * ROOM] = sum0 - sum1, -sum1
            m[i + 8 * ROOM], m[i + 9 * ROOM] = minus0, minus0 + minus1
            m[i + 10 * ROOM], m[i + 11 * ROOM] = minus0 - minus1, -minus1
            m[i + 12 * ROOM], m[i + 13 * ROOM], m[i + 14 * ROOM], m[i + 15 * ROOM] = -c, -c - d, d - c, d


@njit(**COMPILED)
def _multiply(u, v, m, length):
    """M of (3), written: u (16, 4 n, 4 k), v and m points."""
    filters, channels = u.shape[1:]
    for p in range(POINTS):
        for f in range(0, filters, AT_ONCE):
            sums = m[f * PLANE + p * ROOM :]
            for c in range(0, channels, AT_ONCE):
                x = v[c * PLANE + p * ROOM :]
                a0, a1, a2, a3 = u[p, f, c], u[p, f, c + 1], u[p, f, c + 2], u[p, f, c + 3]
                b0, b1, b2, b3 = u[p, f + 1, c], u[p, f + 1, c + 1], u[p, f + 1, c + 2], u[p, f + 1, c + 3]
                c0, c1, c2, c3 = u[p, f + 2, c], u[p, f + 2, c + 1], u[p, f + 2, c + 2], u[p, f + 2, c + 3]
                d0, d1, d2, d3 = u[p, f + 3, c], u[p, f + 3, c + 1], u[p, f + 3, c + 2], u[p, f + 3, c + 3]
                if c == 0:
                    for i in range(length):
                        q, r, s, t = x[i], x[i + PLANE], x[i + 2 * PLANE], x[i + 3 * PLANE]
                        sums[i] = a0 * q + a1 * r + a2 * s + a3 * t
                        sums[i + PLANE] = b0 * q + b1 * r + b2 * s + b3 * t
                        sums[i + 2 * PLANE] = c0 * q + c1 * r + c2 * s + c3 * t
                        sums[i + 3 * PLANE] = d0 * q + d1 * r + d2 * s + d3 * t
                else:
                    for i in range(length):
                        q, r, s, t = x[i], x[i + PLANE], x[i + 2 * PLANE], x[i + 3 * PLANE]
                        sums[i] += a0 * q + a1 * r + a2 * s + a3 * t
                        sums[i + PLANE] += b0 * q + b1 * r + b2 * s + b3 * t
                        sums[i + 2 * PLANE] += c0 * q + c1 * r + c2 * s + c3 * t
                        sums[i + 3 * PLANE] += d0 * q + d1 * r + d2 * s + d3 * t


@njit(**INLINED)
def _add_dots(v, m, length, du):
    """dU of (4) += the sums over a strip: v and m points, du (16, 4 n, 4 k)."""
    filters, channels = du.shape[1:]
    zero = v.dtype.type(0)
    for p in range(POINTS):
        for f in range(0, filters, AT_ONCE):
            g = m[f * PLANE + p * ROOM :]
            for c in range(0, channels, 2):
                x = v[c * PLANE + p * ROOM :]
                a0, a1, b0, b1, c0, c1, d0, d1 = zero, zero, zero, zero, zero, zero, zero, zero
                for i in range(length):
                    q, r = x[i], x[i + PLANE]
                    s = g[i]
                    a0 += s * q
                    a1 += s * r
                    s = g[i + PLANE]
                    b0 += s * q
                    b1 += s * r
                    s = g[i + 2 * PLANE]
                    c0 += s * q
                    c1 += s * r
                    s = g[i + 3 * PLANE]
                    d0 += s * q
                    d1 += s * r
                du[p, f, c] += a0
                du[p, f, c + 1] += a1
                du[p, f + 1, c] += b0
                du[p, f + 1, c + 1] += b1
                du[p, f + 2, c] += c0
                du[p, f + 2, c + 1] += c1
                du[p, f + 3, c] += d0
                du[p, f + 3, c + 1] += d1


@njit(**COMPILED)
def correlate_points(planes, u, bias, places, wq, x_points, y_points, lines):
    """The convolution of a stack at its first `places`: planes (C, 2, 2, more) -> lines (F, 2, 2, length)."""
    for start in range(0, places, STRIP):
        length = min(STRIP, places - start)
        _turn_planes(planes, start, length, wq, x_points)
        _multiply(u, x_points, y_points, length)
        _turn_back(y_points, len(lines), bias, start, length, lines)


@njit(**COMPILED)
def add_dots_of_points(g, top, left, planes, places, wq, x_points, y_points, du):
    """du (16, F filled up, C filled up) += dU of a stack; g (F, 2, 2, more) as for walks.add_dots_of_phases.

    V is made again: to keep it from forward would take four times the room of x.
    """
    for start in range(0, places, STRIP):
        length = min(STRIP, places - start)
        _turn_planes(planes, start, length, wq, x_points)
        _turn_gradient(g, top, left, start, length, wq, y_points)
        _add_dots(x_points, y_points, length, du)
