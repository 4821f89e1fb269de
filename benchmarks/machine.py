"""What this machine is, and its limits: single-precision operations per second, and bytes per second.

The peak is measured with a large matrix product of BLAS. The bandwidth is measured by copying arrays that are larger
than every cache, and counts bytes read and bytes written. Both are the best of many tries, for each number of threads.
"""

import datetime
import importlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contenders import Contender
from benchmarks.drive import environment, python

PACKAGES = ("numpy", "numba", "torch", "tensorflow", "tensorflow-cpu", "keras")


def describe() -> dict[str, Any]:
    """The machine, the day and the versions, as JSON values."""
    return {
        "processor": processor(),
        "kind": features()[0],
        "vector_bits": features()[1],
        "cores": os.cpu_count(),
        "memory_gb": memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {package: version for package in PACKAGES if (version := installed(package))},
        "date": datetime.date.today().isoformat(),
    }


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def features() -> tuple[str | None, int | None]:
    """The kind of processor that kernels are compiled for, by the compiler's name for it ("znver5", "icelake-server"),
    and the width of its registers in bits. NUMBA_CPU_NAME and NUMBA_CPU_FEATURES count, as for the kernels. Both are
    None without Numba."""
    if importlib.util.find_spec("numba") is None:
        return None, None
    compiler = importlib.import_module("numba.core.registry").cpu_target.target_context.codegen()
    _, kind, text = compiler.magic_tuple()
    present = set(text.split(","))
    return kind, 512 if "+avx512f" in present else 256 if "+avx" in present else 128


def memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, ValueError):
        return None


def installed(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def limits(threads: int) -> dict[str, float]:
    """{"gflops", "gb_per_s"} for a number of threads, measured in a new process."""
    env = environment(Contender("", "", ()), threads)
    with python("benchmarks.machine", str(threads), env=env, stdout=subprocess.PIPE) as process:
        return json.loads(process.stdout.read())


def best(work: Callable[[], object], seconds: float = 1.5) -> float:
    """The shortest time of many runs, in seconds."""
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def peak_gflops(side: int = 1536) -> float:
    a, b = np.random.default_rng(0).random((2, side, side), np.float32)
    out = np.empty_like(a)
    return 2 * side**3 / best(lambda: np.matmul(a, b, out=out)) / 1e9


def bandwidth(threads: int, megabytes: int = 256) -> float:
    source = np.ones(megabytes * 1_000_000 // 4, np.float32)
    target = np.zeros_like(source)
    parts = list(zip(np.array_split(target, threads), np.array_split(source, threads)))
    with ThreadPoolExecutor(threads) as pool:  # NumPy releases Python's lock while it copies
        seconds = best(lambda: list(pool.map(lambda part: np.copyto(*part), parts)))
    return 2 * source.nbytes / seconds / 1e9


if __name__ == "__main__":
    print(json.dumps({"gflops": round(peak_gflops(), 1), "gb_per_s": round(bandwidth(int(sys.argv[1])), 1)}))
