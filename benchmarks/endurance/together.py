"""Two processes at work in one folder at the same time, one a random moment after the other.

    both, one, none   how many trials ended with so many successes
    wrong             successes that are none: what a process reported as done is not there; there must be none
    untold            failures that do not say what is in the way

Both may succeed, one after the other. Then the whole result of one of them is there (train, pairs, extract), or those of
both (enroll, import).
"""

import hashlib
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.endurance import jobs, kills
from benchmarks.endurance.material import Material
from pipeline import pairs, photos
from pipeline.faces import table
from pipeline.recognise import recogniser
from pipeline.recognise.kept_faces import KeptFaces


@dataclass(frozen=True)
class Trial:
    """Two jobs in the folder `target`. is_there(number): whether the whole result of that job is there. adds: whether
    both results can be there at once."""

    jobs: tuple[tuple, tuple]
    is_there: Callable[[int], bool]
    target: Path
    adds: bool = False


def study(material: Material, count: int) -> dict[str, dict[str, int]]:
    """Each command COUNT times."""
    return {name: _pairs_of_jobs(make(material), material.root, count) for name, make in TRIALS.items()}


def _pairs_of_jobs(trial: Trial, root: Path, count: int) -> dict[str, int]:
    found, rng = Counter(), np.random.default_rng(0)
    seconds = jobs.seconds_of(*trial.jobs[0])
    shutil.rmtree(trial.target)
    for _ in range(count):
        outputs = [root / "0.txt", root / "1.txt"]
        first = int(rng.integers(2))
        processes = [None, None]
        for number, pause in ((first, rng.uniform(0, 1.2 * seconds)), (1 - first, 0)):
            processes[number] = jobs.start(*trial.jobs[number], output=outputs[number])
            time.sleep(pause)
        ends = {}
        while len(ends) < 2:
            for number, process in enumerate(processes):
                process.join(0.002)
                if number not in ends and process.exitcode is not None:
                    ends[number] = len(ends)
        done = sorted((n for n in (0, 1) if processes[n].exitcode == 0), key=ends.get)
        found[("none", "one", "both")[len(done)]] += 1
        there = [trial.is_there(number) for number in (0, 1)]
        if trial.adds:
            found["wrong"] += sum(not there[number] for number in done)
        elif done:
            found["wrong"] += not (any if len(done) == 2 else all)(there[number] for number in done)
        for number in {0, 1} - set(done):
            told = outputs[number].read_text()
            found["untold"] += "Traceback" in told or "Error: " not in told
        found["leftovers"] += kills.leftovers(trial.target)
        shutil.rmtree(trial.target, ignore_errors=True)
    return {name: int(found[name]) for name in ("both", "one", "none", "wrong", "untold", "leftovers")}


def _train(material: Material) -> Trial:
    run = material.root / "together" / "run"
    folder = material.pairs

    def is_there(seed: int) -> bool:
        return recogniser.load(run, "numpy").extra["settings"]["seed"] == seed

    return Trial(tuple((jobs.training, folder, run, seed) for seed in (0, 1)), is_there, run)


def _pairs(material: Material) -> Trial:
    folder = material.root / "together" / "pairs"

    def is_there(seed: int) -> bool:
        return pairs.load(folder).info["seed"] == seed

    works = tuple((jobs.command, "pairs", material.photos, folder, "--seed", seed) for seed in (0, 1))
    return Trial(works, is_there, folder)


def _enroll(material: Material) -> Trial:
    root = material.root / "together" / "gallery"
    faces, names = material.faces.images[:, 0], ("Ann", "Bob")
    few = [material.root / "together" / "photos" / name for name in names]
    for number, folder in enumerate(few):
        for k in range(3):
            photos.write_png(folder / f"{k}.png", np.pad(faces[6 * number + k], 40, mode="edge"))

    def is_there(number: int) -> bool:
        there = sorted((root / names[number]).glob("*.png"))
        kept = KeptFaces(root)
        faces_of = [kept.get(hashlib.sha256(path.read_bytes()).hexdigest(), photos.read(path)) for path in there]
        return len(there) == 3 and None not in faces_of

    works = tuple((jobs.enroll, root, name, folder) for name, folder in zip(names, few))
    return Trial(works, is_there, root, adds=True)


def _extract(material: Material) -> Trial:
    target = material.root / "together" / "faces"
    sides = (40, 60)

    def is_there(number: int) -> bool:
        rows = table.read(target / table.TABLE).values()
        crops = [target / Path(row["photo"]).parent / row["crop"] for row in rows]
        return len(crops) == 9 and all(photos.read(crop).shape[0] == sides[number] for crop in crops)

    works = tuple((jobs.command, "extract", "--cropped", "--size", f"{side}x{side}", material.few_photos, target)
                  for side in sides)  # fmt: skip
    return Trial(works, is_there, target)


def _import(material: Material) -> Trial:
    target = material.root / "together" / "raw"
    sources = (material.few_photos, material.photos)

    def is_there(number: int) -> bool:
        names = [path.relative_to(sources[number]) for path in sources[number].rglob("*.png")]
        return all((target / name).is_file() and photos.read(target / name).size for name in names)

    works = tuple((jobs.command, "import", source, target, "--yes") for source in sources)
    return Trial(works, is_there, target, adds=True)


TRIALS = {"train": _train, "pairs": _pairs, "enroll": _enroll, "extract": _extract, "import": _import}
