"""One photo, its distances to all others, and which of them make its hard pairs."""

import numpy as np

from siamese_np import metrics, mining


def row_of(people: np.ndarray) -> int:
    """The first photo of a person with three photos; with two, where nobody has three. people (N,)."""
    counts = np.bincount(people)[people]
    return int(np.argmax(np.minimum(counts, 3)))


def pairs_of(z: np.ndarray, people: np.ndarray, row: int, margin: float) -> dict:
    """As JSON values: the distances of photo `row` to the others of its person (same) and to all else (different), and
    those of its hardest positive, hardest negative and semi-hard negative (None where there is none).

    embeddings z (N, D), people (N,). beyond: of `different`, how many have no gradient.
    """
    d = metrics.distances_to(z[row].astype(np.float64), z.astype(np.float64))
    own = people == people[row]
    chosen = {}
    for negatives in ("hard", "semi-hard"):
        pairs, same = mining.hard_pairs(z, people, negatives)
        mine = pairs[:, 0] == row
        chosen[negatives] = [float(d[pairs[mine & kind, 1][0]]) for kind in (same, ~same)]
    (positive, negative), (_, semi_hard) = chosen["hard"], chosen["semi-hard"]
    different = np.sort(d[~own])
    return {
        "same": np.sort(d[own & (np.arange(len(z)) != row)]).round(5).tolist(),
        "different": different.round(5).tolist(),
        "positive": positive,
        "negative": negative,
        "semi_hard": semi_hard if semi_hard > positive else None,
        "beyond": int(np.sum(different >= margin)),
    }
