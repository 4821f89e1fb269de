"""Dense: every output is a weighted sum of every input.

    y[n,j] = sum_i x[n,i] w[i,j] + b[j]                   y = x @ w + b             (1)

The loss reaches w[i,j] through y[n,j] of every image n, b[j] likewise, and x[n,i] through every output j:

    dL/dw[i,j] = sum_n x[n,i] dy[n,j]                     dw = x.T @ dy             (2)
    dL/db[j]   = sum_n dy[n,j]                            db = dy.sum(0)            (3)
    dL/dx[n,i] = sum_j dy[n,j] w[i,j]                     dx = dy @ w.T             (4)
"""

import numpy as np

from siamese_np.initializers import glorot_uniform, he_normal
from siamese_np.layers.base import Layer


class Dense(Layer):
    """(N, inputs) -> (N, outputs). params: weight (inputs, outputs) and bias (outputs,), which starts at 0.

    initializer: "he" where a ReLU follows, "glorot" for a linear output. Raises ValueError for another one.
    """

    takes = ("rng", "dtype")

    def __init__(
        self,
        inputs: int,
        outputs: int,
        initializer: str = "he",
        *,
        rng: np.random.Generator,
        dtype: np.dtype | type = np.float32,
    ) -> None:
        super().__init__(inputs=inputs, outputs=outputs, initializer=initializer)
        if initializer == "he":
            weight = he_normal((inputs, outputs), inputs, rng, dtype)
        elif initializer == "glorot":
            weight = glorot_uniform((inputs, outputs), inputs, outputs, rng, dtype)
        else:
            raise ValueError(f'Dense: initializer is "he" or "glorot", not {initializer!r}')
        self.add_param("weight", weight)
        self.add_param("bias", np.zeros(outputs, dtype))

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        self.expect(x, "N", self.params["weight"].shape[0])
        if train:
            self.remember(x)
        return x @ self.params["weight"] + self.params["bias"]  # (1)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        (x,) = self.recall()
        np.matmul(x.T, dy, out=self.grads["weight"])  # (2)
        np.sum(dy, axis=0, out=self.grads["bias"])  # (3)
        return dy @ self.params["weight"].T  # (4)
