"""The networks that are compared, independent of any framework: each contender builds the same list of parts.

Work is counted in floating-point operations; a multiplication and an addition are two. Per image:

    convolution    2 F C KH KW OH OW                    dense    2 I O                          (1)

Training computes each product three times (output, gradient of the weights, gradient of the input). The first layer
computes it twice, since the gradient of the images is not needed. (2) Everything else (batch normalisation, ReLU,
pooling, dropout, the optimiser) is not counted: it takes time, but computes no product.
"""

from collections.abc import Iterator
from dataclasses import dataclass

Shape = tuple[int, ...]  # of one image: (C, H, W), or (I,) after Flatten and AveragePool
KERNEL = 3
POOL = 2


@dataclass(frozen=True)
class Conv:
    """3x3, stride 1; padding 0 or 1 zeros on each side."""

    filters: int
    padding: int = 0


@dataclass(frozen=True)
class Dense:
    units: int


@dataclass(frozen=True)
class Dropout:
    rate: float


@dataclass(frozen=True)
class BatchNorm:
    momentum: float = 0.1
    eps: float = 1e-5


@dataclass(frozen=True)
class ReLU: ...


@dataclass(frozen=True)
class MaxPool:
    """2x2 windows, whole ones only."""


@dataclass(frozen=True)
class AveragePool:
    """The mean of each feature map."""


@dataclass(frozen=True)
class Flatten: ...


@dataclass(frozen=True)
class L2Normalize:
    """Each row to length 1."""


Part = Conv | Dense | Dropout | BatchNorm | ReLU | MaxPool | AveragePool | Flatten | L2Normalize


@dataclass(frozen=True)
class Network:
    """size: (H, W) of a grey image. optimizer: "rmsprop" or "adam", at `rate`.

    The rates are low, so that thousands of steps on one batch do not end in dead units, whose zeros are other work.
    """

    size: tuple[int, int]
    parts: tuple[Part, ...]
    optimizer: str
    rate: float


def walk(network: Network) -> Iterator[tuple[Part, Shape, Shape]]:
    """Each part with the shape of one image before and after it."""
    shape: Shape = (1, *network.size)
    for part in network.parts:
        before, shape = shape, after(part, shape)
        yield part, before, shape


def after(part: Part, shape: Shape) -> Shape:
    """The shape of one image after `part`."""
    match part:
        case Conv(filters, padding):
            return filters, *(n + 2 * padding - (KERNEL - 1) for n in shape[1:])
        case MaxPool():
            return shape[0], *(n // POOL for n in shape[1:])
        case Flatten():
            return (shape[0] * shape[1] * shape[2],)
        case AveragePool():
            return shape[:1]
        case Dense(units):
            return (units,)
    return shape


def products(network: Network) -> list[int]:
    """Operations (1) of each convolution and each dense layer, in order, for embedding one image."""
    counts = []
    for part, before, shape in walk(network):
        if isinstance(part, Conv):
            counts.append(2 * before[0] * KERNEL * KERNEL * shape[0] * shape[1] * shape[2])
        elif isinstance(part, Dense):
            counts.append(2 * before[0] * part.units)
    return counts


def operations(network: Network, images: int, train: bool) -> int:
    """Operations of embedding `images` images, or of a training step on them (2)."""
    counts = products(network)
    return images * (3 * sum(counts) - counts[0] if train else sum(counts))


def parameters(network: Network) -> int:
    """The number of trainable parameters."""
    total = 0
    for part, before, shape in walk(network):
        if isinstance(part, Conv):
            total += shape[0] * (before[0] * KERNEL * KERNEL + 1)
        elif isinstance(part, Dense):
            total += part.units * (before[0] + 1)
        elif isinstance(part, BatchNorm):
            total += 2 * shape[0]
    return total


def blocks(*filters: int) -> tuple[Part, ...]:
    """Convolution, batch normalisation, ReLU and pooling, for each number of filters."""
    return tuple(part for f in filters for part in (Conv(f, padding=1), BatchNorm(), ReLU(), MaxPool()))


def original(size: tuple[int, int] = (80, 80)) -> Network:
    """S: siamese_np.models.original_network."""
    convolutions = (part for f in (6, 12) for part in (Conv(f), ReLU(), MaxPool(), Dropout(0.25)))
    dense = (Flatten(), Dense(128), ReLU(), Dropout(0.1), Dense(50))
    return Network(size, (*convolutions, *dense), "rmsprop", 1e-4)


def wide(filters: int = 32, size: tuple[int, int] = (80, 80)) -> Network:
    """W: many channels, where a convolution is a matrix product."""
    parts = (*blocks(filters, 2 * filters, 4 * filters), AveragePool(), Dense(128))
    return Network(size, parts, "adam", 1e-4)


def heavy() -> Network:
    """H: the network of a well-known tutorial; nearly all of its 40 million weights are in one dense layer."""
    convolutions = (part for f in (4, 8, 8) for part in (Conv(f, padding=1), ReLU(), BatchNorm()))
    dense = (Flatten(), Dense(500), ReLU(), Dense(500), ReLU(), Dense(5))
    return Network((100, 100), (*convolutions, *dense), "adam", 1e-5)


def face(size: tuple[int, int] = (56, 46)) -> Network:
    """siamese_np.models.face_network."""
    return Network(size, (*blocks(16, 32, 64), Flatten(), Dense(64), L2Normalize()), "adam", 1e-3)
