"""How good distances and embeddings are, whatever made them.

Pairs. A threshold t calls a pair "same" where d < t. Over all pairs that gives

    TPR(t) = share of the same pairs that are called same       (true positive, or true accept rate, TAR)       (1)
    FPR(t) = share of the different pairs that are called same  (false positive, or false accept rate, FAR)     (2)
    FNR(t) = 1 - TPR(t)                                         (false negative, or false reject rate, FRR)     (3)

ROC (receiver operating characteristic) is the curve (FPR, TPR) over all t. AUC is the area under it, which is the
probability that a random same pair is nearer than a random different pair. Only the order of the distances counts.

EER, the equal error rate, is the value of both at the t where FPR = FNR. The curve jumps from point i - 1 to point i
over the place where they meet. So both are taken to be straight lines between these two points:

    gap[i] = FPR[i] - FNR[i]         which rises from -1 to 1
    EER = FPR[i-1] + (FPR[i] - FPR[i-1]) * -gap[i-1] / (gap[i] - gap[i-1])                                      (4)

The numbers of errors are equal there only if both kinds of pair are equally frequent. The share of right answers says
little where one kind is rare: with few same pairs, to call every pair "different" is nearly always right. The balanced
accuracy is the mean of the accuracies on same and on different pairs, and such an answer has 1/2:

    balanced(t) = (TPR(t) + 1 - FPR(t)) / 2                                                                     (5)

How far the answer "same" can be trusted does depend on the share q of the same pairs among all pairs, the base rate:

    share of same pairs among those called same = q TPR(t) / (q TPR(t) + (1 - q) FPR(t))                        (6)

Where q is small, most of these pairs are different ones, even if FPR is small.

People. k photos of each of N people are the gallery, and their other photos are the probes. The N-way k-shot accuracy
is the share of probes whose nearest person is the right one. A tie counts as wrong.

No function returns NaN: what cannot be computed raises ValueError.
"""

from dataclasses import dataclass

import numpy as np

from siamese_np.losses import check_same


@dataclass(frozen=True)
class Roc:
    """The ROC curve from (0, 0) to (1, 1): float64 arrays (K + 1,) for K different distances. fpr and tpr never fall.

    threshold[i] has the rates fpr[i] and tpr[i]. It lies between the largest distance that is called same and the
    smallest that is not.
    """

    fpr: np.ndarray
    tpr: np.ndarray
    threshold: np.ndarray

    @property
    def auc(self) -> float:
        """Area under the curve. A same pair and a different pair of equal distance count half."""
        return float(np.sum(np.diff(self.fpr) * (self.tpr[1:] + self.tpr[:-1]) / 2))

    @property
    def eer(self) -> float:
        """The rate where FPR = FNR, interpolated linearly between the two neighbouring points of the curve."""
        gap = self.fpr - (1 - self.tpr)
        i = int(np.argmax(gap >= 0))
        share = -gap[i - 1] / (gap[i] - gap[i - 1])
        return float(self.fpr[i - 1] + share * (self.fpr[i] - self.fpr[i - 1]))  # (4)

    def tar_at_far(self, far: float) -> float:
        """The largest TPR with FPR at most `far`."""
        return float(self.tpr[self.fpr <= far].max())

    def threshold_at_far(self, far: float) -> float:
        """The threshold with the largest TPR among those with FPR at most `far`."""
        return float(self.threshold[np.flatnonzero(self.fpr <= far)[-1]])

    def threshold_of_best_balance(self) -> float:
        """The threshold with the largest balanced accuracy, (5); of several, the smallest."""
        return float(self.threshold[np.argmax(self.tpr - self.fpr)])

    def right_among_accepted(self, point: int, share_same: float) -> float | None:
        """The share of same pairs among those that are called same at one point of the curve, where a share
        `share_same` of all pairs is same. None where no pair is called same."""
        right, wrong = share_same * self.tpr[point], (1 - share_same) * self.fpr[point]
        return float(right / (right + wrong)) if right + wrong > 0 else None  # (6)


def roc(d: np.ndarray, same: np.ndarray) -> Roc:
    """distances d (P,), same (P,) bool -> the curve: the point (0, 0), and one point per different distance.

    Thresholds lie midway between neighbouring distances; the first is half of the smallest distance, the last just
    above the largest. Raises TypeError unless `same` is bool, ValueError where a kind of pair is missing or a distance
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
    between = np.where(between > values[:-1], between, values[1:])  # the upper where no number lies between
    return Roc(fpr, tpr, np.concatenate([values[:1] / 2, between, np.nextafter(values[-1:], np.inf)]))


def balanced_accuracy(d: np.ndarray, same: np.ndarray, threshold: float) -> float:
    """d (P,), same (P,) bool -> mean of the accuracies on same and on different pairs.

    Raises TypeError unless `same` is bool, ValueError where a kind of pair is missing.
    """
    check_same(d, same)
    if same.all() or not same.any():
        raise ValueError("balanced accuracy needs same and different pairs")
    return float((np.mean(d[same] < threshold) + np.mean(d[~same] >= threshold)) / 2)  # (5)


def all_pairs(people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """people (N,) -> every pair i < j once: pairs (N (N - 1) / 2, 2) int and same (N (N - 1) / 2,) bool."""
    pairs = np.stack(np.triu_indices(len(people), 1), axis=1)
    return pairs, people[pairs[:, 0]] == people[pairs[:, 1]]


def cross_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a (N, D), b (M, D) -> Euclidean distances (N, M), float64 so that near rows keep their order.

    sum (a - b)^2 = sum a^2 + sum b^2 - 2 sum a b, where the last sum is one matrix product.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    squared = np.sum(a * a, 1)[:, None] + np.sum(b * b, 1) - 2 * (a @ b.T)
    return np.sqrt(np.maximum(squared, 0))


def distances_to(probe: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """probe (D,), rows (N, D) -> Euclidean distances (N,), in their dtype. Equal rows have distance exactly 0."""
    difference = rows - probe
    return np.sqrt(np.einsum("nd,nd->n", difference, difference))


def pair_distances(z: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """embeddings z (N, D), pairs (P, 2) of row numbers -> distances (P,), float64.

    All N^2 distances are computed in one product, which pays where P is a large part of N^2.
    """
    return cross_distances(z, z)[pairs[:, 0], pairs[:, 1]]


def mean_embeddings(z: np.ndarray, people: np.ndarray, unit_length: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """embeddings z (N, D), people (N,) -> the K different people (K,), sorted, and their mean embeddings
    (K, D).

    unit_length: scale each mean back to length 1, for embeddings on the unit sphere. A mean of 0 stays 0.
    """
    order = np.argsort(people, kind="stable")
    known, starts, counts = np.unique(people[order], return_index=True, return_counts=True)
    means = np.add.reduceat(z[order], starts) / counts[:, None].astype(z.dtype)
    if unit_length:
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return known, means


def nearest_is_own(distances: np.ndarray, gallery_people: np.ndarray, probe_people: np.ndarray) -> np.ndarray:
    """distances (probes, gallery), people of the gallery (gallery,) and of the probes (probes,) -> (probes,) bool:
    whether the probe's person is strictly nearer than every other person. A tie is False."""
    right = probe_people[:, None] == gallery_people
    return np.where(right, distances, np.inf).min(1) < np.where(right, np.inf, distances).min(1)


def draw_gallery(people: np.ndarray, shots: int, rng: np.random.Generator) -> np.ndarray:
    """people (N,) -> (N,) bool: `shots` random photos of each person. Raises ValueError for a person with fewer."""
    chosen = np.zeros(len(people), bool)
    for person in np.unique(people):
        photos = np.flatnonzero(people == person)
        if len(photos) < shots:
            raise ValueError(f"a gallery of {shots} photos per person: person {person} has only {len(photos)}")
        chosen[rng.choice(photos, shots, replace=False)] = True
    return chosen


def few_shot(
    z: np.ndarray, people: np.ndarray, shots: int, rounds: int, rng: np.random.Generator, unit_length: bool = True
) -> np.ndarray:
    """embeddings z (N, D), people (N,) -> the accuracy (rounds,) of each of `rounds` random galleries with `shots`
    photos per person. All people are in the gallery.

    With several shots a person is represented by their mean (mean_embeddings). Raises ValueError unless every person
    has more than `shots` photos, since the others are the probes.
    """
    least = np.unique(people, return_counts=True)[1].min()
    if least <= shots:
        raise ValueError(f"{shots}-shot needs more than {shots} photos of each person, one has {least}")
    accuracies = np.empty(rounds)
    for r in range(rounds):
        gallery = draw_gallery(people, shots, rng)
        known, means = mean_embeddings(z[gallery], people[gallery], unit_length and shots > 1)
        accuracies[r] = nearest_is_own(cross_distances(z[~gallery], means), known, people[~gallery]).mean()
    return accuracies


def confusion_matrix(truth: np.ndarray, answer: np.ndarray, classes: int) -> np.ndarray:
    """truth, answer (N,) of 0 .. classes-1 -> counts (classes, classes), int64: row the truth, column the answer."""
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (truth, answer), 1)
    return counts
