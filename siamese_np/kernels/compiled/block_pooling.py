"""ReLU, 2 x 2 max pooling and dropout of the four phases of a line (see phases.py), and the way back.

A small number a square, its CODE, is all that backward needs: 0 to 3, which of the four cells won; 4, nothing passed (the
ReLU was closed, or the output was dropped). It is an int32, as wide as the numbers beside it: to unpack bytes would take
longer than to read them.
"""

import numpy as np
from numba import njit

from siamese_np.kernels.compiled.options import COMPILED

CLOSED = 4
# A function that stays a function is in its own library and in that of its caller, where its sum is taken in another order;
# which of the two is called depends on whether it was compiled just now or came from the cache. Taken in, there is one.
INLINED = COMPILED | {"forceinline": True}


@njit(**COMPILED)
def rows_into_line(rows, image, lay, line):
    """rows (PH, PW) into a line, as image number `image` of its stack; gaps stay as they are."""
    for i in range(rows.shape[0]):
        source, target = rows[i], line[(image * lay.hq + i) * lay.wq :]
        for j in range(len(source)):
            target[j] = source[j]


@njit(**COMPILED)
def rows_out_of_line(line, image, lay, rows):
    for i in range(rows.shape[0]):
        source, target = line[(image * lay.hq + i) * lay.wq :], rows[i]
        for j in range(len(target)):
            target[j] = source[j]


@njit(**COMPILED)
def pool_phases(v0, v1, v2, v3, scale, shift, drawn, dropped, keep, p, code, won):
    """p[i] = keep * max(0, the largest of scale v + shift over the four cells v), or 0 where drawn[i] < dropped.

    v0 to v3: lines of the cells; the others of squares, p, code and won written. won: the v that passed, else 0, or None
    where nobody asks. Without a scale, pass 1 and 0.
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
        passes = (best > zero) & (drawn[i] >= dropped)
        p[i] = best * keep if passes else zero
        code[i] = cell if passes else np.int32(CLOSED)
        if won is not None:
            won[i] = v if passes else zero
        odd += (a + b + c + d) * zero
    if odd != zero:
        _keep_what_is_not_finite(v0, v1, v2, v3, scale, shift, drawn, dropped, keep, p)


@njit(**COMPILED)
def _keep_what_is_not_finite(v0, v1, v2, v3, scale, shift, drawn, dropped, keep, p):
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
        p[i] = best * (keep if drawn[i] >= dropped else zero)


@njit(**COMPILED)
def sums_of_winners(dp, code, won):
    """The sum of dp over what passed, and of dp times what won."""
    zero = dp.dtype.type(0)
    total, product = zero, zero
    for i in range(len(dp)):
        upstream = dp[i] if code[i] != CLOSED else zero
        total += upstream
        product += upstream * won[i]
    return total, product


@njit(**INLINED)
def gradient_of_cell(dp, code, cell, factor, g):
    """g[i] = factor * dp[i] where `cell` won, else 0; written -> the sum of g."""
    zero = dp.dtype.type(0)
    total = zero
    for i in range(len(dp)):
        value = factor * dp[i] if code[i] == cell else zero
        g[i] = value
        total += value
    return total


@njit(**INLINED)
def gradient_of_cell_and_norm(dp, code, cell, y, valid, factor, slope, offset, g):
    """The same, and slope * y[i] + offset at all valid places, whether they won or not."""
    zero = dp.dtype.type(0)
    total = zero
    for i in range(len(dp)):
        value = (factor * dp[i] if code[i] == cell else zero) + (slope * y[i] + offset) * valid[i]
        g[i] = value
        total += value
    return total
