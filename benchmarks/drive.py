"""Drive the contenders: each runs in its own process, and they take turns.

A machine is never quite idle, and becomes slower as it becomes warm. So no contender is measured all at once: a round
is a short burst of each (A B C D), and there are several rounds (A B C D, A B C D, ...). A disturbance then hits all.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import networks
from benchmarks.cases import Case
from benchmarks.contenders import CONTENDERS, Contender
from pipeline.common import console

ROOT = Path(__file__).resolve().parents[1]
PAUSE = 0.05  # seconds between turns, in which the threads of the last contender stop waiting for work

Burst = dict[str, list[float]]


def missing(contender: Contender) -> list[str]:
    """The packages that a contender needs and that are not installed."""
    return [package for package in contender.needs if importlib.util.find_spec(package) is None]


def available() -> dict[str, Contender]:
    """The contenders that can take part. A message names the others."""
    present = {}
    for name, contender in CONTENDERS.items():
        packages = missing(contender)
        if packages:
            console.say(f'{contender.title} is left out: {" and ".join(packages)} missing, pip install -e ".[peers]"')
        else:
            present[name] = contender
    return present


def environment(contender: Contender, threads: int) -> dict[str, str]:
    """The environment of a contender's process: the number of threads, and no setting for one particular processor."""
    inherited = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    pools = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return inherited | dict.fromkeys(pools, str(threads)) | contender.environment


def python(module: str, *arguments: str, env: dict[str, str], **pipes: Any) -> subprocess.Popen:
    """Start `python -m module` in the root of the repository."""
    return subprocess.Popen([sys.executable, "-m", module, *arguments], cwd=ROOT, env=env, text=True, **pipes)


class Running:
    """A worker process that answers requests."""

    def __init__(self, contender: Contender, threads: int, log: int | None = subprocess.DEVNULL) -> None:
        self.title = contender.title
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log}
        self.process = python(
            "benchmarks.worker", contender.module, str(threads), env=environment(contender, threads), **pipes
        )

    def ask(self, **request: Any) -> dict[str, Any]:
        """The answer to a request; {"error": reason} if there is none."""
        try:
            print(json.dumps(request), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else {"error": "its process ended"}

    def close(self) -> None:
        self.process.communicate()  # the worker ends when its input ends


def take_turns(turns: Mapping[str, Callable[[], Burst | None]], rounds: int) -> dict[str, list[Burst]]:
    """The bursts of every contender, one per round. A contender that once returns None is left out of the result."""
    bursts: dict[str, list[Burst]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name in list(bursts):
            time.sleep(PAUSE)
            burst = turns[name]()
            if burst is None:
                del bursts[name]
            else:
                bursts[name].append(burst)
    return bursts


def steps(
    case: Case, running: Mapping[str, Running], rounds: int, seconds: float
) -> tuple[dict[str, dict], dict[str, list[Burst]]]:
    """Run a case: each worker's answer to "prepare", and its bursts. A worker that fails is named and left out."""

    def ask(name: str, **request: Any) -> dict[str, Any] | None:
        answer = running[name].ask(**request)
        if "error" in answer:
            console.say(f"{case.name}: {running[name].title} is left out: {answer['error']}")
            return None
        return answer

    prepared = {name: answer for name in running if (answer := ask(name, do="prepare", case=case.name))}
    same_work(case, {running[name].title: answer["parameters"] for name, answer in prepared.items()})
    turns = {name: lambda name=name: ask(name, do="burst", seconds=seconds) for name in prepared}
    return prepared, take_turns(turns, rounds)


def same_work(case: Case, parameters: Mapping[str, int]) -> None:
    """Raises ValueError if a contender's network does not have the right number of parameters."""
    right = networks.parameters(case.network)
    for title, count in parameters.items():
        if count != right:
            raise ValueError(f"{case.name}: {title} has {count} parameters instead of {right}: not the same network")


def starts(case: Case, contenders: Mapping[str, Contender], threads: int, rounds: int) -> dict[str, list[Burst]]:
    """Start new processes, each up to the end of its first training step. The first start warms caches, uncounted."""

    def start(contender: Contender) -> Burst | None:
        begin = time.perf_counter()
        env = environment(contender, threads)
        with python("benchmarks.first_step", contender.module, str(threads), env=env, stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL) as process:  # fmt: skip
            line = process.stdout.readline()
            wall = time.perf_counter() - begin
        if not line or process.returncode:
            console.say(f"{case.name}: {contender.title} is left out: its process failed")
            return None
        return {"wall": [wall], "cpu": [float(line)]}

    turns = {name: lambda contender=contender: start(contender) for name, contender in contenders.items()}
    return {name: bursts[1:] for name, bursts in take_turns(turns, rounds + 1).items()}
