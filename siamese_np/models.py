"""The networks, each a readable list of layers from image to embedding.

    original_network   convolution without padding, ReLU, pooling, dropout, twice; then two Dense layers
    face_network       convolution, batch normalisation, ReLU, pooling, three times; then one linear Dense layer, and
                       every embedding scaled to length 1

All sizes are arguments. The defaults are the shipped networks; gradcheck checks the same functions with a few filters.
"""

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


def original_network(
    rng: np.random.Generator,
    kernels: ModuleType | None = None,
    size: tuple[int, int] = (80, 80),
    filters: tuple[int, int] = (6, 12),
    hidden: int = 128,
    embedding: int = 50,
    dtype: np.dtype | type = np.float32,
) -> Sequential:
    """The network this project grew from: (N, 1, H, W) -> (N, embedding), about half a million weights at 80 x 80.

    Nearly all of them belong to the first Dense. The last layer is linear, which it was not in the original.
    """
    first, second = filters
    rows, columns = (((n - 2) // 2 - 2) // 2 for n in size)
    return Sequential(
        [
            Conv2D(1, first, rng=rng, kernels=kernels, dtype=dtype),
            ReLU(),
            MaxPool2D(2, kernels=kernels),
            Dropout(0.25, rng=rng),
            Conv2D(first, second, rng=rng, kernels=kernels, dtype=dtype),
            ReLU(),
            MaxPool2D(2, kernels=kernels),
            Dropout(0.25, rng=rng),
            Flatten(),
            Dense(second * rows * columns, hidden, rng=rng, dtype=dtype),
            ReLU(),
            Dropout(0.1, rng=rng),
            Dense(hidden, embedding, rng=rng, dtype=dtype),
        ]
    )


def face_network(
    rng: np.random.Generator,
    kernels: ModuleType | None = None,
    size: tuple[int, int] = (56, 46),
    embedding: int = 64,
    filters: tuple[int, ...] = (16, 32, 64),
    dtype: np.dtype | type = np.float32,
) -> Sequential:
    """One block of convolution, batch normalisation, ReLU and pooling per entry of `filters`, then a LINEAR embedding.

    (N, 1, H, W) -> (N, embedding), every row of length 1. A ReLU after the last Dense would leave most of its units
    dead, since the loss asks for small distances first.
    """
    rows, columns = (n // 2 ** len(filters) for n in size)
    blocks = []
    for channels, f in zip((1, *filters), filters):
        blocks += [
            Conv2D(channels, f, padding=1, rng=rng, kernels=kernels, dtype=dtype),
            BatchNorm(f, dtype=dtype),
            ReLU(),
            MaxPool2D(2, kernels=kernels),
        ]
    return Sequential(
        [
            *blocks,
            Flatten(),
            Dense(filters[-1] * rows * columns, embedding, "glorot", rng=rng, dtype=dtype),
            L2Normalize(),
        ]
    )


def on_unit_sphere(network: Sequential) -> bool:
    """Whether every embedding has length 1, so that a mean of embeddings has to be scaled back to length 1."""
    return isinstance(network.layers[-1], L2Normalize)


NETWORKS = {"original_network": original_network, "face_network": face_network}
