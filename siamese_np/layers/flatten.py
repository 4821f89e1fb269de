"""Flatten: (N, C, H, W) -> (N, C*H*W). Nothing is computed; backward gives dy the shape of x."""

import math

import numpy as np

from siamese_np.layers.base import Layer


class Flatten(Layer):
    """Any shape (N, ...) -> (N, product of the rest)."""

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        self.expect(x, "N", *["..."] * (x.ndim - 1))
        if train:
            self.remember(x.shape)
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        (shape,) = self.recall()
        return dy.reshape(shape)
