"""ConvPool: Conv2D, [BatchNorm], ReLU, MaxPool2D(2), [Dropout] as one layer. The numbers cite moments.py.

Without batch normalisation, and in inference, the kernels make one pass: convolution, scale and shift, ReLU, pooling and
dropout while the numbers are in the cache. In training with it they need two, since the mean over the batch has to be
known first: the convolution with its moments, then the rest.

What a training forward keeps for backward: the input x, for each pooled square the `argmax` (which of its four cells
passed, or that none did), and with batch normalisation the convolution's output y, the moments, and the value y of the
cell that `passed`. The gradient dz of the normalisation's output is the pooled gradient dp at the cells that passed and
0 elsewhere, so it is never stored.
"""

import functools

import numpy as np

from siamese_np.fused.base import FusedLayer
from siamese_np.fused.moments import backward_coefficients, batch_moments, running_moments, scale_and_shift
from siamese_np.layers import BatchNorm, Conv2D, Dropout


class ConvPool(FusedLayer):
    """(N, C, H, W) -> (N, F, OH // 2, OW // 2), where (OH, OW) is the size of the convolution's output.

    Without `input_gradient` backward leaves out dx and returns None.
    """

    def __init__(self, conv: Conv2D, norm: BatchNorm | None, dropout: Dropout | None, input_gradient: bool) -> None:
        super().__init__()
        self.conv, self.norm, self.dropout, self.input_gradient = conv, norm, dropout, input_gradient
        self.kernels = conv.kernels
        self._transformed_of = np.empty(0), np.empty(0)  # weights, and what transform_weights makes of them

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        weight, bias = self.conv.params["weight"], self.conv.params["bias"]
        self.conv.expect(x, "N", weight.shape[1], "H", "W")
        x = np.ascontiguousarray(x)
        size = tuple(n + 2 * pad - k + 1 for n, pad, k in zip(x.shape[2:], self.conv.padding, weight.shape[2:]))
        pooled = (len(x), len(weight), size[0] // 2, size[1] // 2)
        if min(size) < 2:
            raise ValueError(f"Conv2D and MaxPool2D do not fit into an input of {x.shape}")
        if not train:
            return self._infer(x, weight, bias, pooled)
        layout = self.kernels.plan_layout(x.shape, self.conv.padding)
        argmax = self.buffer("argmax", (layout.stacks, pooled[1], layout.length), np.int32)
        p = self.buffer("p", pooled, x.dtype)
        dropout = self._draw(pooled)
        y = moments = None
        if self.norm is None:
            linear = _no_norm(len(bias), x.dtype)
            u = self.kernels.transform_weights(weight)
            self.kernels.conv_pool(x, weight, u, bias, *linear, self.conv.padding, layout, *dropout, p, argmax)
        else:
            y = self.buffer("y", (layout.stacks, pooled[1], 2, 2, layout.length), x.dtype)
            means, deviations = (self.buffer(name, argmax.shape[:2], x.dtype) for name in ("means", "deviations"))
            self.kernels.conv_moments(x, weight, bias, self.conv.padding, layout, size, y, means, deviations)
            images = np.minimum(layout.images, len(x) - layout.images * np.arange(layout.stacks))
            moments = batch_moments(self.norm, means, deviations, images * size[0] * size[1])  # (2)
            passed = self.buffer("passed", argmax.shape, x.dtype)
            self.kernels.norm_pool(y, *scale_and_shift(self.norm, *moments), layout, *dropout, p, argmax, passed)  # (1)
        self.remember(x, y, moments, layout, size, dropout[2])
        return p

    def backward(self, dp: np.ndarray) -> np.ndarray | None:
        x, y, moments, layout, size, dropout_scale = self.recall()
        dp, argmax = np.ascontiguousarray(dp), self.buffers["argmax"]
        weight, grads = self.conv.params["weight"], self.conv.grads
        filters = len(weight)
        dx = self.buffer("dx", x.shape if self.input_gradient else (0, *x.shape[1:]), x.dtype)
        if self.norm is None:
            y = np.empty((0, filters, 2, 2, 0), x.dtype)
            zeros = np.zeros(filters, x.dtype)
            coefficients = (np.full(filters, dropout_scale, x.dtype), zeros, zeros)
        else:
            sum_dz, sum_dz_y = (self.buffer(name, argmax.shape[:2], y.dtype) for name in ("sum_dz", "sum_dz_y"))
            self.kernels.pool_sums(dp, argmax, self.buffers["passed"], layout, sum_dz, sum_dz_y)
            entries = len(x) * size[0] * size[1]
            coefficients = backward_coefficients(self.norm, *moments, sum_dz, sum_dz_y, entries, dropout_scale)
        self.kernels.conv_pool_backward(
            dp, argmax, x, y, *coefficients, weight, self.conv.padding, layout, size, dx, grads["weight"], grads["bias"]
        )  # (3), and the gradients of the convolution
        return dx if self.input_gradient else None

    def _infer(self, x: np.ndarray, weight: np.ndarray, bias: np.ndarray, pooled: tuple[int, ...]) -> np.ndarray:
        """In inference the scale and shift of batch normalisation are known before, so that one pass is enough."""
        if self.norm is None:
            linear = _no_norm(len(bias), x.dtype)
        else:
            linear = scale_and_shift(self.norm, *running_moments(self.norm))
        layout = self.kernels.plan_layout(x.shape, self.conv.padding)
        # memory fresh from the system costs a page fault for each 4 KB, so nothing is made that only backward would need
        p, (no_argmax, no_dropout) = np.empty(pooled, x.dtype), _nothing(len(bias))
        u = self._transformed(weight)
        self.kernels.conv_pool(x, weight, u, bias, *linear, self.conv.padding, layout, *no_dropout, p, no_argmax)
        return p

    def _transformed(self, weight: np.ndarray) -> np.ndarray:
        """transform_weights(weight), kept until the weights differ: for one image it takes up to a quarter of the time."""
        kept, u = self._transformed_of  # read and written at once: several threads may ask
        if kept.dtype != weight.dtype or not np.array_equal(kept, weight):
            kept = weight.copy()
            u = self.kernels.transform_weights(kept)
            self._transformed_of = kept, u
        return u

    def _draw(self, shape: tuple[int, ...]) -> tuple[np.ndarray, int, float]:
        """The random bytes that Dropout would draw, its dropped_bytes, and its scale."""
        if self.dropout is None:
            return self.buffer("random_bytes", shape, np.uint8), 0, 1.0
        dropped_bytes = self.dropout.dropped_bytes
        random_bytes = np.frombuffer(self.dropout.rng.bytes(int(np.prod(shape))), np.uint8).reshape(shape)
        return random_bytes, dropped_bytes, 256 / (256 - dropped_bytes)


@functools.cache
def _nothing(filters: int) -> tuple[np.ndarray, tuple[np.ndarray, int, float]]:
    """An argmax without stacks, and the arguments of no dropout."""
    return np.empty((0, filters, 0), np.int32), (np.empty((0, 0, 0, 0), np.uint8), 0, 1.0)


@functools.cache
def _no_norm(filters: int, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """scale and shift (F,) that change nothing. They are kept: for one image, making them takes a tenth of the time."""
    return np.ones(filters, dtype), np.zeros(filters, dtype)
