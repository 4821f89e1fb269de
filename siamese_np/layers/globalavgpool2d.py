"""Global average pooling: each feature map becomes its mean.

    y[n,c] = (1/HW) sum_{h,w} x[n,c,h,w]                                            (1)
    dx[n,c,h,w] = dy[n,c] / HW                            the same for every place  (2)
"""

import numpy as np

from siamese_np.layers.base import Layer


class GlobalAvgPool2D(Layer):
    """(N, C, H, W) -> (N, C)."""

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        self.expect(x, "N", "C", "H", "W")
        if train:
            self.remember(x.shape)
        return x.mean((2, 3))  # (1)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        (shape,) = self.recall()
        places = shape[2] * shape[3]
        return np.broadcast_to(dy[:, :, None, None] / places, shape).copy()  # (2)
