"""How much memory a piece of work needs: as the system counts it (on Linux), and as Python and NumPy count it."""

import ctypes
import gc
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")


def peak(work: Callable[[], Result]) -> tuple[Result, float | None]:
    """What `work` returns, and by how many MB (10^6 bytes) the process grew at most; None if the system can't tell."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)  # freed memory goes back to the system; reusing it would not be counted
        Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    except (OSError, AttributeError, TypeError):
        return work(), None
    before = _kilobytes("VmRSS")
    result = work()
    return result, (_kilobytes("VmHWM") - before) * 1024 / 1e6


def _kilobytes(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key))


def allocated(work: Callable[[], object]) -> float:
    """The most MB that `work` holds of what it allocates itself, as far as NumPy and Python allocate it."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        work()
        return (tracemalloc.get_traced_memory()[1] - before) / 1e6
    finally:
        tracemalloc.stop()
