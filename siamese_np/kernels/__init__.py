"""Convolution and pooling, twice: `reference` in NumPy, to be read, and `compiled` by Numba, to be fast.

Both have the same functions with the same arguments, and the tests hold them equal:

    conv2d_forward(x, weight, bias, stride, padding) -> y
    conv2d_backward(dy, x, weight, stride, padding) -> dx, dweight, dbias
    maxpool2d_forward(x, pool_size, stride, pad_before, size) -> y, winner
    maxpool2d_backward(dy, winner, shape, pool_size, stride, pad_before) -> dx

`four_ways` follows one image and one filter through four ways to the same convolution, each of them as it is read.
`compiled` has more: kernels for the fused layers (../fused) and for the optimisers; its page says in which order to
read it. Kernels trust their arguments: the layers have checked them.
"""

import importlib
from types import ModuleType

NAMES = ("numpy", "numba")


def get(name: str) -> ModuleType:
    """The kernels called "numpy" or "numba".

    Raises ValueError for another name, and ImportError with the line that installs Numba where it is missing: there is
    no silent fallback.
    """
    if name == "numpy":
        return importlib.import_module("siamese_np.kernels.reference")
    if name != "numba":
        raise ValueError(f"kernels are {' or '.join(map(repr, NAMES))}, not {name!r}")
    try:
        return importlib.import_module("siamese_np.kernels.compiled")
    except ModuleNotFoundError as error:
        if error.name != "numba":
            raise
        raise ImportError("the compiled kernels need numba: pip install numba, or choose the numpy kernels") from error
