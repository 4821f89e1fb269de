"""FusedConv: a Conv2D that keeps its arrays, where no pooling follows.

Its output and the gradient of its input are as large as the images times their channels. Memory that is fresh from the
system for each of them took up to two thirds of the convolution's own time.
"""

import numpy as np

from siamese_np.fused.base import FusedLayer
from siamese_np.layers import Conv2D


class FusedConv(FusedLayer):
    """(N, C, H, W) -> (N, F, OH, OW). Without `input_gradient` backward leaves out dx and returns None."""

    def __init__(self, conv: Conv2D, input_gradient: bool) -> None:
        super().__init__()
        self.conv, self.input_gradient = conv, input_gradient
        self.kernels = conv.kernels

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        if not train:
            return self.conv.forward(x)
        self.conv.check(x)
        weight, bias = self.conv.params.values()
        settings = (self.conv.stride, self.conv.padding)
        y = self.buffer("y", self.kernels.output_shape(x, weight, *settings), x.dtype)
        self.remember(x)
        return self.kernels.conv2d_forward(x, weight, bias, *settings, y)

    def backward(self, dy: np.ndarray) -> np.ndarray | None:
        (x,) = self.recall()
        dx = self.buffer("dx", x.shape if self.input_gradient else (0, *x.shape[1:]), x.dtype)
        grads = self.conv.grads
        dx, grads["weight"][...], grads["bias"][...] = self.kernels.conv2d_backward(
            dy, x, self.conv.params["weight"], self.conv.stride, self.conv.padding, dx
        )
        return dx if self.input_gradient else None
