"""Decides which images train, validate and test, before any pair is drawn.

By person: each person is in one part. That measures how well the network works for people that it never saw. By image:
each part has different photos of the same people. That measures how well it works for people that it knows. Near
duplicates stay in one part. Copies of a photo, and photos that are in the folders of two people, are dropped. A split
file of the user is followed exactly.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.common.errors import JobError
from pipeline.datasets import Faces
from pipeline.pairs import duplicates
from pipeline.pairs.data import PART_DTYPE
from pipeline.pairs.duplicates import Duplicates

LEAST = 2  # people in a part, or training photos of a person: one alone makes no pair


@dataclass(frozen=True, eq=False)
class Split:
    """part (N,) text: "train", "val", "test" or "drop" for each image; kind: "person", "image" or the file's name."""

    part: np.ndarray
    kind: str
    duplicates: Duplicates


def by_person(faces: Faces, val: float, test: float, rng: np.random.Generator) -> Split:
    """Draw people for validation and test from those with 2 photos or more; all others are for training.

    val, test: a number of people, or, below 1, about that share of them. No part gets only one person, and validation
    may get nobody where there are few people. Raises JobError where there are too few people.
    """
    _check(val=val, test=test)
    found = duplicates.find(faces)
    _check_people(faces, found)
    usable = np.bincount(faces.people[~found.dropped], minlength=len(faces.names))
    several = np.flatnonzero(usable >= LEAST)
    # at least two people train, one of them with two photos; the other may have one photo
    room = max(min(len(several) - 1, np.count_nonzero(usable) - LEAST), 0)
    tested = _number(test, len(several), room)
    validated = _number(val, len(several), room - tested)
    if val == 1 or test == 1:
        raise JobError(f"1 person makes no pairs of different people: choose {LEAST} or more for val and test, or 0.")
    tested, validated = (number if number >= LEAST else 0 for number in (tested, validated))
    if (val >= 1 and validated < val) or (test >= 1 and tested < test) or (test and not tested):
        raise JobError(
            f"There are {np.count_nonzero(usable)} people, {len(several)} of them with {LEAST} photos or more: too few"
            f" to train with {LEAST} and leave {val:g} for val and {test:g} for test. Ask for fewer, or split by image."
            f"{_conflicts(faces, found)}"
        )
    people = rng.permutation(several)
    part = np.where(found.dropped, "drop", "train").astype(PART_DTYPE)
    part[np.isin(faces.people, people[:tested]) & ~found.dropped] = "test"
    part[np.isin(faces.people, people[tested : tested + validated]) & ~found.dropped] = "val"
    return Split(part, "person", found)


def by_image(faces: Faces, val: float, test: float, rng: np.random.Generator) -> Split:
    """Draw some photos of each person for validation and test. The others train: at least 2 where there are 2.

    val, test: a number of photos of each person, or, below 1, about that share of them (2 photos or more). A person
    with too few photos gives fewer. Raises JobError where no photo is left for test, or for val where val is a number.
    """
    _check(val=val, test=test)
    found = duplicates.find(faces)
    _check_people(faces, found)
    groups = found.groups
    part = np.where(found.dropped, "drop", "train").astype(PART_DTYPE)
    for person in range(len(faces.names)):
        images = np.flatnonzero((faces.people == person) & ~found.dropped)
        room = max(len(images) - LEAST, 0)
        tested = _number(test, len(images), room)
        validated = _number(val, len(images), room - tested)
        for group in rng.permutation(np.unique(groups[images])):
            together = images[groups[images] == group]
            if len(together) <= tested:
                part[together] = "test"
                tested -= len(together)
            elif len(together) <= validated:
                part[together] = "val"
                validated -= len(together)
    for name, amount in (("val", val), ("test", test)):
        if amount and not (name == "val" and amount < 1) and not (part == name).any():
            raise JobError(
                f"No photo is left for {name}: {LEAST} different photos of a person train, so somebody must have"
                f" {LEAST + 1} or more. Add photos, or choose 0 for {name}."
            )
    return Split(part, "image", found)


def _check(**amounts: float) -> None:
    for name, amount in amounts.items():
        if not amount >= 0 or (amount > 1 and amount % 1):
            raise JobError(f"{name} is {amount:g}: it must be a whole number from 0 on, or a share below 1.")


def _number(amount: float, count: int, room: int) -> int:
    """The number that `amount` of `count` means: a share gives at least LEAST. It is never more than `room`."""
    if 0 < amount < 1:
        amount = max(LEAST, round(amount * count))
    return min(int(amount), room)


def _check_people(faces: Faces, found: Duplicates) -> None:
    usable = np.unique(faces.people[~found.dropped])
    if len(usable) < LEAST:
        who = "".join(f"only {faces.names[person]}" for person in usable) or "nobody"
        raise JobError(
            f"Pairs need {LEAST} people with photos, and {who} has any. Add another person's folder."
            f"{_conflicts(faces, found)}"
        )


def _conflicts(faces: Faces, found: Duplicates) -> str:
    """A hint for a message about too few people: photos may have been left out because a name is wrong."""
    if not found.conflicts:
        return ""
    first, second = (faces.sources[image] for image in found.conflicts[0])
    count = len({image for pair in found.conflicts for image in pair})
    return f" {count} photos were left out, because they are in the folders of two people, like {first} and {second}."
