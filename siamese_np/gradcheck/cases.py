"""A case: something whose gradients are checked, and the implementation of it that runs.

PLAIN names the implementation of a layer by its kernels. Layers without kernels have one implementation, in NumPy.
"""

from collections.abc import Callable
from dataclasses import dataclass

from siamese_np.gradcheck.check import Comparison

PLAIN = {"numpy": "plain NumPy", "numba": "plain compiled"}
DIRECT, WINOGRAD, FUSED = "fused direct", "fused Winograd", "fused"


@dataclass(frozen=True)
class Case:
    """`check` makes its own random numbers, always the same."""

    name: str
    implementation: str
    check: Callable[[], list[Comparison]]
