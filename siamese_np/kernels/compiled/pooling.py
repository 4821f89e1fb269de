"""ReLU, 2 x 2 max pooling and dropout of two lines at once: what a fused block does with the sums it just made.

A byte an output, its CODE, is all that backward needs: 0 to 3, which of the four cells won; 4, nothing passed (the ReLU
was closed, or the output was dropped).
"""

import numpy as np
from numba import njit

from siamese_np.kernels.compiled.options import COMPILED

CLOSED = 4


@njit(**COMPILED)
def pool_two_lines(upper, lower, scale, shift, drawn, dropped, keep, p, code):
    """p[j] = keep * max(0, the largest of scale v + shift over the four cells v), or 0 where drawn[j] < dropped.

    upper, lower: at least 2 len(p) places; p, code, drawn (OW,). Without a scale, pass 1 and 0.
    """
    zero = p.dtype.type(0)
    odd = zero
    for j in range(len(p)):
        a, b = upper[2 * j] * scale + shift, upper[2 * j + 1] * scale + shift
        c, d = lower[2 * j] * scale + shift, lower[2 * j + 1] * scale + shift
        best, cell = a, np.uint8(0)
        if b > best:
            best, cell = b, np.uint8(1)
        if c > best:
            best, cell = c, np.uint8(2)
        if d > best:
            best, cell = d, np.uint8(3)
        passes = (best > zero) & (drawn[j] >= dropped)
        p[j] = best * keep if passes else zero
        code[j] = cell if passes else np.uint8(CLOSED)
        odd += (a + b + c + d) * zero
    if odd != zero:
        _keep_what_is_not_finite(upper, lower, scale, shift, drawn, dropped, keep, p)


@njit(**COMPILED)
def _keep_what_is_not_finite(upper, lower, scale, shift, drawn, dropped, keep, p):
    """NaN wins over every number, and 0 (dropped) times NaN or infinity is NaN, as in the separate layers."""
    zero = p.dtype.type(0)
    for j in range(len(p)):
        best = zero
        for v in (upper[2 * j], upper[2 * j + 1], lower[2 * j], lower[2 * j + 1]):
            z = v * scale + shift
            if z > best or z != z:
                best = z
            if best != best:
                break
        p[j] = best * (keep if drawn[j] >= dropped else zero)


@njit(**COMPILED)
def scatter_to_winners(dp, code, factor, start, wp, g):
    """g[start + place of the winner] += factor dp[i, j]; g is a plane with wp places a row, dp and code (PH, PW)."""
    ph, pw = dp.shape
    for i in range(ph):
        row = start + 2 * i * wp
        for j in range(pw):
            cell = int(code[i, j])
            if cell != CLOSED:
                g[row + (cell // 2) * wp + 2 * j + cell % 2] += factor * dp[i, j]
