"""WideDense: a Dense of many weights, its columns shared out to the cores. The numbers cite ../layers/dense.py.

A training forward keeps its input for backward.
"""

import numpy as np

from siamese_np import threads
from siamese_np.fused.base import FusedLayer
from siamese_np.layers import Dense

FEW_IMAGES = 8  # one core is as fast for them as several


class WideDense(FusedLayer):
    """(N, inputs) -> (N, outputs).

    The number of parts does not depend on the number of cores: a product of another shape may be rounded differently.
    """

    PARTS = 4

    def __init__(self, dense: Dense) -> None:
        super().__init__()
        self.dense = dense

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        weight = self.dense.params["weight"]
        self.dense.expect(x, "N", len(weight))
        shape = (len(x), weight.shape[1])
        y = self.buffer("y", shape, x.dtype) if train else np.empty(shape, x.dtype)

        if len(x) <= FEW_IMAGES:
            np.matmul(x, weight, out=y)  # (1)
        else:
            threads.each(lambda part: np.matmul(x, weight[:, part], out=y[:, part]), self._parts(shape[1]))
        y += self.dense.params["bias"]
        if train:
            self.remember(x)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        (x,) = self.recall()
        weight, grads = self.dense.params["weight"], self.dense.grads
        dx = self.buffer("dx", x.shape, x.dtype)

        def inputs(part: slice) -> None:
            np.matmul(x[:, part].T, dy, out=grads["weight"][part])  # (2)
            np.matmul(dy, weight[part].T, out=dx[:, part])  # (4)

        threads.each(inputs, self._parts(x.shape[1]))
        np.sum(dy, axis=0, out=grads["bias"])  # (3)
        return dx

    def _parts(self, number: int) -> list[slice]:
        bounds = [k * number // self.PARTS for k in range(self.PARTS + 1)]
        return [slice(first, last) for first, last in zip(bounds, bounds[1:])]
