"""How good distances and embeddings are, without a word on how they were made.

Pairs. A threshold t calls a pair "same" where d < t. Over all pairs that gives

    TPR(t) = share of the same pairs that are called same       (true positive rate, also TAR)          (1)
    FPR(t) = share of the different pairs that are called same  (false positive rate, also FAR)         (2)

ROC is the curve (FPR, TPR) over all t; AUC the area under it, which is the probability that a random same pair is nearer
than a random different pair; EER the error where both kinds are equally frequent, FPR = 1 - TPR.

People. k photos of each person are the gallery, the other photos are probes: N-way k-shot accuracy is the share of
probes whose nearest person is their own. A tie is wrong. Nothing here returns NaN: what can't be computed is an error.
"""

from dataclasses import dataclass

import numpy as np

from siamese_np.losses import check_same


@dataclass(frozen=True)
class Roc:
    """The ROC curve from (0, 0) to (1, 1): at threshold[i], the smallest d not called same, the rates are fpr[i], tpr[i]."""

    fpr: np.ndarray
    tpr: np.ndarray
    threshold: np.ndarray

    @property
    def auc(self) -> float:
        """Area under the curve; equal distances of a same and a different pair count half."""
        return float(np.sum(np.diff(self.fpr) * (self.tpr[1:] + self.tpr[:-1]) / 2))

    @property
    def eer(self) -> float:
        """The error rate where FPR = 1 - TPR, interpolated between the two points beside it."""
        gap = self.fpr - (1 - self.tpr)  # rises from -1 to 1
        i = int(np.argmax(gap >= 0))
        share = -gap[i - 1] / (gap[i] - gap[i - 1])
        return float(self.fpr[i - 1] + share * (self.fpr[i] - self.fpr[i - 1]))

    def tar_at_far(self, far: float) -> float:
        """The largest TPR with FPR at most `far`."""
        return float(self.tpr[self.fpr <= far].max())

    def threshold_at_far(self, far: float) -> float:
        """The threshold that accepts most same pairs with FPR at most `far`."""
        return float(self.threshold[np.flatnonzero(self.fpr <= far)[-1]])

    def threshold_of_best_balance(self) -> float:
        """The threshold of the largest balanced accuracy (TPR + 1 - FPR) / 2; of equals the smallest."""
        return float(self.threshold[np.argmax(self.tpr - self.fpr)])


def roc(d: np.ndarray, same: np.ndarray) -> Roc:
    """distances (P,), same (P,) bool -> the curve with one point for each different distance.

    Thresholds lie midway between neighbouring distances. Raises ValueError where a kind of pair is missing or a distance
    is not finite.
    """
    check_same(d, same)
    if same.all() or not same.any():
        raise ValueError("a ROC needs same and different pairs")
    if not np.isfinite(d).all():
        raise ValueError("a distance is not finite")
    order = np.argsort(d, kind="stable")
    d, same = d[order], same[order]
    last_of_its_value = np.append(np.diff(d) > 0, True)
    tpr = np.append(0.0, (np.cumsum(same) / same.sum())[last_of_its_value])  # (1)
    fpr = np.append(0.0, (np.cumsum(~same) / (~same).sum())[last_of_its_value])  # (2)
    values = d[last_of_its_value]
    between = (values[1:] + values[:-1]) / 2
    between = np.where(between > values[:-1], between, values[1:])  # where no number lies between: the upper one
    return Roc(fpr, tpr, np.concatenate([values[:1] / 2, between, np.nextafter(values[-1:], np.inf)]))


def balanced_accuracy(d: np.ndarray, same: np.ndarray, threshold: float) -> float:
    """Mean of the accuracies on same and on different pairs: 0.5 for a constant answer, however the kinds are mixed."""
    check_same(d, same)
    if same.all() or not same.any():
        raise ValueError("balanced accuracy needs same and different pairs")
    return float((np.mean(d[same] < threshold) + np.mean(d[~same] >= threshold)) / 2)


def all_pairs(people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """people (N,) -> every pair i < j once: pairs (N (N - 1) / 2, 2) and same."""
    pairs = np.stack(np.triu_indices(len(people), 1), axis=1)
    return pairs, people[pairs[:, 0]] == people[pairs[:, 1]]


def cross_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a (N, D), b (M, D) -> Euclidean distances (N, M), in double precision so that near rows keep their order."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    squared = np.sum(a * a, 1)[:, None] + np.sum(b * b, 1) - 2 * (a @ b.T)
    return np.sqrt(np.maximum(squared, 0))


def distances_to(probe: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """probe (D,), rows (N, D) -> Euclidean distances (N,)."""
    away = rows - probe
    return np.sqrt(np.einsum("nd,nd->n", away, away))


def pair_distances(z: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """z (N, D), pairs (P, 2) of its rows -> distances (P,). Meant for most of all N^2 / 2 pairs: they are one product."""
    return cross_distances(z, z)[pairs[:, 0], pairs[:, 1]]


def mean_embeddings(z: np.ndarray, people: np.ndarray, unit_length: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """z (N, D), people (N,) -> the different people (K,) in rising order and the mean embedding of each (K, D).

    unit_length: scale each mean back to length 1, where embeddings live on the sphere.
    """
    order = np.argsort(people, kind="stable")
    known, starts, counts = np.unique(people[order], return_index=True, return_counts=True)
    means = np.add.reduceat(z[order], starts) / counts[:, None].astype(z.dtype)
    if unit_length:
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return known, means


def nearest_is_own(distances: np.ndarray, gallery_people: np.ndarray, probe_people: np.ndarray) -> np.ndarray:
    """distances (probes, gallery) -> (probes,) bool: own person strictly nearer than every other. A tie is wrong."""
    own = probe_people[:, None] == gallery_people
    return np.where(own, distances, np.inf).min(1) < np.where(own, np.inf, distances).min(1)


def draw_gallery(people: np.ndarray, shots: int, rng: np.random.Generator) -> np.ndarray:
    """(N,) bool: `shots` random photos of each person. Raises ValueError for a person with fewer."""
    chosen = np.zeros(len(people), bool)
    for person in np.unique(people):
        own = np.flatnonzero(people == person)
        if len(own) < shots:
            raise ValueError(f"a gallery of {shots} photos a person: person {person} has only {len(own)}")
        chosen[rng.choice(own, shots, replace=False)] = True
    return chosen


def few_shot(
    z: np.ndarray, people: np.ndarray, shots: int, rounds: int, rng: np.random.Generator, unit_length: bool = True
) -> np.ndarray:
    """N-way k-shot accuracy of each of `rounds` random galleries (rounds,). N is all people in `people`.

    With several shots a person is the mean of them (see mean_embeddings). Raises ValueError for a person without a photo
    left to ask about.
    """
    least = np.unique(people, return_counts=True)[1].min()
    if least <= shots:
        raise ValueError(f"{shots}-shot needs more than {shots} photos of each person, one has {least}")
    scores = np.empty(rounds)
    for r in range(rounds):
        gallery = draw_gallery(people, shots, rng)
        known, means = mean_embeddings(z[gallery], people[gallery], unit_length and shots > 1)
        scores[r] = nearest_is_own(cross_distances(z[~gallery], means), known, people[~gallery]).mean()
    return scores


def confusion_matrix(truth: np.ndarray, answer: np.ndarray, classes: int) -> np.ndarray:
    """truth, answer (N,) of 0 .. classes-1 -> counts (classes, classes): row the truth, column the answer."""
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (truth, answer), 1)
    return counts
