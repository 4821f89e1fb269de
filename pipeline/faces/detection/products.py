"""The same networks, fast: every layer is one matrix product, over a batch of pictures that stays in the cache.

Arrays have the layout (C, N, H, W) here, so that all places of all pictures are one long row per channel. The pixels
that weight (k, l) of channel c multiplies, for every place, are such a row as well. All of these rows below each other
are the columns of siamese_np/kernels/reference.py, (2), and

    y (F, N OH OW)  =  weight (F, C KH KW) @ columns (C KH KW, N OH OW)

is the whole convolution. A dense layer is a convolution with a kernel as large as its picture, so Flatten does nothing.

No loop of ours is as fast as a matrix product of BLAS, if its matrices are so small that they are still in the cache
when they are read. So R-Net and O-Net process a few squares at a time, and P-Net a strip of the photo (mtcnn.py).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.faces.detection import kernels
from pipeline.faces.detection.networks import Network
from siamese_np.layers import Conv2D, Flatten, MaxPool2D, PReLU
from siamese_np.layers.base import Layer


@dataclass(frozen=True)
class ProductLayer:
    """A convolution or dense layer, its PReLU, and the pooling after them if there is one.

    matrix (F, C KH KW), with a square kernel; bias and slopes (F,). The pooling has a stride of 2.
    """

    matrix: np.ndarray
    bias: np.ndarray
    slopes: np.ndarray
    pool: MaxPool2D | None

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """x (C, N, H, W) -> (F, N, OH, OW)."""
        channels, images, height, width = x.shape
        side = math.isqrt(self.matrix.shape[1] // channels)
        size = (height - side + 1, width - side + 1)
        columns = np.empty((channels, side, side, images, *size), x.dtype)
        kernels.im2col(x, columns)
        y = self.matrix @ columns.reshape(self.matrix.shape[1], -1)
        kernels.prelu(y, self.bias, self.slopes)
        if self.pool is None:
            return y.reshape(len(y), images, *size)
        pooled_size, pad_before = self.pool.window_grid(*size)
        pooled = np.empty((len(y), images, *pooled_size), y.dtype)
        kernels.max_pool(y.reshape(-1, *size), self.pool.pool_size[0], *pad_before, pooled.reshape(-1, *pooled_size))
        return pooled


@dataclass(frozen=True)
class Products(Network):
    """A Network that computes the same answers by matrix products."""

    @cached_property
    def layers(self) -> list[ProductLayer]:
        return list(_product_layers(self.trunk.layers))

    def features(self, x: np.ndarray) -> np.ndarray:
        y = np.ascontiguousarray(x.transpose(1, 0, 2, 3))
        for layer in self.layers:
            y = layer(y)
        ends_dense = any(isinstance(layer, Flatten) for layer in self.trunk.layers)
        return y[:, :, 0, 0].T if ends_dense else y.transpose(1, 0, 2, 3)

    def ask(self, head: str, features: np.ndarray) -> np.ndarray:
        layer = self.heads[head]
        if not isinstance(layer, Conv2D):
            return super().ask(head, features)
        n, channels, height, width = features.shape
        y = layer.params["weight"][:, :, 0, 0] @ features.reshape(n, channels, height * width)  # the kernel is 1 x 1
        return (y + layer.params["bias"][:, None]).reshape(n, y.shape[1], height, width)


def _product_layers(layers: list[Layer]) -> Iterator[ProductLayer]:
    """The product layers of a trunk: each begins with the layer before a PReLU."""
    for layer, slopes, pool in zip(layers, layers[1:], [*layers[2:], None]):
        if isinstance(slopes, PReLU):
            weight = layer.params["weight"]
            matrix = weight.reshape(len(weight), -1) if isinstance(layer, Conv2D) else weight.T
            yield ProductLayer(
                np.ascontiguousarray(matrix), layer.params["bias"], slopes.params["weight"],
                pool if isinstance(pool, MaxPool2D) else None,
            )  # fmt: skip
