"""The networks, each a readable list of layers from image to embedding."""

from types import ModuleType

import numpy as np

from siamese_np.layers import (
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    L2Normalize,
    MaxPool2D,
    ReLU,
    Sequential,
)


def seed_network(
    rng: np.random.Generator,
    kernels: ModuleType | None = None,
    size: tuple[int, int] = (80, 80),
    dtype: np.dtype | type = np.float32,
) -> Sequential:
    """The network this project grew from: (N, 1, 80, 80) -> (N, 50), about half a million weights.

    Nearly all of them stand in the first Dense. Its last layer is linear here; see the loss for what else was wrong.
    """
    rows, columns = (((n - 2) // 2 - 2) // 2 for n in size)
    return Sequential(
        [
            Conv2D(1, 6, rng=rng, kernels=kernels, dtype=dtype),
            ReLU(),
            MaxPool2D(2, kernels=kernels),
            Dropout(0.25, rng=rng),
            Conv2D(6, 12, rng=rng, kernels=kernels, dtype=dtype),
            ReLU(),
            MaxPool2D(2, kernels=kernels),
            Dropout(0.25, rng=rng),
            Flatten(),
            Dense(12 * rows * columns, 128, rng=rng, dtype=dtype),
            ReLU(),
            Dropout(0.1, rng=rng),
            Dense(128, 50, rng=rng, dtype=dtype),
        ]
    )


def face_network(
    rng: np.random.Generator,
    kernels: ModuleType | None = None,
    size: tuple[int, int] = (56, 46),
    embedding: int = 64,
    dtype: np.dtype | type = np.float32,
) -> Sequential:
    """Three blocks of convolution, batch normalisation, ReLU and pooling, then a LINEAR embedding on the unit sphere.

    (N, 1, H, W) -> (N, embedding), every row of length 1. A ReLU after the last Dense would leave most of its units
    dead, since the loss asks for small distances first.
    """
    rows, columns = (n // 2 // 2 // 2 for n in size)
    blocks = []
    for channels, filters in ((1, 16), (16, 32), (32, 64)):
        blocks += [
            Conv2D(channels, filters, padding=1, rng=rng, kernels=kernels, dtype=dtype),
            BatchNorm(filters, dtype=dtype),
            ReLU(),
            MaxPool2D(2, kernels=kernels),
        ]
    return Sequential(
        [
            *blocks,
            Flatten(),
            Dense(64 * rows * columns, embedding, "glorot", rng=rng, dtype=dtype),
            L2Normalize(),
        ]
    )


def on_unit_sphere(network: Sequential) -> bool:
    """Whether every embedding has length 1, so that a mean of some is to be scaled back to it."""
    return isinstance(network.layers[-1], L2Normalize)


NETWORKS = {"seed_network": seed_network, "face_network": face_network}
