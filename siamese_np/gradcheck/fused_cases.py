"""Each kind of fused layer: what a training on compiled kernels runs in the place of the plain layers.

A convolution block runs its convolution in one of two ways. With 3 x 3 kernels and at least four channels and filters
it is Winograd's, otherwise the direct sum (kernels/compiled). Both work on stacks of images, strip by strip, and each
case below reaches a branch of that: filters that do not fill a group of four, odd sizes, several stacks of which the
last is shorter, more places than one strip holds.
"""

from dataclasses import dataclass

import numpy as np

from siamese_np import kernels
from siamese_np.fused import WideDense
from siamese_np.fusion import fuse
from siamese_np.gradcheck.cases import DIRECT, FUSED, WINOGRAD, Case
from siamese_np.gradcheck.check import Comparison, check_layer
from siamese_np.gradcheck.kinks import clear_input
from siamese_np.layers import BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Sequential


@dataclass(frozen=True)
class Block:
    """Conv2D, [BatchNorm], ReLU, MaxPool2D(2), [Dropout], and the size of the images that it is checked with."""

    channels: int
    filters: int
    size: tuple[int, int]
    kernel_size: int | tuple[int, int] = 3
    padding: int | tuple[int, int] = 0
    norm: bool = False
    rate: float = 0.0
    images: int = 2

    def build(self, rng: np.random.Generator) -> Sequential:
        k = kernels.get("numba")
        more = {"rng": rng, "kernels": k, "dtype": np.float64}
        conv = Conv2D(self.channels, self.filters, self.kernel_size, padding=self.padding, **more)
        conv.params["bias"][...] = rng.standard_normal(self.filters)
        norm = [random_norm(self.filters, rng)] if self.norm else []
        dropout = [Dropout(self.rate, rng=rng)] if self.rate else []
        return Sequential([conv, *norm, ReLU(), MaxPool2D(2, kernels=k), *dropout])


DIRECT_BLOCKS = {
    "conv block": Block(1, 3, (7, 6)),
    "conv block, dropout": Block(2, 3, (9, 8), padding=1, rate=0.25),
    "conv block, BatchNorm": Block(2, 3, (6, 9), padding=1, norm=True),
    "conv block, BatchNorm, dropout": Block(1, 5, (8, 7), padding=1, norm=True, rate=0.5),
    "conv block 5 x 5": Block(2, 3, (8, 7), kernel_size=5, padding=2, norm=True),
    "conv block 3 x 2, padding (2, 0)": Block(2, 3, (7, 8), kernel_size=(3, 2), padding=(2, 0)),
    "conv block 2 x 4, padding (0, 1)": Block(4, 4, (6, 9), kernel_size=(2, 4), padding=(0, 1), norm=True, rate=0.25),
    "conv block, two strips": Block(1, 1, (66, 64), images=1),
    "conv block, two strips, BatchNorm": Block(1, 1, (64, 65), padding=1, norm=True, images=1),
    "conv block, four stacks": Block(1, 2, (8, 7), images=10, rate=0.25),
    "conv block, four stacks, BatchNorm": Block(1, 2, (7, 8), images=10, norm=True, rate=0.25),
}
WINOGRAD_BLOCKS = {
    "conv block": Block(4, 4, (7, 6)),
    "conv block, dropout": Block(6, 5, (6, 7), padding=2, rate=0.25),
    "conv block, BatchNorm": Block(5, 6, (6, 7), padding=1, norm=True),
    "conv block, BatchNorm, dropout": Block(4, 9, (7, 6), padding=1, norm=True, rate=0.5),
    "conv block, two strips": Block(4, 4, (30, 29), images=1),
    "conv block, two strips, BatchNorm": Block(4, 4, (28, 29), padding=1, norm=True, images=1),
    "conv block, four stacks": Block(4, 4, (5, 6), images=10, rate=0.25),
    "conv block, four stacks, BatchNorm": Block(4, 4, (6, 5), images=10, norm=True, rate=0.25),
}


def random_norm(features: int, rng: np.random.Generator) -> BatchNorm:
    """Scales of both signs and of size 3 to 5: the larger they are, the fewer inputs of a ReLU come near to 0."""
    norm = BatchNorm(features, dtype=np.float64)
    norm.params["weight"][...] = rng.choice([-1, 1], features) * rng.uniform(3, 5, features)
    norm.params["bias"][...] = rng.standard_normal(features)
    return norm


def norm_network(name: str, rng: np.random.Generator) -> Sequential:
    """A BatchNorm outside of any block, for images (N, 3, 5, 4). The pooling brings the compiled kernels."""
    pool = MaxPool2D(2, kernels=kernels.get("numba"))
    relu = [ReLU()] if "ReLU" in name else []
    if "2-d" in name:
        return Sequential([pool, *relu, random_norm(3, rng)])
    return Sequential([pool, Flatten(), Dense(12, 5, rng=rng, dtype=np.float64), *relu, random_norm(5, rng)])


NORMS = ("BatchNorm 1-d", "BatchNorm 2-d", "ReLU, BatchNorm 1-d", "ReLU, BatchNorm 2-d")


def _check_network(network: Sequential, shape: tuple[int, ...], rng: np.random.Generator) -> list[Comparison]:
    """The fused form of a network, at an input that keeps clear of kinks."""
    x = clear_input(network, lambda: 3 * rng.standard_normal(shape))
    return check_layer(fuse(network, input_gradient=True), x, rng)


def _check_block(block: Block) -> list[Comparison]:
    rng = np.random.default_rng(1)
    network = block.build(np.random.default_rng(2))  # a generator of its own: its dropout must find it as it was
    return _check_network(network, (block.images, block.channels, *block.size), rng)


def _check_norm(name: str) -> list[Comparison]:
    return _check_network(norm_network(name, np.random.default_rng(2)), (4, 3, 5, 4), np.random.default_rng(1))


def _check_conv() -> list[Comparison]:
    rng = np.random.default_rng(1)
    conv = Conv2D(4, 5, padding=1, rng=rng, kernels=kernels.get("numba"), dtype=np.float64)
    return _check_network(Sequential([conv]), (3, 4, 6, 5), rng)


def _check_wide_dense(images: int, in_parts: bool) -> list[Comparison]:
    """Built by itself, since `fuse` takes it only for a Dense of very many weights."""
    rng = np.random.default_rng(1)
    dense = Dense(9, 7, rng=rng, dtype=np.float64)
    wide = WideDense(dense, kernels.get("numba"))
    if in_parts:
        wide.ENOUGH_PRODUCTS, wide.SLABS, wide.ROWS = 0, 3, 4
    wide.params, wide.grads = dense.params, dense.grads
    return check_layer(wide, rng.standard_normal((images, 9)), rng)


def cases() -> list[Case]:
    """Raises ImportError where the compiled kernels are missing."""
    kernels.get("numba")
    return [
        *(Case(name, DIRECT, lambda block=block: _check_block(block)) for name, block in DIRECT_BLOCKS.items()),
        *(Case(name, WINOGRAD, lambda block=block: _check_block(block)) for name, block in WINOGRAD_BLOCKS.items()),
        *(Case(name, FUSED, lambda name=name: _check_norm(name)) for name in NORMS),
        Case("conv alone", FUSED, _check_conv),
        Case("wide Dense", FUSED, lambda: _check_wide_dense(3, in_parts=False)),
        Case("wide Dense in parts", FUSED, lambda: _check_wide_dense(10, in_parts=True)),
    ]
