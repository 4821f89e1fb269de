"""Which pairs are worth a step.

Most pairs of different people are soon further apart than the margin and have gradient 0. What teaches are the hard ones:
two photos of one person that are far apart, two people that are near (Schroff et al. 2015; Hermans et al. 2017).

    positive of n = argmax over m != n of the same person of d[n,m]                 (1)
    negative of n = argmin over m of another person of d[n,m]                       (2)
    semi-hard:      argmin over m of another person with d[n,m] > d[n, positive of n]         (3)

With all distances from one matrix product: d^2[n,m] = |z_n|^2 + |z_m|^2 - 2 z_n z_m.  (4)
"""

import numpy as np


def squared_distances(z: np.ndarray) -> np.ndarray:
    """z (N, D) -> squared distances (N, N) by (4), not below 0. Good for ranking; distance.forward is exact near 0."""
    length = np.sum(z * z, axis=1)
    return np.maximum(length[:, None] + length - 2 * (z @ z.T), 0)


def hard_pairs(z: np.ndarray, people: np.ndarray, negatives: str = "hard") -> tuple[np.ndarray, np.ndarray]:
    """For each image of a batch its hardest positive and its hardest (or semi-hard) negative.

    z (N, D), people (N,) -> pairs (P, 2) of row numbers, same (P,) bool. An image that is alone of its person has no
    positive, one without other people no negative. Raises ValueError where no pair is possible.
    """
    if negatives not in ("hard", "semi-hard"):
        raise ValueError(f'negatives are "hard" or "semi-hard", not {negatives!r}')
    d = squared_distances(z)
    of_one = people[:, None] == people
    itself = np.eye(len(z), dtype=bool)
    positive = np.where(of_one & ~itself, d, -np.inf)
    negative = np.where(of_one, np.inf, d)
    hardest_positive = positive.argmax(1)  # (1)
    if negatives == "semi-hard":
        beyond = np.where(d > positive.max(1)[:, None], negative, np.inf)
        # an image whose every negative is nearer than its positive has no semi-hard one: it keeps its hardest
        negative = np.where(np.isfinite(beyond).any(1)[:, None], beyond, negative)  # (3)
    hardest_negative = negative.argmin(1)  # (2)
    rows = np.arange(len(z))
    has_positive = np.isfinite(positive.max(1))
    has_negative = np.isfinite(negative.min(1))
    pairs = np.concatenate(
        [
            np.stack([rows, hardest_positive], 1)[has_positive],
            np.stack([rows, hardest_negative], 1)[has_negative],
        ]
    )
    if not len(pairs):
        raise ValueError("no pairs in this batch: it needs two images of one person, or two people")
    return pairs, np.arange(len(pairs)) < has_positive.sum()


def mined_pairs(
    z: np.ndarray, people: np.ndarray, count: int, rng: np.random.Generator, hardest: float = 0.2
) -> tuple[np.ndarray, np.ndarray]:
    """`count` pairs (half of them same) for the whole training set, drawn from the hardest by the current embeddings.

    Each image in turn is an anchor; its partner is drawn from the `hardest` share of its positives (farthest) and of
    its negatives (nearest). z (N, D), people (N,) -> pairs (count, 2), same (count,) bool.
    """
    d = squared_distances(z)
    _, sizes = np.unique(people, return_counts=True)
    if len(sizes) < 2 or sizes.max() < 2:
        raise ValueError("mining needs two people, and two images of one of them")
    count_same = count - count // 2
    anchors = np.flatnonzero(np.isin(people, np.unique(people)[sizes > 1]))
    pairs = []
    for wanted, anchor_rows, sign in ((count_same, anchors, -1.0), (count // 2, np.arange(len(z)), 1.0)):
        for anchor in np.resize(rng.permutation(anchor_rows), wanted):
            candidates = np.flatnonzero((people == people[anchor]) == (sign < 0))
            candidates = candidates[candidates != anchor]
            pool = max(round(hardest * len(candidates)), 1)
            nearest = candidates[np.argsort(sign * d[anchor, candidates], kind="stable")[:pool]]
            pairs.append((anchor, rng.choice(nearest)))
    return np.array(pairs, np.int32), np.arange(count) < count_same
