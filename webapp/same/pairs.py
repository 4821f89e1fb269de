"""Pairs of samples to click on: two photos of one person, and two of different people."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from webapp.common.samples import Sample, Samples

OFFERED = 2  # of each kind


@dataclass(frozen=True)
class Pair:
    """Two samples. key: of both, as the form sends it."""

    first: Sample
    second: Sample

    @property
    def key(self) -> str:
        return f"{self.first.key} {self.second.key}"

    @property
    def same(self) -> bool:
        return self.first.person == self.second.person


def offered(samples: Samples) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Up to OFFERED pairs that show one person, and as many that show two."""
    rows = [_people(row) for row in (samples.known, samples.strangers, samples.enrolled)]
    several = [of_one for row in rows for of_one in row if len(of_one) > 1]
    # people of one row: a run without strangers, or without samples of known people, has pairs of different people too
    apart = [Pair(one[0], other[0]) for row in rows for one, other in zip(row[::2], row[1::2])]
    return tuple(Pair(*of_one[:2]) for of_one in several[:OFFERED]), tuple(apart[:OFFERED])


def find(samples: Samples, key: str) -> Pair | None:
    """The pair with this key, of any two samples."""
    found = [samples.find(one) for one in key.split()]
    return Pair(*found) if len(found) == 2 and all(found) else None


def _people(row: Sequence[Sample]) -> list[list[Sample]]:
    ordered = sorted(row, key=lambda sample: sample.person)
    return [list(of_one) for _, of_one in groupby(ordered, key=lambda sample: sample.person)]
