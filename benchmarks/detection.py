"""Our MTCNN beside the package mtcnn on TensorFlow: python -m benchmarks.detection FOLDER [--json].

Each runs in its own process with two threads, and they take turns: in a round, first the one and then the other
processes every photo once. Both get the same arrays: photos are read and shrunk beforehand as `siamese-np extract` does
it (long side at most 1024, bilinear). The result has

    ms          time per photo: the median over photos of the median over rounds, and the lowest and highest round
    first_s     seconds from the start of a process, imports included, to the faces of the first photo, with warm
                caches: the median over as many starts as there are rounds, and the lowest and highest
    peak_mb     the largest memory of the process, imports included
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks import drive, machine
from benchmarks.contenders import Contender
from benchmarks.results import significant
from pipeline import photos
from pipeline.common import console
from pipeline.faces.extract import LONG_SIDE

THREADS = 2
TENSORFLOW = os.environ.get("SIAMESE_NP_PEERS", sys.executable)  # a Python that has TensorFlow and mtcnn
PYTHONS = {"ours": sys.executable, "tensorflow": TENSORFLOW}
DETECTORS = {"ours": "mtcnn", "tensorflow": "mtcnn-tensorflow"}


class Running:
    """The process of a contender. `first_s` is None if it could not start."""

    def __init__(self, name: str, arrays: Path) -> None:
        env = drive.environment(Contender(name, "", ()), THREADS) | {"TF_NUM_INTRAOP_THREADS": str(THREADS)}
        command = [PYTHONS[name], "-m", "benchmarks.detection_worker", DETECTORS[name], str(arrays)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        begin = time.perf_counter()
        self.process = subprocess.Popen(command, cwd=drive.ROOT, env=env, text=True, **pipes)
        self.first_s = time.perf_counter() - begin if self.process.stdout.readline() else None
        self.rounds: list[dict[str, Any]] = []

    def round(self) -> None:
        print(file=self.process.stdin, flush=True)
        self.rounds.append(json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        self.process.communicate()


def compare(folder: Path, rounds: int) -> dict[str, Any]:
    """{"machine", "photos", "threads", "ours": {...}, "tensorflow": {...} or None, and their ratios}: see README.md."""
    paths = of_folder(folder)
    result: dict[str, Any] = {"machine": machine.describe(), "photos": len(paths), "threads": THREADS}
    with tempfile.TemporaryDirectory() as kept:
        for n, path in enumerate(paths):
            np.save(Path(kept) / f"{n:05}.npy", photos.shrunk(photos.read(path), LONG_SIDE))
        starts, running = _starts(Path(kept), rounds), {}
        for name in DETECTORS:
            if starts[name]:
                running[name] = Running(name, Path(kept))
            else:
                console.say(f"{DETECTORS[name]} is left out: it can't start with {PYTHONS[name]}")
        for _ in range(rounds + 1):
            for contender in running.values():
                time.sleep(drive.PAUSE)
                contender.round()
        for contender in running.values():
            contender.close()
    for name in DETECTORS:
        result[name] = summary(running[name].rounds, starts[name]) if name in running else None
    ours, theirs = (result[name] or {} for name in DETECTORS)
    for key, value in (("times_faster", "ms"), ("share_of_memory", "peak_mb")):
        pair = [ours.get(value), theirs.get(value)]
        ratio = None if None in pair else (pair[1] / pair[0] if value == "ms" else pair[0] / pair[1])
        result[key] = significant(ratio)
    return result


def _starts(arrays: Path, rounds: int) -> dict[str, list[float]]:
    """Detector -> seconds of every start, in turns. The first start fills caches and is not counted.

    The list of a detector that can't start is empty.
    """
    seconds: dict[str, list[float]] = {name: [] for name in DETECTORS}
    working = set(DETECTORS)
    for n in range(rounds + 1):
        for name in sorted(working):
            contender = Running(name, arrays)
            contender.close()
            if contender.first_s is None:
                working.discard(name)
            elif n:
                seconds[name].append(contender.first_s)
    return seconds


def summary(rounds: list[dict[str, Any]], starts: list[float]) -> dict[str, Any]:
    """Medians of all rounds except the first, which warms up."""
    seconds = [entry["seconds"] for entry in rounds[1:]]
    of_rounds = [1e3 * statistics.median(each) for each in seconds]
    of_photos = [1e3 * statistics.median(times) for times in zip(*seconds)]
    return {
        "ms": significant(statistics.median(of_photos)),
        "spread_ms": [significant(min(of_rounds)), significant(max(of_rounds))],
        "faces": rounds[-1]["faces"],
        "first_s": significant(statistics.median(starts), 3),
        "spread_first_s": [significant(min(starts), 3), significant(max(starts), 3)],
        "peak_mb": significant(rounds[-1]["peak_mb"]),
    }


def of_folder(folder: Path) -> list[Path]:
    """The files below a folder that have the name of a photo, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))


def table(result: dict[str, Any]) -> str:
    heads = ("", "ms per photo", "rounds", "first face, s", "starts", "peak, MB", "faces")
    lines = [_line(heads), "|---|---:|---:|---:|---:|---:|---:|"]
    for name, title in DETECTORS.items():
        row = result[name]
        if row:
            rounds, starts = (" to ".join(map(str, row[key])) for key in ("spread_ms", "spread_first_s"))
            lines.append(_line((title, row["ms"], rounds, row["first_s"], starts, row["peak_mb"], row["faces"])))
    if result["times_faster"]:
        lines.append(f"\n{result['times_faster']} times faster, {result['share_of_memory']:.0%} of the memory")
    return "\n".join(lines)


def _line(cells: Iterable[Any]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


@click.command("detection", cls=console.Stage)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="Rounds, and starts of each.")
def main(folder: Path, as_json: bool, rounds: int) -> None:
    """Compare the time for finding faces in the photos of FOLDER with mtcnn on TensorFlow.

    TensorFlow may live in another environment: set SIAMESE_NP_PEERS to its Python.
    """
    if not of_folder(folder):
        raise click.UsageError(f"{folder} has no photos")
    result = compare(folder, rounds)
    click.echo(json.dumps(result) if as_json else table(result))


if __name__ == "__main__":
    main()
