"""siamese-np with the NumPy kernels, layer by layer: the readable reference."""

from benchmarks.cases import Case
from benchmarks.contenders import Settings
from benchmarks.contenders.ours import build, prepare, use_threads
from siamese_np import kernels

__all__ = ["settings", "use_threads"]


def settings(case: Case) -> Settings:
    return {"reference": lambda: prepare(case, build(case.network, "numpy"), kernels.get("numpy"))}
