"""`python -m benchmarks.detection FOLDER [--json]`: our MTCNN beside the package mtcnn on TensorFlow, on the photos of a folder.

Each runs in a process of its own, with two threads, and they take turns: a round is every photo once, in the one and then
in the other. A photo is read and shrunk (long side at most 1024) before its clock starts. What is told:

    ms          a photo: the median over photos of the median over rounds, and the lowest and highest round
    first_s     from the start of the process, imports included, to the faces of the first photo
    peak_mb     the most memory the process ever held
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks import drive, machine
from benchmarks.contenders import Contender
from benchmarks.results import significant
from pipeline import console, photos

THREADS = 2
LONG_SIDE = 1024
TENSORFLOW = os.environ.get("SIAMESE_NP_PEERS", sys.executable)  # a Python that has TensorFlow and mtcnn
PYTHONS = {"ours": sys.executable, "tensorflow": TENSORFLOW}
DETECTORS = {"ours": "mtcnn", "tensorflow": "mtcnn-tensorflow"}


def photo(path: Path) -> np.ndarray:
    """(H, W, 3) uint8, long side at most LONG_SIDE, by leaving out rows and columns: any picture will do for timing."""
    picture = photos.read(path)
    step = -(-max(picture.shape[:2]) // LONG_SIDE)
    return np.ascontiguousarray(picture[::step, ::step])


def serve(detector: str, paths: list[Path]) -> None:
    """A contender's process: the first photo at once, then every line of input asks for a round; the answers are JSON."""
    from pipeline import detection

    from benchmarks.worker import own_output

    with own_output() as output:
        find = detection.detector(detector).detect_faces
        print(json.dumps({"faces": len(find(photo(paths[0])))}), file=output, flush=True)
        for _ in sys.stdin:
            seconds, faces = [], 0
            for path in paths:
                picture = photo(path)  # one at a time: the peak is that of finding faces, not of keeping photos
                begin = time.perf_counter()
                faces += len(find(picture))
                seconds.append(time.perf_counter() - begin)
            print(json.dumps({"seconds": seconds, "faces": faces, "peak_mb": peak_mb()}), file=output, flush=True)


def peak_mb() -> float | None:
    """The most memory this process has held, in MB; None where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM"))


class Running:
    """A contender's process. `first_s` is None where it could not start."""

    def __init__(self, name: str, folder: Path) -> None:
        env = drive.environment(Contender(name, "", ()), THREADS) | {"TF_NUM_INTRAOP_THREADS": str(THREADS)}
        command = [PYTHONS[name], "-m", "benchmarks.detection", "--serve", DETECTORS[name], str(folder)]
        begin = time.perf_counter()
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, cwd=drive.ROOT, env=env, text=True, **pipes)
        self.first_s = time.perf_counter() - begin if self.process.stdout.readline() else None
        self.rounds: list[dict[str, Any]] = []

    def round(self) -> None:
        print(file=self.process.stdin, flush=True)
        self.rounds.append(json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        self.process.communicate()


def compare(folder: Path, rounds: int) -> dict[str, Any]:
    """{"machine", "photos", "ours": {...}, "tensorflow": {...} or None, "times_faster", "share_of_memory"}."""
    result: dict[str, Any] = {"machine": machine.describe(), "photos": len(of_folder(folder)), "threads": THREADS}
    running = {}
    for name in DETECTORS:
        Running(name, folder).close()  # caches, of kernels and of files, are warm from here on
        contender = Running(name, folder)
        if contender.first_s is None:
            console.say(f"{DETECTORS[name]} is left out: it can't start with {PYTHONS[name]}")
            contender.close()
        else:
            running[name] = contender
    for _ in range(rounds + 1):
        for contender in running.values():
            time.sleep(drive.PAUSE)
            contender.round()
    for name in DETECTORS:
        result[name] = summary(running[name]) if name in running else None
    for contender in running.values():
        contender.close()
    ours, theirs = (result[name] or {} for name in DETECTORS)
    for key, value in (("times_faster", "ms"), ("share_of_memory", "peak_mb")):
        pair = [ours.get(value), theirs.get(value)]
        ratio = None if None in pair else (pair[1] / pair[0] if value == "ms" else pair[0] / pair[1])
        result[key] = significant(ratio)
    return result


def summary(contender: Running) -> dict[str, Any]:
    """Medians of all rounds but the first, which warms up."""
    rounds = [entry["seconds"] for entry in contender.rounds[1:]]
    of_rounds = [1e3 * statistics.median(seconds) for seconds in rounds]
    of_photos = [1e3 * statistics.median(times) for times in zip(*rounds)]
    return {
        "ms": significant(statistics.median(of_photos)),
        "spread_ms": [significant(min(of_rounds)), significant(max(of_rounds))],
        "faces": contender.rounds[-1]["faces"],
        "first_s": significant(contender.first_s, 3),
        "peak_mb": significant(contender.rounds[-1]["peak_mb"]),
    }


def of_folder(folder: Path) -> list[Path]:
    """The files in a folder that look like photos, in order of their names."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))


def table(result: dict[str, Any]) -> str:
    lines = ["| | ms a photo | rounds | first face, s | peak, MB | faces |", "|---|---:|---:|---:|---:|---:|"]
    for name, title in DETECTORS.items():
        row = result[name]
        if row:
            low, high = row["spread_ms"]
            lines.append(f"| {title} | {row['ms']} | {low} to {high} | {row['first_s']} | {row['peak_mb']} | {row['faces']} |")
    if result["times_faster"]:
        lines.append(f"\n{result['times_faster']} times faster, {result['share_of_memory']:.0%} of the memory")
    return "\n".join(lines)


@click.command("detection")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="Turns of either.")
@click.option("--serve", "as_worker", metavar="DETECTOR", hidden=True)
def main(folder: Path, as_json: bool, rounds: int, as_worker: str | None) -> None:
    """Time finding faces in the photos of FOLDER against mtcnn on TensorFlow.

    TensorFlow may live in another environment: set SIAMESE_NP_PEERS to its Python.
    """
    paths = of_folder(folder)
    if not paths:
        raise click.UsageError(f"{folder} has no photos")
    if as_worker:
        serve(as_worker, paths)
        return
    result = compare(folder, rounds)
    click.echo(json.dumps(result) if as_json else table(result))


if __name__ == "__main__":
    main()
