"""The distances that a threshold divides, and what it makes of them.

    pairs        every two photos that are at hand: of one person (same), or of two
    known        a photo of somebody in the gallery: its distance to that person, and to the nearest of the others
    strangers    a photo of nobody in the gallery: its distance to each person

Where the samples of the run have been looked at, they are asked about the gallery. Before, and in a run without
samples, the photos of the gallery are: each about the rest of its own person, and as a stranger's photo about all other
people (pipeline/recognise/gallery_threshold.py says why that is fair).
"""

from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np

from pipeline.recognise import rules
from pipeline.recognise.gallery import Snapshot
from siamese_np import metrics
from siamese_np.metrics import Roc
from webapp.explore.thresholds.asked import Samples

MOST = 400  # photos in pairs, which are 80,000 then


@dataclass(frozen=True, eq=False)
class Measured:
    """d (P,), same (P,): the pairs. own, other (n,): known photos, to their own person and to the nearest other one.
    strangers (m, K): to each person. by_samples: the samples were asked, and not the gallery itself."""

    d: np.ndarray
    same: np.ndarray
    own: np.ndarray
    other: np.ndarray
    strangers: np.ndarray
    by_samples: bool

    @cached_property
    def roc(self) -> Roc:
        """The curve of the pairs."""
        return metrics.roc(self.d, self.same)

    @cached_property
    def eer_threshold(self) -> float:
        """The first threshold with FPR not below FNR: the EER lies between it and the one before."""
        return float(self.roc.threshold[np.argmax(self.roc.fpr >= 1 - self.roc.tpr)])

    @cached_property
    def best_balance(self) -> float:
        """The balanced accuracy of the best threshold."""
        return metrics.balanced_accuracy(self.d, self.same, self.roc.threshold_of_best_balance())

    @property
    def nearest(self) -> np.ndarray:
        """(m,): of each stranger the distance to the nearest person."""
        return self.strangers.min(1)

    def rates(self, t: float) -> tuple[float, float]:
        """(FPR, TPR) of the pairs at a threshold: those of the point of the ROC to which it belongs."""
        point = self._point(t)
        return float(self.roc.fpr[point]), float(self.roc.tpr[point])

    def trust(self, t: float, share_same: float | None = None) -> float | None:
        """Of the pairs that are called same, the share that is. share_same: of all pairs, else that at hand."""
        return self.roc.right_among_accepted(self._point(t), self.same.mean() if share_same is None else share_same)

    def share_below(self, t: float) -> float:
        """F(t) of pipeline/recognise/thresholds.py: the share of distances of a stranger to a person below t."""
        return float(np.mean(self.strangers < t))

    def accepted(self, t: float, people: int) -> float:
        """The share of strangers that a gallery of so many of these K people accepts: the mean over all such galleries.

        Of a stranger to whom k of the K are near enough, C(K - k, people) of the C(K, people) galleries hold none of
        the k.
        """
        count = self.strangers.shape[1]
        near = np.sum(self.strangers < t, axis=1).tolist()
        return float(np.mean([1 - comb(count - k, people) / comb(count, people) for k in near]))

    def _point(self, t: float) -> int:
        return int(np.searchsorted(self._values, t, side="left"))  # so many different distances are below t

    @cached_property
    def _values(self) -> np.ndarray:
        return np.unique(self.d)


def measure(snapshot: Snapshot, samples: Samples | None, rule: str, unit_length: bool) -> Measured | None:
    """The distances at hand. None where there are no two people, or nobody has two photos."""
    if samples is not None and not samples.people:
        samples = None  # none of them shows a face
    names = np.array(snapshot.people)
    owners = np.repeat(names, np.diff(np.append(snapshot.starts, len(snapshot.embeddings))))
    z, people = snapshot.embeddings, owners
    if samples is not None:
        z, people = np.concatenate([z, samples.embeddings]), np.append(people, samples.people)
    rows = np.unique(np.linspace(0, len(z) - 1, min(len(z), MOST)).astype(int))
    pairs, same = metrics.all_pairs(people[rows])
    if len(snapshot.people) < 2 or not same.any():
        return None
    d = metrics.pair_distances(z[rows], pairs)
    if samples is not None:
        to_people = np.array([snapshot.distances(one, rule)[0] for one in samples.embeddings])
        is_own = np.array(samples.people)[:, None] == names
        known = is_own.any(1)
        if known.any() and not known.all():
            own, other = to_people[known][is_own[known]], np.where(is_own, np.inf, to_people)[known].min(1)
            return Measured(d, same, own, other, to_people[~known], True)
    return Measured(d, same, *_among(snapshot, rule, unit_length), False)


def _among(snapshot: Snapshot, rule: str, unit_length: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gallery asked about its own photos (MOST of them): own, other, strangers of Measured."""
    count = len(snapshot.embeddings)
    ends = np.append(snapshot.starts[1:], count)
    own, other, strangers = [], [], []
    for row in np.unique(np.linspace(0, count - 1, min(count, MOST)).astype(int)):
        person = int(np.searchsorted(snapshot.starts, row, side="right")) - 1
        first, end = snapshot.starts[person], ends[person]
        to_others = np.delete(snapshot.distances(snapshot.embeddings[row], rule)[0], person)
        strangers.append(to_others)
        if end - first > 1:
            rest = np.delete(snapshot.embeddings[first:end], row - first, axis=0)
            own.append(rules.to_rest(rule, snapshot.embeddings[row], rest, unit_length))
            other.append(to_others.min())
    return np.array(own), np.array(other), np.array(strangers)
