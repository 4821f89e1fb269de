"""L2Normalize: every row is scaled to length 1, so that embeddings lie on a sphere and distances are at most 2.

    r[n]   = sqrt(sum_i x[n,i]^2)                                                   (1)
    y[n,i] = x[n,i] / max(r[n], eps)                                                (2)

From ∂r/∂x[k] = x[k] / r = y[k] and the quotient rule, ∂y[i]/∂x[k] = ([i = k] - y[i] y[k]) / r:

    dx[n,k] = (dy[n,k] - y[n,k] sum_i dy[n,i] y[n,i]) / r[n]                        (3)

In words: the part of dy that would change the length is taken out. Where r < eps the divisor is a constant, so

    dx[n,k] = dy[n,k] / eps                                                         (4)

A row of zeros stays zero. Its gradient is set to 0, which is a convention and not a limit: by (4) it would be dy / eps,
a step 1e12 times too long for a row that has no direction.
"""

import numpy as np

from siamese_np.layers.base import Layer

EPS = 1e-12


class L2Normalize(Layer):
    """(N, D) -> (N, D), each row of length 1."""

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        self.expect(x, "N", "D")
        r = np.sqrt(np.sum(x * x, axis=1, keepdims=True))  # (1)
        y = x / np.maximum(r, EPS)  # (2)
        if train:
            self.remember(y, r)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        y, r = self.recall()
        radial = np.sum(dy * y, axis=1, keepdims=True)
        dx = np.where(r < EPS, dy, dy - y * radial) / np.maximum(r, EPS)  # (3) and (4)
        return np.where(r == 0, 0, dx).astype(dy.dtype, copy=False)  # the convention for a row of zeros
