"""Evaluate: a report card on photos that the training never saw, beside simpler methods and chance.

The split decides which of two protocols is used:

    unseen people   no person of the test part was trained on. Can the network tell these people apart (k-shot)? Does it
                    judge pairs right (AUC, EER, TAR at FAR 1 %, balanced accuracy)? Does a gallery of some of them accept
                    its own people and reject the others?
    known people    new photos of the people that the network was trained on are compared with their training photos.

Every threshold comes from validation and training photos (thresholds.py); test photos are probes, or in the gallery.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.common import sealed
from pipeline.common.errors import JobError
from pipeline.evaluate import pictures
from pipeline.evaluate.roles import Roles, open_set_roles
from pipeline.pairs import PairData, fingerprint
from pipeline.recognise import baselines, gallery_threshold, rules, thresholds
from pipeline.recognise.recogniser import Recogniser
from siamese_np import metrics

FORMAT = 2  # of report.json
ROUNDS = 200  # random galleries over which a figure is the mean


def evaluate(recogniser: Recogniser, data: PairData, seed: int = 0, album: Path | None = None) -> dict[str, Any]:
    """The report card as a dict: "protocol", and "results" -> method -> metric -> "mean" and "spread", in percent.

    The methods are ours, raw_pixels, eigenfaces, fisherfaces and chance. The spread is the standard deviation over random
    galleries, and 0 where nothing is random. album: a folder for the pictures, whose names the report then has. Raises
    JobError where the test part can't be judged, or where the model was trained on other pairs and may know the photos.
    """
    if recogniser.extra["settings"]["data"] != fingerprint(data):
        raise JobError("the model was not trained on these pairs, so nobody can tell which of these photos it knows: "
                       "choose the --pairs that it was trained on")  # fmt: skip
    test = np.flatnonzero(data.part == "test")
    people, trained = data.people[test], data.people[gallery_rows(data)]
    if len(np.unique(people)) < 2:
        raise JobError("the test part has fewer than 2 people: make the pairs again with --test 2 or more")
    unseen = not np.isin(people, trained).any()
    if not unseen and not np.isin(people, trained).all():
        untrained = ", ".join(data.names[person] for person in np.setdiff1d(people, trained)[:5])
        raise JobError(f"some test people were trained on and some not ({untrained}): split by person, or by image with "
                       "training photos of everybody")  # fmt: skip
    judge = unseen_people if unseen else _known_people
    roles = open_set_roles(data, seed) if unseen else None
    z = recogniser.embed(data.images[:, 0], data.landmarks).astype(np.float64)
    chosen = for_roles(recogniser, z, data, roles)
    ours = judge(z, data, chosen, roles, recogniser.unit_length, seed)
    others = _baselines(data)
    theirs = {
        name: judge(vectors, data, _thresholds_of(vectors, data, unit), roles, unit, seed)
        for name, vectors, unit in others
    }
    candidates = len(np.unique(people if unseen else trained))
    report = {
        "protocol": "unseen people" if unseen else "known people",
        "preset": recogniser.extra["settings"]["preset"],
        "people": len(np.unique(people)),
        "photos": len(test),
        "seconds": recogniser.extra["seconds"],
        "parameters": recogniser.extra["parameters"],
        "thresholds": chosen,
        "thresholds_chosen_on": recogniser.extra["thresholds_chosen_on"],
        "open_set": roles and roles.counts(data),
        "results": {"ours": ours, **theirs, "chance": chance(ours, candidates)},
    }
    if album:
        vectors = {"ours": z} | {name: vectors for name, vectors, _ in others}
        gallery = None if unseen else gallery_rows(data)
        judged = pictures.Judged(data, vectors, chosen, recogniser.unit_length, roles, gallery)
        report["pictures"] = pictures.write(album, judged)
    return report


def chance(metrics_measured: Iterable[str], candidates: int) -> dict[str, dict[str, float]]:
    """What guessing gives for each metric, among so many people."""
    guesses = {"auc": 50, "eer": 50, "tar_at_far_1": 1, "balanced_accuracy": 50}
    guesses |= dict.fromkeys(("one_shot", "five_shot", "mean_gallery", "nearest_photo"), 100 / candidates)
    return {metric: figure([guesses[metric]]) for metric in metrics_measured if metric in guesses}


def for_roles(recogniser: Recogniser, z: np.ndarray, data: PairData, roles: Roles | None) -> dict[str, dict[str, Any]]:
    """The thresholds of the model; where there are roles, with `mean` as a prediction has it for the enrolled people."""
    if not roles:
        return recogniser.thresholds
    # the roles are of unseen people, even where somebody who trained has the same name
    names = [f"unseen/{name}" for name in data.names]
    enrolled = gallery_threshold.snapshot_of(z[roles.enrolled], data.people[roles.enrolled], names, recogniser.unit_length)
    return {**recogniser.thresholds, rules.DEFAULT: thresholds.for_gallery(recogniser, enrolled, rules.DEFAULT)}


def gallery_rows(data: PairData) -> np.ndarray:
    """The rows of the training photos, without those of extra people, who are in no gallery."""
    rows = data.indices("train")
    return rows[~data.is_extra[rows]]


def _baselines(data: PairData) -> list[tuple[str, np.ndarray, bool]]:
    """For each simpler method: its name, its vectors (N, F), and whether they have length 1."""
    pixels, rows = baselines.raw_pixels(data.images[:, 0]), gallery_rows(data)
    return [
        ("raw_pixels", pixels, False),
        ("eigenfaces", baselines.eigenfaces(pixels, rows), True),
        ("fisherfaces", baselines.fisherfaces(pixels, rows, data.people), True),
    ]


def _thresholds_of(z: np.ndarray, data: PairData, unit: bool) -> dict[str, dict[str, Any]]:
    """Thresholds for the vectors of a simpler method, chosen as for a model."""
    rows = np.isin(data.part, ("train", "val")) & ~data.is_extra
    probes = data.part[rows] == ("val" if (data.part == "val").any() else "train")
    return thresholds.choose(z[rows], data.people[rows], probes, unit)


def unseen_people(
    z: np.ndarray, data: PairData, chosen: dict | None, roles: Roles | None, unit: bool, seed: int
) -> dict[str, Any]:
    """Metric -> figure on the test part. chosen: thresholds of the rules; None leaves out what needs one."""
    test = np.flatnonzero(data.part == "test")
    people, rng = data.people[test], np.random.default_rng(seed)
    found = _k_shot(z[test], people, unit, rng)
    rows, same = metrics.all_pairs(people)
    d = metrics.pair_distances(z[test], rows)
    curve = metrics.roc(d, same)
    found |= {"auc": figure([100 * curve.auc]), "eer": figure([100 * curve.eer]),
              "tar_at_far_1": figure([100 * curve.tar_at_far(0.01)])}  # fmt: skip
    if chosen:
        right = metrics.balanced_accuracy(d, same, chosen["pair"]["threshold"])
        found["balanced_accuracy"] = figure([100 * right])
    if chosen and roles:
        threshold = chosen[rules.DEFAULT]["threshold"]
        gallery, owners = z[roles.enrolled], data.people[roles.enrolled]
        known, d_known = rules.gallery_distances(rules.DEFAULT, gallery, owners, z[roles.known], unit)
        _, d_strangers = rules.gallery_distances(rules.DEFAULT, gallery, owners, z[roles.strangers], unit)
        accepted = d_known.min(1) < threshold
        named = accepted & metrics.nearest_is_own(d_known, known, data.people[roles.known])
        found["known_accepted"] = figure([100 * accepted.mean()])
        found["known_named_right"] = figure([100 * named.mean()])
        found["strangers_rejected"] = figure([100 * np.mean(d_strangers.min(1) >= threshold)])
    return found


def _known_people(
    z: np.ndarray, data: PairData, chosen: dict, roles: Roles | None, unit: bool, seed: int
) -> dict[str, Any]:
    train, test = gallery_rows(data), data.indices("test")
    rng, people, owners = np.random.default_rng(seed), data.people[test], data.people[train]
    accuracies = []
    for _ in range(ROUNDS):
        one_each = metrics.draw_gallery(owners, 1, rng)
        d = metrics.cross_distances(z[test], z[train][one_each])
        accuracies.append(100 * metrics.nearest_is_own(d, owners[one_each], people).mean())
    known, d = rules.gallery_distances("mean", z[train], owners, z[test], unit)
    to_means = metrics.nearest_is_own(d, known, people)
    _, d = rules.gallery_distances(rules.DEFAULT, z[train], owners, z[test], unit)
    accepted, right = d.min(1) < chosen[rules.DEFAULT]["threshold"], metrics.nearest_is_own(d, known, people)
    to_photos = metrics.nearest_is_own(metrics.cross_distances(z[test], z[train]), owners, people)
    shares = {"mean_gallery": to_means, "nearest_photo": to_photos, "known_accepted": accepted,
              "known_named_right": accepted & right}  # fmt: skip
    return {"one_shot": figure(accuracies), **{name: figure([100 * each.mean()]) for name, each in shares.items()}}


def _k_shot(z: np.ndarray, people: np.ndarray, unit: bool, rng: np.random.Generator) -> dict[str, Any]:
    least = np.unique(people, return_counts=True)[1].min()
    wanted = {"one_shot": 1, "five_shot": 5}
    return {
        name: figure(100 * metrics.few_shot(z, people, shots, ROUNDS, rng, unit))
        for name, shots in wanted.items()
        if least > shots
    }


def figure(values) -> dict[str, float]:
    """The mean and the spread of percentages."""
    return {"mean": round(float(np.mean(values)), 2), "spread": round(float(np.std(values)), 2)}


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write a report as JSON, atomically, with its checksum."""
    sealed.write(path, {"format": FORMAT, **report})


def read_report(path: Path) -> dict[str, Any]:
    """The report that `write_report` wrote. Raises JobError where there is none that can be used."""
    report = sealed.read(path, FORMAT, "Make it again: siamese-np evaluate", older=(None,))
    report.pop("format", None)
    return report
