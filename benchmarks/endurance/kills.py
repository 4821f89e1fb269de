"""SIGKILL at random moments, and then the next run.

    training     is killed and started again until it ends before its kill: `different`, how many arrays of model and
                 checkpoint then differ by a bit from those of a training without a stop
    gallery      people are enrolled and forgotten: `lost`, how many confirmed changes are gone; `unreadable`, photos that
                 can't be read; `searched_again`, photos whose face was not kept with them
    pairs        a folder is replaced: `broken`, how often neither the old nor the new pairs are there, whole
    pairs_save   the same, by the last step of that command alone, which is where the folders are renamed
    extract      with the detector, likewise: `different`, how many targets differ by a byte from one without a stop

`killed`: kills of a process that was still at work. `leftovers`: temporary files after the next run.
"""

import functools
import hashlib
import shutil
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from benchmarks.endurance import jobs
from benchmarks.endurance.material import Material
from pipeline import pairs, photos
from pipeline.common.atomic import is_temporary
from pipeline.common.errors import JobError
from pipeline.pairs import PairData, fingerprint
from pipeline.recognise.gallery import Gallery
from pipeline.recognise.kept_faces import KeptFaces
from pipeline.train import checkpoint
from siamese_np import archive, weights

MOST = 5  # kills of one piece of work
WINDOW = 3.0  # seconds within which a job that goes on for ever is killed


def training(material: Material, count: int) -> dict[str, int]:
    """Kills during `siamese-np train`."""
    whole, run, found, rng = material.root / "whole", material.root / "stopped", Counter(), np.random.default_rng(0)
    seconds = jobs.seconds_of(jobs.training, material.pairs, whole, 0)
    right = _numbers(whole)
    while found["killed"] < count:
        found["killed"] += _until_it_ends(jobs.training, material.pairs, run, 0, rng=rng, seconds=seconds)
        found["finished"] += 1
        found["different"] += len(right.items() ^ _numbers(run).items())
        found["leftovers"] += leftovers(run)
        shutil.rmtree(run)
    return _report(found, "killed", "finished", "different", "leftovers")


def gallery(material: Material, count: int) -> dict[str, int]:
    """Kills while people are enrolled and forgotten."""
    faces, found, rng = material.faces.images[:, 0], Counter(), np.random.default_rng(0)
    for trial in range(count):
        root = material.root / "killed gallery"
        reader, writer = jobs.CONTEXT.Pipe(duplex=False)
        process = jobs.start(jobs.come_and_go, root, faces, writer)
        writer.close()
        reader.poll(WINDOW)  # its first change
        found["killed"] += jobs.kill(process, rng.uniform(0, 0.5))
        told = _confirmed(reader)
        found["trials"] += 1
        found["confirmed"] += len(told["there"]) + len(told["gone"])
        known = {path.name: sorted(path.glob("*.png")) for path in root.iterdir() if path.is_dir()}
        found["lost"] += sum(len(known.get(f"person {k}", ())) < 2 for k in told["there"] - told["goes"])
        found["lost"] += sum(f"person {k}" in known for k in told["gone"])
        leaving = {f"person {k}" for k in told["goes"]}  # their faces are forgotten before their photos
        for path in (path for name, paths in known.items() if name not in leaving for path in paths):
            if is_temporary(path.name):
                continue
            try:
                photo = photos.read(path)
                key = hashlib.sha256(path.read_bytes()).hexdigest()
                found["searched_again"] += KeptFaces(root).get(key, photo) is None
            except photos.PhotoError:
                found["unreadable"] += 1
        Gallery(root).enroll("the next", [faces[0]])
        found["leftovers"] += leftovers(root)
        shutil.rmtree(root)
    return _report(found, "trials", "killed", "confirmed", "lost", "unreadable", "searched_again", "leftovers")


def pairs_of_photos(material: Material, count: int) -> dict[str, int]:
    """Kills during `siamese-np pairs`, over pairs that are there already."""
    folder = material.root / "killed" / "pairs"
    source, seeds = material.photos, iter(range(1, count + 2))

    def start() -> Callable[[], object]:
        return functools.partial(jobs.start, jobs.command, "pairs", source, folder, "--seed", next(seeds))

    seconds = jobs.seconds_of(jobs.command, "pairs", source, folder, "--seed", 0)
    return _replaced(folder, start, seconds, count)


def pairs_save(material: Material, count: int) -> dict[str, int]:
    """Kills while pairs.save replaces a folder."""
    folder, one, other = material.root / "killed" / "saved", material.data(1), material.data(2)
    pairs.save(folder, one)
    return _replaced(folder, lambda: functools.partial(jobs.start, jobs.save_in_turns, folder, one, other), 0.5, count)


def extract(material: Material, count: int) -> dict[str, int]:
    """Kills during `siamese-np extract` with the detector, on a few photos."""
    whole, target = material.root / "whole faces", material.root / "faces"
    found, rng = Counter(), np.random.default_rng(0)
    jobs.finish(jobs.command, "extract", material.few_photos, whole)  # compiles the kernels
    shutil.rmtree(whole)
    seconds = jobs.seconds_of(jobs.command, "extract", material.few_photos, whole)
    right = _contents(whole)
    while found["killed"] < count:
        task = (jobs.command, "extract", material.few_photos, target)
        found["killed"] += _until_it_ends(*task, rng=rng, seconds=seconds)
        found["finished"] += 1
        found["different"] += _contents(target) != right
        found["leftovers"] += leftovers(target)
        shutil.rmtree(target)
    return _report(found, "killed", "finished", "different", "leftovers")


def leftovers(root: Path) -> int:
    """Temporary files and folders of ours in `root` and below, and beside it."""
    inside = sum(is_temporary(path.name) for path in root.rglob("*"))
    return inside + sum(is_temporary(path.name) for path in root.parent.iterdir())


def _until_it_ends(*job: object, rng: np.random.Generator, seconds: float) -> int:
    """Start a job again and again, with a kill at a random moment, until it ends before its kill, or was killed MOST
    times and is left alone: the kills."""
    for kills in range(MOST):
        if not jobs.kill(jobs.start(*job), rng.uniform(0, seconds)):
            break
    else:
        kills = MOST
    code, _ = jobs.finish(*job)  # where it has ended, it finds everything done
    if code:
        raise RuntimeError(f"{job} ended with the exit code {code}")
    return kills


def _replaced(folder: Path, start: Callable, seconds: float, count: int) -> dict[str, int]:
    found, rng = Counter(), np.random.default_rng(0)
    for _ in range(count):
        found["trials"] += 1
        found["killed"] += jobs.kill(start()(), rng.uniform(0, seconds))
        found["second_name"] += not folder.exists()
        found["broken"] += not _is_whole(folder)
    pairs.save(folder, pairs.load(folder))
    found["leftovers"] = leftovers(folder)
    return _report(found, "trials", "killed", "second_name", "broken", "leftovers")


def _is_whole(folder: Path) -> bool:
    try:
        found: PairData = pairs.load(folder)  # the checksum of each file stands in the header of its folder
    except JobError:
        return False
    return bool(fingerprint(found))


def _confirmed(reader: Connection) -> dict[str, set[int]]:
    """What a process told before its end: kind -> the people."""
    told: dict[str, set[int]] = {"there": set(), "goes": set(), "gone": set()}
    try:
        while reader.poll():
            kind, number = reader.recv()
            told[kind].add(number)
    except EOFError:
        pass
    reader.close()
    return told


def _numbers(run: Path) -> dict[str, bytes]:
    _, model = archive.load(run / "model.npz", weights.FORMAT, weights.VERSION)
    arrays, values = checkpoint.load(run / "checkpoint.npz")
    found = {f"model {name}": array for name, array in model.items()} | arrays
    history = [{name: value for name, value in row.items() if name != "seconds"} for row in values["history"]]
    return {name: array.tobytes() for name, array in found.items()} | {"history": repr(history).encode()}


def _contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def _report(found: Counter, *names: str) -> dict[str, int]:
    return {name: int(found[name]) for name in names}
