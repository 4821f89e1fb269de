"""Photos of a gallery that look unlike the other photos of their person: perhaps of somebody else, or with a face badly cut.

A photo with embedding z, of a person p with further photos, is compared as a probe is (rule `mean`), but with the mean of
the OTHER photos of p, of which it would be a part. It is unlike them where another person is nearer:

    e(z) = d(z, mean of p without z) - min over k != p of d(z, mean of k)  >  0                       (1)

One wrong photo draws the mean of its person away from the right ones, which then look unlike it. So the photo with the
largest e is marked first, the means are made without it, and (1) is asked again, until no e is above 0. Never more than half
of a person's photos are marked: of two photos that are unlike each other, one.

Measured on 200 random galleries of 10 people whom no network was trained on (three models of 20 people of ORL, and one of
celebrities, each asked about ORL), with 2, 3 and 5 photos of each person:

                                                               2          3          5 photos
    right photos that are marked                             6 to 11     4 to 7     3 to 5 %
    a wrong photo of another person of the gallery: found   96 to 99    98 to 100  98 to 100 %
    a wrong photo of somebody who is not in it: found       82 to 86    88 to 90   88 to 89 %
    right photos of the person who has a wrong one: marked   0 to 4      4 to 8     3 to 6 %

Marked all at once, 25 to 52 % of the last were marked (3 photos). A threshold finds 98 to 100 % of the strangers, but marks 11
to 34 % of right photos. A model of ORL can hardly tell celebrities apart: there 25 to 32 % of right photos are marked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pipeline.recognise.gallery import Snapshot
from siamese_np import metrics


@dataclass(frozen=True)
class Mark:
    """Why a photo is marked: the two distances of (1) when it was. own: to the mean of the other photos of its person.
    other: to the mean of `person`, who is the nearest of the others."""

    own: float
    other: float
    person: str


def unlike(snapshot: Snapshot) -> frozenset[int]:
    """The rows of the photos, positions in `snapshot.photos`, that are marked. Nobody is marked in a gallery of one person."""
    return frozenset(marks(snapshot))


@lru_cache(maxsize=8)
def marks(snapshot: Snapshot) -> Mapping[int, Mark]:
    """The same rows, each with the reason."""
    found: dict[int, Mark] = {}
    z = snapshot.embeddings.astype(np.float64)
    people = len(snapshot.people)
    owner = np.searchsorted(snapshot.starts, np.arange(len(z)), side="right") - 1
    of = [np.flatnonzero(owner == person) for person in range(people)]
    is_unit = np.allclose(np.linalg.norm(z, axis=1), 1, atol=1e-3)  # then means are scaled back to the sphere, too
    is_marked = np.zeros(len(z), bool)
    to_own = np.zeros(len(z))
    to_others = np.full((len(z), people), np.inf)  # infinite to the own person
    changed = range(people)
    while True:
        for person in changed:
            rows = of[person]
            kept = rows[~is_marked[rows]]
            total = z[kept].sum(0)
            mean = _mean(total[None], len(kept), is_unit)
            to_others[:, person] = metrics.cross_distances(z, mean)[:, 0]
            to_others[rows, person] = np.inf
            to_own[rows] = -np.inf  # where it is not asked
            if len(kept) > 1 and 2 * (len(rows) - len(kept) + 1) <= len(rows):
                rest = _mean(total - z[kept], len(kept) - 1, is_unit)
                to_own[kept] = np.linalg.norm(z[kept] - rest, axis=1)
        excess = to_own - to_others.min(1)  # e of (1)
        worst = int(excess.argmax())
        if not excess[worst] > 0:
            return found
        nearest = int(to_others[worst].argmin())
        found[worst] = Mark(float(to_own[worst]), float(to_others[worst, nearest]), snapshot.people[nearest])
        is_marked[worst] = True
        changed = (owner[worst],)


def _mean(sums: np.ndarray, count: int, is_unit: bool) -> np.ndarray:
    """sums (n, D) of embeddings -> their means (n, D)."""
    means = sums / count
    return means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12) if is_unit else means
