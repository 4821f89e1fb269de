"""PReLU: a ReLU whose slope below zero is learnt, one per channel (He et al. 2015, eq. 1).

    y[n,c,...] = x[n,c,...] where x > 0, else a[c] x[n,c,...]                       (1)

    dx[n,c,...] = dy[n,c,...] where x > 0, else a[c] dy[n,c,...]                    (2)
    da[c]       = sum of dy x over n and the places where x <= 0                    (3)

The slopes a are the parameter `weight`.
"""

import numpy as np

from siamese_np.layers.base import Layer


class PReLU(Layer):
    """(N, C) or (N, C, H, W) -> the same shape. The slopes `weight` (C,) start at 0.25, as in the paper."""

    takes = ("dtype",)

    def __init__(self, channels: int, *, dtype: np.dtype | type = np.float32) -> None:
        super().__init__(channels=channels)
        self.add_param("weight", np.full(channels, 0.25, dtype))

    def _slopes(self, x: np.ndarray) -> np.ndarray:
        """The slopes, reshaped to broadcast along the channel axis of x."""
        return self.params["weight"].reshape(-1, *(1,) * (x.ndim - 2))

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        self.expect(x, "N", len(self.params["weight"]), *"HW"[: max(x.ndim - 2, 0)])
        if train:
            self.remember(x)
        return np.where(x > 0, x, self._slopes(x) * x)  # (1)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        (x,) = self.recall()
        below = np.where(x > 0, 0, dy * x)
        np.sum(below, axis=(0, *range(2, x.ndim)), out=self.grads["weight"])  # (3)
        return np.where(x > 0, dy, self._slopes(x) * dy)  # (2)
