"""Which pairs are worth a step.

Most pairs of different people are soon further apart than the margin and have gradient 0. A network learns from the
hard pairs: two photos of one person (a POSITIVE of each other) that are far apart, and photos of two people (a NEGATIVE
of each other) that are near (Schroff et al. 2015; Hermans et al. 2017). With D[n,m] the squared distance of the
embeddings n and m, a hard pair of image n is made with

    hardest positive     argmax of D[n,m] over m != n of the same person                        (1)
    hardest negative     argmin of D[n,m] over m of another person                              (2)
    semi-hard negative   argmin of D[n,m] over m of another person with D[n,m] > D[n,hardest positive]      (3)

Squared distances have the same order as distances. All of them come from one matrix product:

    D[n,m] = |z_n|^2 + |z_m|^2 - 2 z_n . z_m                                                    (4)
"""

import numpy as np


def squared_distances(z: np.ndarray) -> np.ndarray:
    """embeddings z (N, D) -> squared distances (N, N) by (4), in the dtype of z, not below 0.

    Where two rows are near, (4) loses digits by cancellation. That is good enough for ranking; distance.forward
    does not lose them.
    """
    norms = np.sum(z * z, axis=1)
    return np.maximum(norms[:, None] + norms - 2 * (z @ z.T), 0)


def hard_pairs(z: np.ndarray, people: np.ndarray, negatives: str = "hard") -> tuple[np.ndarray, np.ndarray]:
    """For each image of a batch its hardest positive and its hardest (or semi-hard) negative.

    embeddings z (N, D), people (N,) -> pairs (P, 2) of row numbers, same (P,) bool; same pairs first. A person's only
    image has no positive, and where all images show one person there are no negatives. Raises ValueError for another
    value of `negatives`, and where no pair is possible.
    """
    if negatives not in ("hard", "semi-hard"):
        raise ValueError(f'negatives are "hard" or "semi-hard", not {negatives!r}')
    squared = squared_distances(z)
    same_person = people[:, None] == people
    itself = np.eye(len(z), dtype=bool)
    positive = np.where(same_person & ~itself, squared, -np.inf)
    negative = np.where(same_person, np.inf, squared)
    hardest_positive = positive.argmax(1)  # (1)
    if negatives == "semi-hard":
        beyond = np.where(squared > positive.max(1)[:, None], negative, np.inf)
        # an image whose negatives are all nearer than its positive has no semi-hard one: it keeps its hardest
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

    Each image in turn is an anchor. Its partner is drawn from its hardest positives (the farthest) or its hardest
    negatives (the nearest); `hardest` is the share of all of them that can be drawn. embeddings z (N, D), people (N,)
    -> pairs (count, 2) int32, same (count,) bool; same pairs first. Raises ValueError unless there are two people, and
    two images of one of them.
    """
    squared = squared_distances(z)
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
            hard = candidates[np.argsort(sign * squared[anchor, candidates], kind="stable")[:pool]]
            pairs.append((anchor, rng.choice(hard)))
    return np.array(pairs, np.int32), np.arange(count) < count_same
