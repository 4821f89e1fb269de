"""ReLU, 2 x 2 max pooling and dropout of the four phases of a line in one loop, and the gradient back through it.

All that backward needs is a small number per square, its ARGMAX: 0 to 3, the cell that passed; or CLOSED, nothing
passed (the ReLU was closed, or the output was dropped). It is an int32, as wide as the numbers beside it: unpacking
bytes would take longer than reading them. Of equal cells the first passes (../../layers/maxpool2d.py says why that is
allowed).
"""

import numpy as np
from numba import njit

from siamese_np.kernels.compiled.options import COMPILED, INLINED

CLOSED = 4


@njit(**COMPILED)
def pool_phases(v0, v1, v2, v3, scale, shift, random_bytes, dropped_bytes, dropout_scale, p, argmax, passed):
    """p[i] = dropout_scale * max(0, the largest of scale v + shift over the four cells v), or 0 where dropped.

    v0 to v3: the lines of the cells. p, argmax and passed: one number per square, written; passed is the v that passed,
    else 0, and may be None. A square is dropped where random_bytes[i] < dropped_bytes. Without batch normalisation
    scale is 1 and shift is 0.
    """
    zero = p.dtype.type(0)
    odd = zero
    for i in range(len(p)):
        a, b, c, d = v0[i] * scale + shift, v1[i] * scale + shift, v2[i] * scale + shift, v3[i] * scale + shift
        best, cell, v = a, np.int32(0), v0[i]
        if b > best:
            best, cell, v = b, np.int32(1), v1[i]
        if c > best:
            best, cell, v = c, np.int32(2), v2[i]
        if d > best:
            best, cell, v = d, np.int32(3), v3[i]
        passes = (best > zero) & (random_bytes[i] >= dropped_bytes)
        p[i] = best * dropout_scale if passes else zero
        argmax[i] = cell if passes else np.int32(CLOSED)
        if passed is not None:
            passed[i] = v if passes else zero
        odd += (a + b + c + d) * zero
    if odd != zero:
        _keep_what_is_not_finite(v0, v1, v2, v3, scale, shift, random_bytes, dropped_bytes, dropout_scale, p)


@njit(**COMPILED)
def _keep_what_is_not_finite(v0, v1, v2, v3, scale, shift, random_bytes, dropped_bytes, dropout_scale, p):
    """NaN wins over every number, and 0 (dropped) times NaN or infinity is NaN, as in the separate layers."""
    zero = p.dtype.type(0)
    for i in range(len(p)):
        best = zero
        for v in (v0[i], v1[i], v2[i], v3[i]):
            z = v * scale + shift
            if z > best or z != z:
                best = z
            if best != best:
                break
        p[i] = best * (dropout_scale if random_bytes[i] >= dropped_bytes else zero)


@njit(**COMPILED)
def sums_of_passed(dp, argmax, passed):
    """The sum of dp over the squares where a cell passed, and the sum of dp times the value that passed."""
    zero = dp.dtype.type(0)
    total, product = zero, zero
    for i in range(len(dp)):
        upstream = dp[i] if argmax[i] != CLOSED else zero
        total += upstream
        product += upstream * passed[i]
    return total, product


@njit(**INLINED)
def gradient_of_cell(dp, argmax, cell, factor, dy):
    """dy[i] = factor * dp[i] where `cell` passed, else 0; written -> the sum of dy."""
    zero = dp.dtype.type(0)
    total = zero
    for i in range(len(dp)):
        value = factor * dp[i] if argmax[i] == cell else zero
        dy[i] = value
        total += value
    return total


@njit(**INLINED)
def gradient_of_cell_and_norm(dp, argmax, cell, y, valid, factor, slope, offset, dy):
    """The same plus slope * y[i] + offset at all valid places, whether they passed or not."""
    zero = dp.dtype.type(0)
    total = zero
    for i in range(len(dp)):
        value = (factor * dp[i] if argmax[i] == cell else zero) + (slope * y[i] + offset) * valid[i]
        dy[i] = value
        total += value
    return total
