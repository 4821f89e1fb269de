"""Sample probes that the page offers, in RUN/samples:

    known/PERSON/*      photos of people in the gallery, other than those in it
    strangers/PERSON/*  photos of people who are not in the gallery
    enrolled/PERSON/*   photos that are in the gallery themselves, where no others are left to try
"""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import TypeVar

import numpy as np

from pipeline import photos
from pipeline.common.errors import JobError
from pipeline.common.names import folder_for, folder_name, person_of
from pipeline.pairs import PairData
from pipeline.photos import folder

SHOWN = 10  # of each kind

Photo = TypeVar("Photo")


@dataclass(frozen=True)
class Sample:
    """One photo to click on. `key` is made of its content and is all that a client can name it by. known: the person is
    in the gallery."""

    key: str
    path: Path
    person: str
    known: bool


@dataclass(frozen=True)
class Samples:
    """The samples that are offered; no other file is served."""

    known: tuple[Sample, ...] = ()
    strangers: tuple[Sample, ...] = ()
    enrolled: tuple[Sample, ...] = ()

    def find(self, key: str) -> Sample | None:
        return next((sample for sample in self.known + self.strangers + self.enrolled if sample.key == key), None)


def scan(root: Path) -> Samples:
    """The samples below `root`; a run without samples has none."""
    return Samples(
        known=_row(root / "known", known=True),
        strangers=_row(root / "strangers", known=False),
        enrolled=_row(root / "enrolled", known=True),
    )


def write(root: Path, data: PairData, enrolled: np.ndarray) -> None:
    """Make the samples of a run whose gallery holds the rows `enrolled` (n,) of `data`; earlier ones are replaced.

    Photos that were kept aside from training (parts val and test) and from the gallery become samples of known people
    and of strangers. Where none of known people is left, photos of the gallery itself are taken, as "enrolled".
    Photos of people who were only added to train with are no samples.
    """
    aside = np.setdiff1d(np.flatnonzero(~data.is_extra & np.isin(data.part, ("val", "test"))), enrolled)
    is_known = np.isin(data.people[aside], data.people[enrolled])
    kinds = {"known": aside[is_known], "strangers": aside[~is_known]}
    if not is_known.any():
        kinds["enrolled"] = enrolled
    unfinished = root.with_name(f".{root.name}")  # moved to its place when it is complete
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for kind, rows in kinds.items():
        for row in _in_turns([rows[data.people[rows] == person].tolist() for person in np.unique(data.people[rows])]):
            # numbered by the row: names of photos may repeat
            name = f"{row}-{folder_name(Path(data.sources[row]).stem)}.png"
            photos.write_png(unfinished / kind / folder_for(data.names[data.people[row]]) / name, data.images[row, 0])
    shutil.rmtree(root, ignore_errors=True)
    unfinished.rename(root)


def _row(root: Path, known: bool) -> tuple[Sample, ...]:
    try:
        people = folder.scan(root, person_of).people
    except JobError:  # absent or empty
        return ()
    picked = _in_turns([[(person.name, path) for path in person.files] for person in people])
    return tuple(
        Sample(hashlib.sha256(path.read_bytes()).hexdigest()[:16], path, person, known) for person, path in picked
    )


def _in_turns(photos_of: Sequence[Sequence[Photo]]) -> list[Photo]:
    """One photo of each person, then a second one of each, until there are SHOWN."""
    missing = object()
    turns = chain.from_iterable(zip_longest(*photos_of, fillvalue=missing))
    return [photo for photo in turns if photo is not missing][:SHOWN]
