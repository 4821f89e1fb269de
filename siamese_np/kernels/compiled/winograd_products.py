"""The products of Winograd's filtering, and the convolution and its gradient made of them. The numbers cite
winograd.py.

For each of the 16 elements, (3) is a product of matrices: U (F, C) times V (C, places). It is done here for four
filters and four channels at once: 16 multiply-adds of 4 numbers and 4 sums.
"""

from numba import njit

from siamese_np.kernels.compiled.options import COMPILED, INLINED
from siamese_np.kernels.compiled.phases import whole_blocks
from siamese_np.kernels.compiled.winograd import (
    CHANNELS_AT_ONCE,
    ELEMENTS,
    LINE_STRIDE,
    PLANE_STRIDE,
    STRIP,
    transform_back,
    transform_input,
    transform_upstream,
)


@njit(**COMPILED)
def _multiply(u, v, m, first, last, length):
    """M of (3) for the filters first ... last - 1, written: u (16, 4 n, 4 k), v and m transformed. first: a multiple
    of 4."""
    channels = u.shape[2]
    length = whole_blocks(length)
    for e in range(ELEMENTS):
        for f in range(first, last, CHANNELS_AT_ONCE):
            sums = m[f * PLANE_STRIDE + e * LINE_STRIDE :]
            for c in range(0, channels, CHANNELS_AT_ONCE):
                x = v[c * PLANE_STRIDE + e * LINE_STRIDE :]
                a0, a1, a2, a3 = u[e, f, c], u[e, f, c + 1], u[e, f, c + 2], u[e, f, c + 3]
                b0, b1, b2, b3 = u[e, f + 1, c], u[e, f + 1, c + 1], u[e, f + 1, c + 2], u[e, f + 1, c + 3]
                c0, c1, c2, c3 = u[e, f + 2, c], u[e, f + 2, c + 1], u[e, f + 2, c + 2], u[e, f + 2, c + 3]
                d0, d1, d2, d3 = u[e, f + 3, c], u[e, f + 3, c + 1], u[e, f + 3, c + 2], u[e, f + 3, c + 3]
                if c == 0:
                    for i in range(length):
                        q, r, s, t = x[i], x[i + PLANE_STRIDE], x[i + 2 * PLANE_STRIDE], x[i + 3 * PLANE_STRIDE]
                        sums[i] = a0 * q + a1 * r + a2 * s + a3 * t
                        sums[i + PLANE_STRIDE] = b0 * q + b1 * r + b2 * s + b3 * t
                        sums[i + 2 * PLANE_STRIDE] = c0 * q + c1 * r + c2 * s + c3 * t
                        sums[i + 3 * PLANE_STRIDE] = d0 * q + d1 * r + d2 * s + d3 * t
                else:
                    for i in range(length):
                        q, r, s, t = x[i], x[i + PLANE_STRIDE], x[i + 2 * PLANE_STRIDE], x[i + 3 * PLANE_STRIDE]
                        sums[i] += a0 * q + a1 * r + a2 * s + a3 * t
                        sums[i + PLANE_STRIDE] += b0 * q + b1 * r + b2 * s + b3 * t
                        sums[i + 2 * PLANE_STRIDE] += c0 * q + c1 * r + c2 * s + c3 * t
                        sums[i + 3 * PLANE_STRIDE] += d0 * q + d1 * r + d2 * s + d3 * t


@njit(**INLINED)
def _add_products(v, m, length, du):
    """dU of (4) += the sums over a strip: v is V, m is dM, du (16, 4 n, 4 k)."""
    filters, channels = du.shape[1:]
    length = whole_blocks(length)
    zero = v.dtype.type(0)
    for e in range(ELEMENTS):
        for f in range(0, filters, CHANNELS_AT_ONCE):
            g = m[f * PLANE_STRIDE + e * LINE_STRIDE :]
            for c in range(0, channels, 2):
                x = v[c * PLANE_STRIDE + e * LINE_STRIDE :]
                a0, a1, b0, b1, c0, c1, d0, d1 = zero, zero, zero, zero, zero, zero, zero, zero
                for i in range(length):
                    q, r = x[i], x[i + PLANE_STRIDE]
                    s = g[i]
                    a0 += s * q
                    a1 += s * r
                    s = g[i + PLANE_STRIDE]
                    b0 += s * q
                    b1 += s * r
                    s = g[i + 2 * PLANE_STRIDE]
                    c0 += s * q
                    c1 += s * r
                    s = g[i + 3 * PLANE_STRIDE]
                    d0 += s * q
                    d1 += s * r
                du[e, f, c] += a0
                du[e, f, c + 1] += a1
                du[e, f + 1, c] += b0
                du[e, f + 1, c + 1] += b1
                du[e, f + 2, c] += c0
                du[e, f + 2, c + 1] += c1
                du[e, f + 3, c] += d0
                du[e, f + 3, c + 1] += d1


@njit(**COMPILED)
def correlate_winograd(planes, u, bias, places, wq, transformed_x, transformed_y, first, last, lines):
    """The convolution of a stack at its first `places`: planes (C, 2, 2, more) -> lines (F, 2, 2, length), for the
    filters first ... last - 1. first: a multiple of 4."""
    for start in range(0, places, STRIP):
        length = min(STRIP, places - start)
        transform_input(planes, start, length, wq, transformed_x)
        _multiply(u, transformed_x, transformed_y, first, last, length)
        transform_back(transformed_y, first, last, bias, start, length, lines)


@njit(**COMPILED)
def add_winograd_gradient(dy_planes, top, left, planes, places, wq, transformed_x, transformed_dy, du):
    """du (16, F filled up, C filled up) += dU of a stack; dy_planes as for direct_gradient.py, but without missing
    filters.

    V is made again: to keep it from forward would take four times the memory of x.
    """
    for start in range(0, places, STRIP):
        length = min(STRIP, places - start)
        transform_input(planes, start, length, wq, transformed_x)
        transform_upstream(dy_planes, top, left, start, length, wq, transformed_dy)
        _add_products(transformed_x, transformed_dy, length, du)
