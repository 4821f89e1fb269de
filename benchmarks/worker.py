"""`python -m benchmarks.worker MODULE THREADS`: one contender in a process of its own. It reads requests, a JSON object a line, and answers each with one.

    {"do": "prepare", "case": NAME}   ->  {"parameters", "setting", "memory_mb", "step_mb"}
    {"do": "burst", "seconds": S}     ->  {"wall": [...], "cpu": [...]}: seconds of each step

What can't be done is answered with {"error": why}. The end of the input ends the process.
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
    """Standard output for ourselves: what frameworks print goes to standard error from now on."""
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return output


def load(module: str, threads: int) -> ModuleType:
    """A contender's module, told how many threads it may use."""
    contender = importlib.import_module(module)
    contender.use_threads(threads)
    return contender


class Worker:
    """A contender's module, and the case it is prepared for."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.prepared: Prepared | None = None

    def prepare(self, case: str) -> dict[str, Any]:
        """Build a case at its fastest setting, and warm it up."""
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
        """Steps for some time, each measured; a first one, while the caches fill, is not counted."""
        self.prepared.step()
        return measure(self.prepared.step, seconds)


def check(prepared: Prepared, case: Case) -> None:
    """The work is real: embeddings are finite, the loss of a small batch is finite and falls. Raises ValueError."""
    if case.kind == "embed":
        if not np.isfinite(np.asarray(prepared.step())).all():
            raise ValueError("embeddings are not finite")
        return
    losses = [prepared.step() for _ in range(CHECK_STEPS)]
    first, last = (statistics.mean(part) for part in (losses[:3], losses[-3:]))
    if not all(map(math.isfinite, losses)) or not last < first:
        raise ValueError(f"does not learn: the loss went from {first:.3g} to {last:.3g}")


def fastest(settings: dict[str, Callable[[], Prepared]]) -> str:
    """The name of the setting whose step is fastest, in a short trial."""
    if len(settings) == 1:
        return next(iter(settings))
    medians = {}
    for name, build in settings.items():
        medians[name] = statistics.median(measure(warm(build).step, 0.3)["wall"])
    return min(medians, key=medians.get)


def warm(build: Callable[[], Prepared]) -> Prepared:
    """Build, and take the steps in which kernels are compiled and buffers are made."""
    prepared = build()
    for _ in range(3):
        prepared.step()
    return prepared


def measure(step: Callable[[], object], seconds: float) -> dict[str, list[float]]:
    """Wall time and CPU time of the whole process, in seconds, of each of at least three steps."""
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
        except Exception as error:  # whatever it is: the others go on, and the reader is told
            traceback.print_exc()
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)


def main() -> None:
    module, threads = sys.argv[1:]
    with own_output() as replies:
        serve(Worker(load(module, int(threads))), sys.stdin, replies)


if __name__ == "__main__":
    main()
