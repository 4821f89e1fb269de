"""ReLU: y = max(0, x).                                                             (1)

    ∂y/∂x = 1 where x > 0, else 0                         dx = dy * (x > 0)         (2)

At x = 0 the slope jumps from 0 to 1. Any value between them is a subgradient, and 0 is taken. Whether x > 0 can be seen
in the output as well (y > 0), so only the output is kept.
"""

import numpy as np

from siamese_np.layers.base import Layer


class ReLU(Layer):
    """Any shape -> the same shape."""

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        self.expect(x, *["..."] * x.ndim)
        y = np.maximum(x, 0)  # (1)
        if train:
            self.remember(y)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        (y,) = self.recall()
        return dy * (y > 0)  # (2)
