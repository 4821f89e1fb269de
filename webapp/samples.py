"""Sample probes: RUN/samples/known/PERSON/* and RUN/samples/strangers/PERSON/*, photos that are not in the gallery."""

import hashlib
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

from pipeline.common.errors import JobError
from pipeline.photos import folder

SHOWN = 10  # of each kind


@dataclass(frozen=True)
class Sample:
    """One photo to click on. `key` is made of its content and is all that a client can name it by."""

    key: str
    path: Path
    person: str
    known: bool


@dataclass(frozen=True)
class Samples:
    """The samples that are offered; no other file is served."""

    known: tuple[Sample, ...] = ()
    strangers: tuple[Sample, ...] = ()

    def find(self, key: str) -> Sample | None:
        return next((sample for sample in self.known + self.strangers if sample.key == key), None)


def scan(root: Path) -> Samples:
    """The samples below `root`; a run without samples has none."""
    return Samples(_row(root / "known", known=True), _row(root / "strangers", known=False))


def _row(root: Path, known: bool) -> tuple[Sample, ...]:
    try:
        people = folder.scan(root).people
    except JobError:  # absent or empty
        return ()
    # one photo of each person, then a second one of each ...
    turns = zip_longest(*([(person.name, path) for path in person.files] for person in people))
    picked = [entry for entry in chain.from_iterable(turns) if entry][:SHOWN]
    return tuple(
        Sample(hashlib.sha256(path.read_bytes()).hexdigest()[:16], path, person, known) for person, path in picked
    )
