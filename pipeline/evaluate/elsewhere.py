"""How good a model is on people that it never saw: a folder of faces that has nothing to do with its training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import pairs
from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.evaluate.command import chance, for_roles, unseen_people
from pipeline.evaluate.roles import open_set_roles
from pipeline.faces import landmarks
from pipeline.pairs import PairData, Split, duplicates
from pipeline.pairs.data import photo_hash
from pipeline.recognise import baselines
from pipeline.recognise.recogniser import Recogniser


def evaluate_on(recogniser: Recogniser, folder: Path, seed: int = 0) -> dict[str, Any]:
    """The report card, as `evaluate` gives it for unseen people, of the people in FOLDER/PERSON/PHOTO (faces, cut out).

    Raises JobError where the model was trained on a photo of the folder (found by content, not by name) or does not say on
    which, and for fewer than 2 people with 2 photos.
    """
    trained = recogniser.extra.get("trained_photos")
    if trained is None:
        raise JobError("this model does not say which photos it was trained on: train it again to measure it on other people")
    faces, reading = pairs.read_folder(folder, tuple(recogniser.extra["photo_size"]))
    for path, reason in reading.skipped:
        console.say(f"skipped {path}: {reason}")
    known = set(trained)
    seen = [source for image, source in zip(faces.images, faces.sources) if photo_hash(image[0]) in known]
    if seen:
        raise JobError(f"the model was trained on {len(seen)} of these {len(faces.sources)} photos (the first: {seen[0]}): "
                       "choose a folder of people that it never saw")  # fmt: skip
    data = _all_test(faces)
    if np.sum(np.bincount(data.people[data.part == "test"]) > 1) < 2:
        raise JobError(f"{folder} has fewer than 2 people with 2 different photos: add photos")
    if any(view.align is not None for view in recogniser.views):
        data = replace(data, landmarks=landmarks.beside(data, folder=folder))
    roles = open_set_roles(data, seed)
    z = recogniser.embed(data.images[:, 0], data.landmarks).astype(np.float64)
    chosen = for_roles(recogniser, z, data, roles)
    ours = unseen_people(z, data, chosen, roles, recogniser.unit_length, seed)
    pixels = unseen_people(baselines.raw_pixels(data.images[:, 0]), data, None, None, False, seed)
    people = len(np.unique(data.people[data.part == "test"]))
    return {
        "protocol": "unseen people",
        "preset": recogniser.extra["settings"]["preset"],
        "people": people,
        "photos": int(np.sum(data.part == "test")),
        "seconds": recogniser.extra["seconds"],
        "parameters": recogniser.extra["parameters"],
        "thresholds": chosen,
        "thresholds_chosen_on": recogniser.extra["thresholds_chosen_on"],
        "open_set": roles and roles.counts(data),
        "results": {"ours": ours, "raw_pixels": pixels, "chance": chance(ours, people)},
    }


def _all_test(faces) -> PairData:
    """All photos in the test part, copies left out, and no pairs."""
    found = duplicates.find(faces)
    part = np.where(found.dropped, "drop", "test").astype("<U5")
    return pairs.build(faces, Split(part, "folder", found), {}, np.random.default_rng(0))
