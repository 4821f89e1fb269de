"""Random galleries of two thirds of the people; the other people are strangers, the other photos of the known are new.

A threshold of the program is held against the best possible one. That is a fixed threshold for all galleries that accepts
exactly as many strangers, found by looking at the strangers, which nobody can do in use.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.recognise import gallery_threshold, rules, thresholds
from pipeline.recognise.recogniser import Recogniser
from siamese_np import metrics

GALLERIES = 200
ThresholdOf = Callable[[np.ndarray, np.ndarray], float]  # embeddings and owners of a gallery -> threshold


def threshold_for(recogniser: Recogniser, names: tuple[str, ...], rule: str) -> ThresholdOf:
    """The threshold that a prediction would use for a gallery."""

    def threshold_of(z: np.ndarray, owners: np.ndarray) -> float:
        snapshot = gallery_threshold.snapshot_of(z, owners, names, recogniser.unit_length)
        return thresholds.for_gallery(recogniser, snapshot, rule)["threshold"]

    return threshold_of


def figures(
    z: np.ndarray, people: np.ndarray, threshold_of: ThresholdOf, shots: int = 3, share: float = 2 / 3,
    rule: str = rules.DEFAULT, unit_length: bool = True, seed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Percentages over GALLERIES random galleries: strangers_unknown, far_measured, named_right, named_wrong,
    nearest_right, best_named_right at the same far, and share_of_best (named_right as a share of that)."""
    rng = np.random.default_rng(seed)
    able = np.flatnonzero(np.bincount(people) > shots)
    size = round(share * len(np.unique(people)))
    nearest_known, right, known_thresholds, nearest_strange, strange_thresholds = [], [], [], [], []
    for _ in range(GALLERIES):
        inside = np.isin(people, rng.permutation(able)[:size])
        enrolled = np.zeros(len(people), bool)
        enrolled[inside] = metrics.draw_gallery(people[inside], shots, rng)
        gallery, owners = z[enrolled], people[enrolled]
        known, d = rules.gallery_distances(rule, gallery, owners, z[inside & ~enrolled], unit_length)
        _, d_strangers = rules.gallery_distances(rule, gallery, owners, z[~inside], unit_length)
        t = threshold_of(gallery, owners)
        nearest_known.append(d.min(1))
        right.append(metrics.nearest_is_own(d, known, people[inside & ~enrolled]))
        nearest_strange.append(d_strangers.min(1))
        known_thresholds.append(np.full(len(d), t))
        strange_thresholds.append(np.full(len(d_strangers), t))
    own, own_thresholds, is_right = map(np.concatenate, (nearest_known, known_thresholds, right))
    strange = np.concatenate(nearest_strange)
    far = float(np.mean(strange < np.concatenate(strange_thresholds)))
    named = float(np.mean((own < own_thresholds) & is_right))
    best = named_right_at(own, is_right, strange, far)
    return {
        "people": len(np.unique(people)),
        "enrolled_people": size,
        "shots": shots,
        "nearest_right": percent(is_right.mean()),
        "strangers_unknown": percent(1 - far),
        "far_promised": percent(thresholds.FAR),
        "far_measured": percent(far),
        "named_right": percent(named),
        "named_wrong": percent(np.mean((own < own_thresholds) & ~is_right)),
        "best_named_right": percent(best),
        "share_of_best": percent(named / best) if best else None,
    }


def named_right_at(nearest: np.ndarray, right: np.ndarray, strangers: np.ndarray, far: float) -> float:
    """The share of photos named right by the threshold that accepts the share `far` of strangers."""
    return float(np.mean((nearest < np.quantile(strangers, far)) & right))


def pairs_and_shots(z: np.ndarray, people: np.ndarray, unit_length: bool) -> dict[str, float]:
    """EER of all pairs, 1-shot among all people, in percent."""
    rows, same = metrics.all_pairs(people)
    shots = metrics.few_shot(z, people, 1, GALLERIES, np.random.default_rng(0), unit_length)
    return {"one_shot": percent(shots.mean()), "eer": percent(metrics.roc(metrics.pair_distances(z, rows), same).eer)}


def one_shot_of(z: np.ndarray, people: np.ndarray, count: int, unit_length: bool, draws: int = 40) -> float:
    """1-shot among `count` random people, in percent: the mean over so many draws of them."""
    rng, shots = np.random.default_rng(0), []
    for _ in range(draws):
        asked = np.isin(people, rng.permutation(np.unique(people))[:count])
        shots.append(metrics.few_shot(z[asked], people[asked], 1, 20, rng, unit_length).mean())
    return percent(np.mean(shots))


def percent(share: float) -> float:
    return round(100 * float(share), 1)
