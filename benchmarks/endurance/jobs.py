"""Work of the program in processes that can be killed, or that start at the same moment.

Each job is a real command, or the function behind one. It runs in a process that a server forks which has loaded the
program already (multiprocessing's "forkserver"): a new interpreter would take half a second before each.
"""

import multiprocessing
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from pipeline import pairs, photos
from pipeline.common.errors import JobError
from pipeline.faces.preprocess import Preprocessing
from pipeline.pairs import PairData
from pipeline.recognise.gallery import Gallery
from pipeline.train import ensemble, train
from pipeline.train.recipes import Recipe
from webapp.cli import main

RECIPE = Recipe(preprocessing=Preprocessing((28, 23)), people_a_batch=8, epochs=6, warmup=2)

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["benchmarks.endurance.jobs", "matplotlib.backends.backend_agg"])


def start(job: Callable[..., None], *arguments: Any, output: Path = Path(os.devnull)) -> BaseProcess:
    """`job(*arguments)` in a process of its own, which prints to the file `output`."""
    process = CONTEXT.Process(target=_with_output, args=(output, job, arguments))
    process.start()
    return process


def seconds_of(job: Callable[..., None], *arguments: Any) -> float:
    """The seconds that a job takes once the server has loaded the program. Raises RuntimeError where it fails."""
    finish(time.sleep, 0)
    code, seconds = finish(job, *arguments)
    if code:
        raise RuntimeError(f"{arguments} ended with the exit code {code}")
    return seconds


def finish(job: Callable[..., None], *arguments: Any, output: Path = Path(os.devnull)) -> tuple[int, float]:
    """Run a job to its end: its exit code and its seconds."""
    began = time.perf_counter()
    process = start(job, *arguments, output=output)
    process.join()
    return process.exitcode, time.perf_counter() - began


def kill(process: BaseProcess, after: float) -> bool:
    """SIGKILL after so many seconds. Returns whether the process was still at work."""
    process.join(after)
    was_alive = process.is_alive()
    process.kill()
    process.join()
    return was_alive


def command(*arguments: object) -> None:
    """A command line of siamese-np."""
    sys.argv = ["siamese-np", *map(str, arguments)]
    main(sys.argv[1:], prog_name="siamese-np")


def training(folder: Path, run: Path, seed: int) -> None:
    """`siamese-np train` with a small recipe, and a checkpoint after every epoch."""
    ensemble.SAVE_EVERY = 0
    _job(lambda: train(pairs.load(folder), "default", RECIPE, run, seed, "numpy"))


def save_in_turns(folder: Path, one: PairData, other: PairData) -> None:
    """Replace a pairs folder again and again."""
    while True:
        for data in (one, other):
            pairs.save(folder, data)


def come_and_go(root: Path, faces: np.ndarray, told: Connection) -> None:
    """Person after person is enrolled with two photos, and every second one is forgotten again; each change is told
    over `told`: there and gone when it is done, goes before. faces: (N, h, w) uint8."""
    gallery = Gallery(root)
    for number in range(len(faces) // 2):
        gallery.enroll(f"person {number}", faces[2 * number : 2 * number + 2])
        told.send(("there", number))
        if number % 2:
            told.send(("goes", number - 1))
            gallery.forget(f"person {number - 1}")
            told.send(("gone", number - 1))


def enroll(root: Path, name: str, folder: Path) -> None:
    """Enrol the photos of a folder. The command itself would load the detector each time, which takes a second."""
    _job(lambda: Gallery(root).enroll(name, [photos.read(path) for path in sorted(folder.iterdir())]))


def copy(source: Path, target: Path) -> None:
    """Copy a folder."""
    shutil.copytree(source, target)


def _job(work: Callable[[], Any]) -> None:
    try:
        work()
    except (JobError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)


def _with_output(output: Path, job: Callable[..., None], arguments: tuple) -> None:
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)
    tqdm.set_lock(threading.RLock())  # its own lock is one of the system, which a killed process would leave
    job(*arguments)
