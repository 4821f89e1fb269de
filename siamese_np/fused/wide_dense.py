"""WideDense: a Dense of many weights, on all cores. The numbers cite ../layers/dense.py.

A training forward keeps its input for backward.
"""

from types import ModuleType

import numpy as np

from siamese_np import threads
from siamese_np.fused.base import FusedLayer
from siamese_np.layers import Dense


class WideDense(FusedLayer):
    """(N, inputs) -> (N, outputs)."""

    ENOUGH_PRODUCTS = 1 << 25  # for fewer, BLAS is as fast on one core: Python code in another thread begins late
    SLABS = 8  # of rows in forward. Their number does not depend on the cores: other sums may be rounded differently
    ROWS = 512  # at once in backward, so that what BLAS copies of them stays in the cache

    def __init__(self, dense: Dense, kernels: ModuleType) -> None:
        super().__init__()
        self.dense, self.kernels = dense, kernels

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        weight = self.dense.params["weight"]
        self.dense.expect(x, "N", len(weight))
        shape = (len(x), weight.shape[1])
        y = self.buffer("y", shape, x.dtype) if train else np.empty(shape, x.dtype)
        if self._is_small(x):
            np.matmul(x, weight, out=y)  # (1)
        else:
            slabs = _parts(len(weight), self.SLABS)
            np.sum(threads.each(lambda rows: x[:, rows] @ weight[rows], slabs), axis=0, out=y)
        y += self.dense.params["bias"]
        if train:
            self.remember(x)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        (x,) = self.recall()
        weight, grads = self.dense.params["weight"], self.dense.grads
        dx = self.buffer("dx", x.shape, x.dtype)
        parts = _parts(len(weight), 1 if self._is_small(x) else -(-len(weight) // self.ROWS))
        threads.each(lambda rows: np.matmul(x[:, rows].T, dy, out=grads["weight"][rows]), parts)  # (2)
        np.sum(dy, axis=0, out=grads["bias"])  # (3)
        self.kernels.dense_input_gradient(dy, weight, dx)  # (4)
        return dx

    def _is_small(self, x: np.ndarray) -> bool:
        return len(x) * self.dense.params["weight"].size < self.ENOUGH_PRODUCTS


def _parts(number: int, parts: int) -> list[slice]:
    bounds = [k * number // parts for k in range(parts + 1)]
    return [slice(first, last) for first, last in zip(bounds, bounds[1:])]
