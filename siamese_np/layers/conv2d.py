"""Conv2D: the same small window of weights at every place of the image.

    y[n,f,i,j] = b[f] + sum_{c,k,l} w[f,c,k,l] xp[n,c, i sy + k, j sx + l]          (1)

xp is x with `padding` zeros around it, (sy, sx) the stride, and (k, l) runs over the kernel. This is the
cross-correlation, which the field calls convolution. The output has OH = (H + 2 padding - KH) // sy + 1 rows, and
columns likewise.

The gradients of (1), and how the sums are computed, are in kernels/reference.py (to be read) and kernels/compiled/ (to
be fast). This layer holds the parameters and passes the arrays on.
"""

from types import ModuleType

import numpy as np

from siamese_np import kernels as kernel_choice
from siamese_np.initializers import he_normal
from siamese_np.layers.base import Layer, as_pair


class Conv2D(Layer):
    """(N, channels, H, W) -> (N, filters, OH, OW). kernel_size, stride and padding: one number, or (rows, columns).

    params: weight (filters, channels, KH, KW), started by He, and bias (filters,), started at 0. Raises ValueError for
    a size that is not a whole number, and for a kernel that does not fit into the input.
    """

    takes = ("rng", "kernels", "dtype")

    def __init__(
        self,
        channels: int,
        filters: int,
        kernel_size: int | tuple[int, int] = 3,
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        *,
        rng: np.random.Generator,
        kernels: ModuleType | None = None,
        dtype: np.dtype | type = np.float32,
    ) -> None:
        super().__init__(channels=channels, filters=filters, kernel_size=kernel_size, stride=stride, padding=padding)
        self.kernel_size = as_pair(kernel_size, "Conv2D: kernel_size", 1)
        self.stride = as_pair(stride, "Conv2D: stride", 1)
        self.padding = as_pair(padding, "Conv2D: padding", 0)
        self.kernels = kernels or kernel_choice.get("numpy")
        shape = (filters, channels, *self.kernel_size)
        self.add_param("weight", he_normal(shape, channels * self.kernel_size[0] * self.kernel_size[1], rng, dtype))
        self.add_param("bias", np.zeros(filters, dtype))

    def check(self, x: np.ndarray) -> None:
        """Raises ValueError and TypeError as `expect` does, and ValueError where the kernel does not fit into x."""
        self.expect(x, "N", self.params["weight"].shape[1], "H", "W")
        if any(n + 2 * pad < k for n, pad, k in zip(x.shape[2:], self.padding, self.kernel_size)):
            raise ValueError(f"Conv2D: a kernel of {self.kernel_size} does not fit into an input of {x.shape}")

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        self.check(x)
        if train:
            self.remember(x)
        return self.kernels.conv2d_forward(x, self.params["weight"], self.params["bias"], self.stride, self.padding)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        (x,) = self.recall()
        dx, dweight, dbias = self.kernels.conv2d_backward(dy, x, self.params["weight"], self.stride, self.padding)
        self.grads["weight"][...] = dweight
        self.grads["bias"][...] = dbias
        return dx
