"""Where "the same person" ends: the distance beyond which the answer is "unknown".

A threshold t is chosen by asking about photos that the network was not trained on (the validation part), by the very
rule that will use it:

    pair      two photos, one distance
    mean      a probe against the mean embedding of each person of a gallery
    nearest   a probe against every photo of each person of a gallery

The gallery rules are rehearsed: of each person, training people included, random photos are enrolled; the other
validation photos are probes. With F(t) the share of distances between a probe and ANOTHER person that lie below t, a
stranger is accepted by a gallery of G people where the nearest of G such distances lies below t. Taking them for
independent,

    FAR(t) = 1 - (1 - F(t))^G                                                       (1)
    FRR(t) = share of probes whose distance to their own person is not below t      (2)

So a threshold that is right for 10 people is too generous for 1,000: G is stored beside it.
"""

from typing import Any

import numpy as np

from siamese_np import metrics

RULES = ("mean", "nearest")
GALLERY_SIZE = 10  # G in (1)
FAR = 0.05  # the share of strangers that a gallery rule may accept
SHOTS = 5  # photos a person in the rehearsed galleries, where there are so many
ROUNDS = 50


def gallery_distances(
    rule: str, z_gallery: np.ndarray, people: np.ndarray, z_probes: np.ndarray, unit_length: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """The different people of a gallery (K,), and the distance of each probe to each of them (probes, K) by a rule."""
    known, means = metrics.mean_embeddings(z_gallery, people, unit_length)
    if rule == "mean":
        return known, metrics.cross_distances(z_probes, means)
    to_photos = metrics.cross_distances(z_probes, z_gallery)
    return known, np.stack([to_photos[:, people == person].min(1) for person in known], axis=1)


def choose(
    z: np.ndarray, people: np.ndarray, asked: np.ndarray, unit_length: bool = True, seed: int = 0
) -> dict[str, dict[str, Any]]:
    """For each rule {threshold, far, frr, gallery_size}.

    z (N, D), people (N,): validation and training photos; asked (N,) bool: the validation photos, which alone are
    probes (a pair has at least one of them). `pair` gets the threshold of the best balanced accuracy (its gallery_size
    is 1), the gallery rules the largest with FAR at most 5 %. Raises ValueError without same and different pairs.
    """
    pairs, same = metrics.all_pairs(people)
    counts = asked[pairs].any(1)
    pairs, same = pairs[counts], same[counts]
    curve = metrics.roc(metrics.pair_distances(z, pairs), same)
    best = int(np.argmax(curve.tpr - curve.fpr))
    chosen = {"pair": _entry(curve, best, curve.fpr[best], 1)}
    for rule in RULES:
        curve = metrics.roc(*_rehearse(rule, z, people, asked, np.random.default_rng(seed), unit_length))
        far = 1 - (1 - curve.fpr) ** GALLERY_SIZE  # (1)
        at = int(np.flatnonzero(far <= FAR)[-1])
        chosen[rule] = _entry(curve, at, far[at], GALLERY_SIZE)
    return chosen


def _rehearse(
    rule: str, z: np.ndarray, people: np.ndarray, asked: np.ndarray, rng: np.random.Generator, unit_length: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Distances of probes to people over random galleries, and whether it is their own person."""
    everyone, counts = np.unique(people, return_counts=True)
    several = np.isin(people, everyone[counts > 1])  # who has a single photo can only be a stranger
    shots = min(SHOTS, int(counts[counts > 1].min()) - 1)
    distances, own = [], []
    for _ in range(ROUNDS):
        enrolled = np.zeros(len(people), bool)
        enrolled[several] = metrics.draw_gallery(people[several], shots, rng)
        probes = asked & ~enrolled
        known, d = gallery_distances(rule, z[enrolled], people[enrolled], z[probes], unit_length)
        distances.append(d.ravel())
        own.append((people[probes][:, None] == known).ravel())
    return np.concatenate(distances), np.concatenate(own)


def _entry(curve: metrics.Roc, at: int, far: float, gallery_size: int) -> dict[str, Any]:
    return {
        "threshold": float(curve.threshold[at]),
        "far": float(far),
        "frr": float(1 - curve.tpr[at]),  # (2)
        "gallery_size": gallery_size,
    }
