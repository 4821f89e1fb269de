"""Cross-validation: how well few people will be recognised, where no photo can be spared for a test.

The people and the photos of each person are dealt into folds. For fold f networks are trained without the people of fold
f, and without the photos of fold f of everybody else. To them the former are strangers, and the latter are new photos of
people they know: both are asked about, against a gallery of the photos that it was trained on. So each photo is once a
stranger's photo, and in all other folds at most once a new one. The final networks train on everything.

The threshold comes from the strangers. Let m_f be the mean distance of the training photos to the other people of the
gallery, and u_f that of the strangers' photos to all people of the gallery. Training pushes apart the people it sees, so
u_f < m_f. Their ratio hardly depends on who was left out: with r its mean over the folds, and m of the final networks,

    v = r m (1 + c q(G))                                                                               (1)

is a threshold for G people, by (2) of pipeline/recognise/gallery_threshold.py, with c that of the space. It is what a few people say who did not
train, so it is drawn towards what the training photos say, by (4) of pipeline/recognise/thresholds.py. The rates are those
of fold f with m_f and the mean of the OTHER folds in place of r: no photo has a say in the threshold it is judged by.

They are rates of fewer networks that trained on fewer photos. The final ensemble is better, by how much is not measured.
"""

import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from pipeline.common import console
from pipeline.pairs import PairData, duplicates
from pipeline.recognise import baselines, gallery_threshold, rules, thresholds
from pipeline.recognise.rates_in_words import rate_of
from pipeline.recognise.recogniser import Recogniser
from pipeline.recognise.spaces import PLAIN, Space
from pipeline.train.recipes import Recipe
from pipeline.train.training import Training
from siamese_np import metrics, threads

FOLDS = 4
LEAST_PEOPLE = 3  # one to leave out, two to be told apart


@dataclass(frozen=True)
class Fold:
    """Rows of the data: train (of own people), new (of the same people), strangers (of the people left out)."""

    train: np.ndarray
    new: np.ndarray
    strangers: np.ndarray


@dataclass(frozen=True)
class Judged:
    """A fold by one rule.

    people       of the gallery
    among, apart     m_f and u_f
    expected     what the training photos say of strangers
    nearest (n,), right (n,) bool   of the new photos: the distance to the nearest person, and whether that is the right one
    strangers (k,)   their distances to the nearest person
    """

    people: int
    among: float
    apart: float
    expected: float
    nearest: np.ndarray
    right: np.ndarray
    strangers: np.ndarray


def folds(data: PairData, seed: int) -> list[Fold]:
    """The folds of the own people of the training part; nearly equal photos are in one fold together.

    Raises ValueError for fewer than LEAST_PEOPLE.
    """
    rows = data.indices("train")
    rows = rows[~data.is_extra[rows]]
    people = np.unique(data.people[rows])
    if len(people) < LEAST_PEOPLE:
        raise ValueError(f"cross-validation needs {LEAST_PEOPLE} people, got {len(people)}")
    rng, count = np.random.default_rng(seed), min(FOLDS, len(people))
    fold_of_person = dict(zip(rng.permutation(people).tolist(), np.arange(len(people)) % count))
    fold_of_photo = np.zeros(len(data.images), int)
    groups = duplicates.find(data.faces).groups
    for person in people:
        own = rows[data.people[rows] == person]
        for number, group in enumerate(rng.permutation(np.unique(groups[own]))):
            fold_of_photo[own[groups[own] == group]] = number % count
    left_out = np.array([fold_of_person[person] for person in data.people[rows].tolist()])
    found = []
    for fold in range(count):
        inside, new = left_out != fold, fold_of_photo[rows] == fold
        train = rows[inside & ~new]
        # somebody with a single photo has none to be recognised by
        known = np.isin(data.people[rows], data.people[train])
        found.append(Fold(train, rows[inside & new & known], rows[~inside]))
    return found


def judge(
    z: np.ndarray, people: np.ndarray, fold: Fold, rule: str, unit_length: bool, space: Space = PLAIN
) -> Judged:
    """The new photos and the strangers of a fold against a gallery of its training photos. z (N, D), people (N,): all."""
    gallery, owners = z[fold.train], people[fold.train]
    known, d_new = rules.gallery_distances(rule, gallery, owners, z[fold.new], unit_length)
    _, d_strangers = rules.gallery_distances(rule, gallery, owners, z[fold.strangers], unit_length)
    return Judged(
        people=len(known),
        among=among_themselves(rule, gallery, owners, unit_length),
        apart=float(d_strangers.mean()),
        expected=thresholds.for_strangers(rule, gallery, owners, unit_length, space=space),
        nearest=d_new.min(1),
        right=metrics.nearest_is_own(d_new, known, people[fold.new]),
        strangers=d_strangers.min(1),
    )


def among_themselves(rule: str, z: np.ndarray, owners: np.ndarray, unit_length: bool) -> float:
    """m: the mean distance of the photos of a gallery to its other people."""
    known, d = rules.gallery_distances(rule, z, owners, z, unit_length)
    return float(d[owners[:, None] != known].mean())


def threshold_of(mean: float, people: int, expected: float, space: Space = PLAIN) -> float:
    """The threshold for a gallery of `people`, strangers having this mean distance; expected: what training photos say."""
    return thresholds.drawn(gallery_threshold.normal(mean, people, space.spread), people, expected, space)  # (1)


def summary(judged: list[Judged], space: Space = PLAIN) -> dict[str, Any]:
    """Over all folds: ratio (r), shares of the new photos (nearest_right, named_right, named_wrong) and strangers_rejected,
    with the number of new and stranger_photos."""
    ratios = np.array([fold.apart / fold.among for fold in judged])
    thresholds_of_folds = [
        threshold_of(np.delete(ratios, f).mean() * fold.among, fold.people, fold.expected, space)
        for f, fold in enumerate(judged)
    ]
    known = np.concatenate([fold.nearest < t for fold, t in zip(judged, thresholds_of_folds)])
    refused = np.concatenate([fold.strangers >= t for fold, t in zip(judged, thresholds_of_folds)])
    right = np.concatenate([fold.right for fold in judged])
    return {
        "ratio": float(ratios.mean()),
        "gallery_size": round(float(np.mean([fold.people for fold in judged]))),
        "new_photos": len(right),
        "stranger_photos": len(refused),
        "nearest_right": float(right.mean()),
        "named_right": float(np.mean(known & right)),
        "named_wrong": float(np.mean(known & ~right)),
        "strangers_rejected": float(refused.mean()),
    }


def cross_validate(data: PairData, recipe: Recipe, seed: int, kernels_name: str) -> dict[str, Any]:
    """Train and judge each fold -> people, folds, and what `summary` says of each rule, and of raw pixels by the mean.

    One network stands for those of the recipe that train on the same people: the leading one, and, where that alone trains on
    extra people (Ensemble), the next one for all others. They train for the fewest steps that the recipe allows.
    """
    parts = folds(data, seed)
    extra = np.flatnonzero(data.is_extra)
    members = [replace(each, steps_between=(each.steps_between[0],) * 2) for each in recipe.members]
    leading = recipe.leading
    stand_ins = [leading]
    if len(extra) and len(members) > 1:
        other = leading + 1 if leading + 1 < len(members) else leading - 1
        stand_ins += [other] * (len(members) - 1)
    trainings: list[dict[int, Training]] = []
    for f, fold in enumerate(parts):
        left = data.dropping(np.concatenate([fold.new, fold.strangers]))
        trainings.append({
            number: Training(left if number == leading else left.dropping(extra), members[number], [seed, 100 + f, number],
                             kernels_name)
            for number in set(stand_ins)
        })  # fmt: skip
    works = [training for of_fold in trainings for training in of_fold.values()]
    console.say(f"cross-validation: {len(works)} networks, each without some of the people and without some photos")
    stop = threading.Event()
    with console.progress(None, "cross-validation", sum(training.epochs for training in works)) as bar:
        threads.side_by_side([partial(_train, training, bar, stop) for training in works], stop)
    judged: dict[str, list[Judged]] = {rule: [] for rule in rules.RULES}
    pixels, raw = baselines.raw_pixels(data.images[:, 0]), []
    views = tuple(members[number].preprocessing for number in stand_ins)
    for of_fold, fold in zip(trainings, parts):
        towers = tuple(of_fold[number].trained() for number in stand_ins)
        recogniser = Recogniser(towers, views[0], {}, "", {}, views, recipe.mirror)
        asked = np.concatenate([fold.train, fold.new, fold.strangers])
        known = None if data.landmarks is None else data.landmarks[asked]
        found = recogniser.embed(data.images[asked, 0], known)
        z = np.zeros((len(data.images), found.shape[1]))
        z[asked] = found
        for rule in rules.RULES:
            judged[rule].append(judge(z, data.people, fold, rule, recogniser.unit_length, recogniser.space))
        raw.append(judge(pixels, data.people, fold, "mean", False))
    own = data.indices("train")
    return {
        "folds": len(parts),
        "people": len(np.unique(data.people[own[~data.is_extra[own]]])),
        "rules": {rule: summary(found, recogniser.space) for rule, found in judged.items()},
        "raw_pixels": summary(raw),
    }


def entry(found: dict[str, Any], rule: str, z: np.ndarray, people: np.ndarray, recogniser: Recogniser) -> dict[str, Any]:
    """The threshold of a rule for the final networks, as thresholds.choose gives one. z (N, D), people (N,): all photos."""
    rates, unit_length, space = found["rules"][rule], recogniser.unit_length, recogniser.space
    mean = rates["ratio"] * among_themselves(rule, z, people, unit_length)
    expected = thresholds.for_strangers(rule, z, people, unit_length, space=space)
    far, frr = 1 - rates["strangers_rejected"], 1 - rates["named_right"] - rates["named_wrong"]
    return {
        "threshold": threshold_of(mean, found["people"], expected, space),
        "gallery_size": rates["gallery_size"],
        **rate_of("far", far, found["people"], True),
        **rate_of("frr", frr, found["people"], True),
        "people": found["people"],
        "photos": rates["stranger_photos"],
    }


def _train(training: Training, bar, stop: threading.Event) -> None:
    while not training.finished():
        training.epoch(stop)
        bar.update()
