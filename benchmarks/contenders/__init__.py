"""The contenders: the same work, each written as its framework likes it best.

Each module has two functions:

    use_threads(threads)                 called once, before anything else
    settings(case) -> {name: build}      its ways worth trying; build() -> Prepared

The worker tries the settings and keeps the fastest, so that nobody is compared at one that does not suit him.
"""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Prepared:
    """step(): one unit of the case's work, to its very end; returns the loss (a float), or the embeddings."""

    step: Callable[[], object]
    parameters: int


Settings = dict[str, Callable[[], Prepared]]


@dataclass(frozen=True)
class Contender:
    """module: where its `settings` are. needs: the packages without which it is left out. environment: of its process."""

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
"""Who is one opponent at two settings: the better of them counts."""
