"""Each layer as it is read, with the NumPy kernels or with the compiled ones.

Rows and columns differ everywhere, in sizes, strides, padding and kernels, so that a kernel that swaps them is wrong.
"""

from collections.abc import Callable
from types import ModuleType

import numpy as np

from siamese_np import kernels
from siamese_np.gradcheck.cases import PLAIN, Case
from siamese_np.gradcheck.check import Comparison, check_layer
from siamese_np.gradcheck.kinks import spread
from siamese_np.layers import (
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    L2Normalize,
    Layer,
    MaxPool2D,
    PReLU,
    ReLU,
)

F64 = {"dtype": np.float64}

# Name of each case -> its layer, from a generator and kernels, and the shape of an input.
LAYERS: dict[str, tuple[Callable[[np.random.Generator, ModuleType], Layer], tuple[int, ...]]] = {
    "Dense": (lambda rng, k: Dense(5, 4, rng=rng, **F64), (3, 5)),
    "ReLU": (lambda rng, k: ReLU(), (3, 7)),
    "PReLU": (lambda rng, k: PReLU(3, **F64), (2, 3, 4, 3)),
    "Flatten": (lambda rng, k: Flatten(), (2, 3, 2, 2)),
    "Dropout": (lambda rng, k: Dropout(0.5, rng=rng), (4, 6)),
    "L2Normalize": (lambda rng, k: L2Normalize(), (4, 5)),
    "BatchNorm 1-d": (lambda rng, k: BatchNorm(4, **F64), (5, 4)),
    "BatchNorm 2-d": (lambda rng, k: BatchNorm(3, **F64), (2, 3, 3, 4)),
    "GlobalAvgPool2D": (lambda rng, k: GlobalAvgPool2D(), (2, 3, 4, 3)),
    "Conv2D": (lambda rng, k: Conv2D(2, 3, 3, kernels=k, rng=rng, **F64), (2, 2, 6, 5)),
    "Conv2D padding 1": (lambda rng, k: Conv2D(2, 3, 3, 1, 1, kernels=k, rng=rng, **F64), (2, 2, 4, 5)),
    "Conv2D padding (2, 1)": (lambda rng, k: Conv2D(2, 3, 3, 1, (2, 1), kernels=k, rng=rng, **F64), (2, 2, 4, 6)),
    "Conv2D kernel (2, 4)": (lambda rng, k: Conv2D(2, 3, (2, 4), kernels=k, rng=rng, **F64), (2, 2, 5, 7)),
    "Conv2D stride (1, 2)": (lambda rng, k: Conv2D(2, 3, 3, (1, 2), kernels=k, rng=rng, **F64), (2, 2, 6, 8)),
    "Conv2D stride (2, 1)": (lambda rng, k: Conv2D(2, 3, 3, (2, 1), 1, kernels=k, rng=rng, **F64), (2, 2, 7, 4)),
    "Conv2D stride 2, all unequal": (
        lambda rng, k: Conv2D(2, 2, (2, 3), 2, (0, 2), kernels=k, rng=rng, **F64), (2, 2, 7, 6)
    ),
    "Conv2D 5 to 6 channels": (lambda rng, k: Conv2D(5, 6, 3, 1, 1, kernels=k, rng=rng, **F64), (2, 5, 5, 4)),
    "Conv2D 9 images": (lambda rng, k: Conv2D(1, 2, 3, kernels=k, rng=rng, **F64), (9, 1, 4, 5)),
    "MaxPool2D": (lambda rng, k: MaxPool2D(2, kernels=k), (2, 2, 5, 4)),
    "MaxPool2D (2, 3)": (lambda rng, k: MaxPool2D((2, 3), kernels=k), (2, 2, 5, 7)),
    "MaxPool2D stride (1, 2)": (lambda rng, k: MaxPool2D(2, (1, 2), kernels=k), (2, 2, 4, 7)),
    "MaxPool2D stride (2, 1)": (lambda rng, k: MaxPool2D((3, 2), (2, 1), "same", kernels=k), (2, 2, 6, 4)),
    "MaxPool2D overlapping": (lambda rng, k: MaxPool2D(3, 2, kernels=k), (2, 2, 7, 6)),
    "MaxPool2D same": (lambda rng, k: MaxPool2D(3, 2, "same", kernels=k), (2, 2, 6, 5)),
    "MaxPool2D 9 images": (lambda rng, k: MaxPool2D(2, kernels=k), (9, 1, 4, 4)),
}  # fmt: skip
SPREAD = (ReLU, PReLU, MaxPool2D)  # layers with kinks, whose inputs come from kinks.spread


def layer_case(name: str, k: ModuleType) -> tuple[Layer, np.ndarray, np.random.Generator]:
    """The layer, an input to check it at, and the generator for the upstream."""
    rng = np.random.default_rng(1)
    build, shape = LAYERS[name]
    layer = build(rng, k)
    for key, param in layer.params.items():
        if key == "bias" or isinstance(layer, (BatchNorm, PReLU)):  # a fresh bias is 0 and a fresh scale 1: too special
            param[...] = rng.standard_normal(param.shape)
    x = spread(shape, rng) if isinstance(layer, SPREAD) else rng.standard_normal(shape)
    return layer, x, rng


def cases(kernels_name: str) -> list[Case]:
    """Raises ImportError where the kernels are missing."""
    k = kernels.get(kernels_name)

    def case(name: str) -> Case:
        def check() -> list[Comparison]:
            return check_layer(*layer_case(name, k))

        has_kernels = "kernels" in layer_case(name, k)[0].takes
        return Case(name, PLAIN[kernels_name if has_kernels else "numpy"], check)

    return [case(name) for name in LAYERS]
