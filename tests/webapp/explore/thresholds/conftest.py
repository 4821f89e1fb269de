"""The distances of the run, computed here and not by the page."""

from dataclasses import dataclass

import numpy as np
import pytest

from pipeline import photos
from pipeline.faces.way_in import of_crop


@dataclass
class Distances:
    """d, same: pairs of all photos; own, other: known samples; strangers (m, K): stranger samples to each person."""

    d: np.ndarray
    same: np.ndarray
    own: np.ndarray
    other: np.ndarray
    strangers: np.ndarray


@pytest.fixture
def measured(app, run):
    """measured() -> the distances with samples, pair by pair."""

    def of() -> Distances:
        now = app.extensions["serving"].now()
        z, people, kinds = list(now.snapshot.embeddings), [photo.person for photo in now.snapshot.photos], []
        for kind in ("known", "strangers"):
            for path in sorted((run / "samples" / kind).glob("*/*.png")):
                z.append(now.recogniser.embed_faces([of_crop(photos.read(path))])[0])
                people.append(path.parent.name)
                kinds.append((kind, len(z) - 1))
        pairs = [(i, j) for i in range(len(z)) for j in range(i + 1, len(z))]
        d = np.array([np.linalg.norm(z[i].astype(float) - z[j]) for i, j in pairs])
        own, other, strangers = [], [], []
        for kind, row in kinds:
            to_people, _ = now.snapshot.distances(z[row], "both")
            if kind == "strangers":
                strangers.append(to_people)
            else:
                at = now.snapshot.people.index(people[row])
                own.append(to_people[at])
                other.append(np.delete(to_people, at).min())
        same = np.array([people[i] == people[j] for i, j in pairs])
        return Distances(d, same, np.array(own), np.array(other), np.array(strangers))

    return of


def percent(share: float) -> str:
    """A share as the page writes it, where it is not next to 0 or 1."""
    return f"{100 * share:.1f} %"


def rates(found: Distances, t: float) -> dict[str, str]:
    """What the page says at a threshold, counted one by one; share: F."""
    same, different = found.d[found.same], found.d[~found.same]
    right = sum(a < t and a < b for a, b in zip(found.own, found.other))
    wrong = sum(b < t and b <= a for a, b in zip(found.own, found.other))
    refused = sum(all(one >= t) for one in found.strangers)
    return {
        "false-rejects": f"{np.sum(same >= t)} of {len(same)}",
        "false-accepts": f"{np.sum(different < t)} of {len(different)}",
        "tpr": percent(np.mean(same < t)),
        "fpr": percent(np.mean(different < t)),
        "named": f"{right} of {len(found.own)}",
        "named-wrong": f"{wrong} of {len(found.own)}",
        "refused": f"{refused} of {len(found.strangers)}",
        "called-same": f"{np.sum(found.d < t)}",
        "trust": percent(np.mean(found.same[found.d < t])),
        "trust-rare": percent(0.01 * np.mean(same < t) / (0.01 * np.mean(same < t) + 0.99 * np.mean(different < t))),
        "balanced": percent((np.mean(same < t) + np.mean(different >= t)) / 2),
        "share": percent(np.mean(found.strangers < t)),
    }
