"""Unseen people of the same data set: two thirds of them enrolled, thresholds from validation people and from the gallery."""

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.field import models, open_set
from pipeline.datasets import Faces
from pipeline.recognise import rules
from siamese_np import metrics

SHOTS = 5
REFUSED = 0.95  # of strangers, where the best possible threshold is looked at


def measure(faces: Faces, splits: list[Path], kept: Path) -> dict[str, Any]:
    """For each split file: what the threshold does, and how many are named right where 95 % of strangers are refused."""
    return {path.stem: _one(faces, path, kept) for path in splits}


def _one(faces: Faces, split: Path, kept: Path) -> dict[str, Any]:
    recogniser, data = models.unseen(kept, faces, split)
    rows = data.indices("test")
    z = recogniser.embed(list(data.images[rows, 0])).astype(np.float64)
    people = np.unique(data.people[rows], return_inverse=True)[1]
    names = tuple(data.names[person] for person in np.unique(data.people[rows]))
    threshold_of = open_set.threshold_for(recogniser, names, rules.DEFAULT)
    found = open_set.figures(z, people, threshold_of, shots=SHOTS, unit_length=recogniser.unit_length)
    stored = open_set.figures(z, people, lambda *_: recogniser.thresholds[rules.DEFAULT]["threshold"], shots=SHOTS)
    return {**found, "named_right_at_95": _at(z, people, recogniser.unit_length), "stored_threshold": stored}


def _at(z: np.ndarray, people: np.ndarray, unit_length: bool) -> float:
    rng, named = np.random.default_rng(0), []
    size = round(2 / 3 * len(np.unique(people)))
    for _ in range(open_set.GALLERIES):
        inside = np.isin(people, rng.permutation(np.unique(people))[:size])
        enrolled = np.zeros(len(people), bool)
        enrolled[inside] = metrics.draw_gallery(people[inside], SHOTS, rng)
        known, d = rules.gallery_distances(rules.DEFAULT, z[enrolled], people[enrolled], z[inside & ~enrolled], unit_length)
        _, strange = rules.gallery_distances(rules.DEFAULT, z[enrolled], people[enrolled], z[~inside], unit_length)
        right = metrics.nearest_is_own(d, known, people[inside & ~enrolled])
        named.append(open_set.named_right_at(d.min(1), right, strange.min(1), 1 - REFUSED))
    return open_set.percent(np.mean(named))
