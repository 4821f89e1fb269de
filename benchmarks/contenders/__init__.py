"""The contenders: the same work for each framework, written in the way that suits it best.

Each module has two functions:

    use_threads(threads)                 called once, before anything else
    settings(case) -> {name: build}      its settings worth trying; build() -> Prepared

The worker tries the settings and keeps the fastest: no contender is compared at a setting that does not suit it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Prepared:
    """step(): one complete unit of the case's work; returns the loss (a float) or the embeddings."""

    step: Callable[[], object]
    parameters: int


Settings = dict[str, Callable[[], Prepared]]


@dataclass(frozen=True)
class Contender:
    """module: has `settings`. needs: packages without which it is left out. environment: variables of its process."""

    title: str
    module: str
    needs: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(8 << 30), "MALLOC_TRIM_THRESHOLD_": str(8 << 30)}
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}

CONTENDERS = {
    "ours": Contender("siamese-np", "benchmarks.contenders.ours", ("numba",)),
    "numpy": Contender("siamese-np, NumPy", "benchmarks.contenders.ours_numpy", ("numpy",)),
    "torch": Contender("PyTorch", "benchmarks.contenders.torch_peer", ("torch",)),
    "torch_tuned": Contender("PyTorch, tuned allocator", "benchmarks.contenders.torch_peer", ("torch",), _KEEP_MEMORY),
    "keras": Contender("Keras", "benchmarks.contenders.keras_peer", ("keras", "tensorflow"), _QUIET),
    "tf_function": Contender("tf.function", "benchmarks.contenders.tf_peer", ("tensorflow",), _QUIET),
}

GROUPS = {"torch": ("torch", "torch_tuned"), "keras_tf": ("keras", "tf_function")}
"""Contenders that count as one opponent: the fastest of them is compared."""
