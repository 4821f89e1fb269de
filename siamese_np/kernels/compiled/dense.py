"""The gradient of a dense layer's input, dx = dy @ weight.T: (4) of ../../layers/dense.py.

A product in BLAS first copies its matrices into an order that suits it. For a batch of some dozen images that costs as
much as the product, since each weight is used for only some dozen multiplications. Here the weights are read once, row
after row, as they lie in memory: four rows for two images at once, so that eight sums stay in registers.
"""

import numpy as np
from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.team import give, take

ROWS = 4  # of weights, at once; a row that is missing at the end, or an image, is replaced by the last one


@njit(**COMPILED)
def _input_gradient(team, thread, number, dy, weight, dx):
    zero = dy.dtype.type(0)
    images, inputs = dx.shape
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for i in range(first * ROWS, min(last * ROWS, inputs), ROWS):
            i1, i2, i3 = min(i + 1, inputs - 1), min(i + 2, inputs - 1), min(i + 3, inputs - 1)
            w0, w1, w2, w3 = weight[i], weight[i1], weight[i2], weight[i3]
            for n in range(0, images, 2):
                m = min(n + 1, images - 1)
                a, b = dy[n], dy[m]
                a0, a1, a2, a3, b0, b1, b2, b3 = zero, zero, zero, zero, zero, zero, zero, zero
                for j in range(len(w0)):
                    q, r, s, t = w0[j], w1[j], w2[j], w3[j]
                    u, v = a[j], b[j]
                    a0 += u * q
                    a1 += u * r
                    a2 += u * s
                    a3 += u * t
                    b0 += v * q
                    b1 += v * r
                    b2 += v * s
                    b3 += v * t
                dx[n, i], dx[n, i1], dx[n, i2], dx[n, i3] = a0, a1, a2, a3
                dx[m, i], dx[m, i1], dx[m, i2], dx[m, i3] = b0, b1, b2, b3
        first, last = take(team, thread, number)


def dense_input_gradient(dy, weight, dx):
    """dx = dy @ weight.T: dy (N, O), weight (I, O) -> dx (N, I), written."""
    dy, weight = np.ascontiguousarray(dy), np.ascontiguousarray(weight)
    threads.share_out(_input_gradient, -(-len(weight) // ROWS), dy, weight, dx)
