"""learn with few people and few photos, cropped already; the other photos of these people are new, the other people strangers."""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.field.models import embedded
from benchmarks.field.open_set import named_right_at, percent
from pipeline import photos
from pipeline.datasets import Faces
from pipeline.faces import extract
from pipeline.pairs import duplicates
from pipeline.recognise import rules
from pipeline.recognise.recogniser import load
from pipeline.train.recipes import recipe
from siamese_np import metrics
from webapp.learn import learn

PEOPLE, PHOTOS = 4, 8
LEAST_NEW = 4  # photos of each person to ask about


def draw(faces: Faces, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows to learn from, rows that are new photos of the same people, rows of strangers; copies of a photo are left out."""
    rng, usable = np.random.default_rng(seed), ~duplicates.find(faces).dropped
    counts = np.bincount(faces.people[usable], minlength=len(faces.names))
    chosen = rng.permutation(np.flatnonzero(counts >= PHOTOS + LEAST_NEW))[:PEOPLE]
    learnt = np.zeros(len(faces.people), bool)
    for person in chosen:
        learnt[rng.choice(np.flatnonzero((faces.people == person) & usable), PHOTOS, replace=False)] = True
    own = np.isin(faces.people, chosen)
    return np.flatnonzero(learnt), np.flatnonzero(own & usable & ~learnt), np.flatnonzero(~own & usable)


def measure(faces: Faces, draws: int, kept: Path) -> dict[str, Any]:
    """The figures of each draw and their mean, in percent; a draw that was measured before is read from `kept`."""
    found = []
    for seed in range(draws):
        path = kept / f"few-{seed}.json"
        if not path.exists():
            path.write_text(json.dumps(_one(faces, seed)), encoding="utf-8")
        found.append(json.loads(path.read_text(encoding="utf-8")))
    mean = {name: round(float(np.mean([one[name] for one in found])), 1) for name in found[0] if name != "promised"}
    return {"people": PEOPLE, "photos": PHOTOS, "mean": mean, "draws": found}


def _one(faces: Faces, seed: int) -> dict[str, Any]:
    learnt, new, strangers = draw(faces, seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for row in learnt:
            photos.write_png(root / "photos" / faces.names[faces.people[row]] / f"{row}.png", faces.images[row, 0])
        run = root / "run"
        report = learn(root / "photos", root / "work", run, extract.Options(cropped=True), recipe("default"), "default", seed,
                       "numba", False)  # fmt: skip
        recogniser = load(run)
        z = embedded(recogniser, faces)
    gallery, owners = z[learnt], faces.people[learnt]
    known, d = rules.gallery_distances(rules.DEFAULT, gallery, owners, z[new], recogniser.unit_length)
    _, d_strangers = rules.gallery_distances(rules.DEFAULT, gallery, owners, z[strangers], recogniser.unit_length)
    nearest, strange = d.min(1), d_strangers.min(1)
    right, t = metrics.nearest_is_own(d, known, faces.people[new]), recogniser.thresholds[rules.DEFAULT]["threshold"]
    return {
        "nearest_right": percent(right.mean()),
        "named_right_at_80": percent(named_right_at(nearest, right, strange, 0.2)),
        "named_right_at_90": percent(named_right_at(nearest, right, strange, 0.1)),
        "named_right": percent(np.mean((nearest < t) & right)),
        "named_wrong": percent(np.mean((nearest < t) & ~right)),
        "strangers_unknown": percent(np.mean(strange >= t)),
        "new_photos": len(new),
        "promised": {name: figure["mean"] for name, figure in report["results"]["ours"].items()},
    }
