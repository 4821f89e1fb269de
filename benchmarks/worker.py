"""One contender in its own process: python -m benchmarks.worker MODULE THREADS.

It reads requests, one JSON object per line, and answers each with one JSON object on one line.

    {"do": "prepare", "case": NAME}   ->  {"parameters", "setting", "memory_mb", "step_mb"}
    {"do": "burst", "seconds": S}     ->  {"wall": [...], "cpu": [...]}: seconds of each step

A request that fails is answered with {"error": reason}. The process ends when its input ends.
"""

import importlib
import json
import math
import os
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, TextIO

import numpy as np

from benchmarks import memory
from benchmarks.cases import CASES, Case
from benchmarks.contenders import Prepared

MOST_STEPS = 2000
FEWEST_STEPS = 3
CHECK_PAIRS = 4
CHECK_STEPS = 30


def own_output() -> TextIO:
    """The standard output, reserved for answers. What frameworks print goes to standard error from now on."""
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return output


def load(module: str, threads: int) -> ModuleType:
    """Import the module of a contender, and set its number of threads."""
    contender = importlib.import_module(module)
    contender.use_threads(threads)
    return contender


class Worker:
    """A contender's module, and the case it is prepared for."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.prepared: Prepared | None = None

    def prepare(self, case: str) -> dict[str, Any]:
        """Build a case with its fastest setting, and warm it up."""
        self.prepared = None
        chosen = CASES[case]
        settings = self.module.settings(chosen)
        check(next(iter(self.module.settings(chosen.of(CHECK_PAIRS)).values()))(), chosen)
        name = fastest(settings)
        self.prepared, memory_mb = memory.peak(lambda: warm(settings[name]))
        return {
            "parameters": self.prepared.parameters,
            "setting": name,
            "memory_mb": memory_mb,
            "step_mb": memory.allocated(self.prepared.step),
        }

    def burst(self, seconds: float) -> dict[str, list[float]]:
        """Measure steps for some seconds. The first one, which fills the caches, is not counted."""
        self.prepared.step()
        return measure(self.prepared.step, seconds)


def check(prepared: Prepared, case: Case) -> None:
    """Check that the work is real: embeddings are finite; a loss is finite and falls. Raises ValueError otherwise."""
    if case.kind == "embed":
        if not np.isfinite(np.asarray(prepared.step())).all():
            raise ValueError("embeddings are not finite")
        return
    losses = [prepared.step() for _ in range(CHECK_STEPS)]
    first, last = (statistics.mean(part) for part in (losses[:3], losses[-3:]))
    if not all(map(math.isfinite, losses)) or not last < first:
        raise ValueError(f"does not learn: the loss went from {first:.3g} to {last:.3g}")


def fastest(settings: dict[str, Callable[[], Prepared]]) -> str:
    """The name of the setting with the fastest step, in a short trial."""
    if len(settings) == 1:
        return next(iter(settings))
    medians = {}
    for name, build in settings.items():
        medians[name] = statistics.median(measure(warm(build).step, 0.3)["wall"])
    return min(medians, key=medians.get)


def warm(build: Callable[[], Prepared]) -> Prepared:
    """Build, and run the first steps, in which kernels are compiled and buffers are allocated."""
    prepared = build()
    for _ in range(3):
        prepared.step()
    return prepared


def measure(step: Callable[[], object], seconds: float) -> dict[str, list[float]]:
    """The wall time and the CPU time of the whole process, in seconds, for each of at least three steps."""
    wall, cpu = [], []
    end = time.perf_counter() + seconds
    while len(wall) < FEWEST_STEPS or (time.perf_counter() < end and len(wall) < MOST_STEPS):
        wall_before, cpu_before = time.perf_counter(), time.process_time()
        step()
        cpu_after, wall_after = time.process_time(), time.perf_counter()
        wall.append(wall_after - wall_before)
        cpu.append(cpu_after - cpu_before)
    return {"wall": wall, "cpu": cpu}


def serve(worker: Worker, requests: Iterable[str], replies: TextIO) -> None:
    for line in requests:
        request = json.loads(line)
        try:
            reply = getattr(worker, request.pop("do"))(**request)
        except Exception as error:  # whatever fails, the other contenders continue, and the answer says what it was
            traceback.print_exc()
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)


def main() -> None:
    module, threads = sys.argv[1:]
    with own_output() as replies:
        serve(Worker(load(module, int(threads))), sys.stdin, replies)


if __name__ == "__main__":
    main()
