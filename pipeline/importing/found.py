"""What was found in a source: the photos, and what was left out."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.common.errors import JobError


class ReadError(Exception):
    """Why one photo of the source cannot be read, worded to follow its name. The others go on."""


@dataclass(frozen=True)
class Photo:
    """person: the name as the source has it. name: of its file. where: its place in the source, for people. read: gives
    the bytes of an image file, raises ReadError."""

    person: str
    name: str
    where: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Found:
    """form: one of FORMS. how: the rule that named the people, in words. skipped: (place in the source, reason). notes:
    what is ambiguous, for people to check. cropped: whether the photos are faces that are cut out already."""

    form: str
    how: str
    photos: tuple[Photo, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    cropped: bool = False


FORMS = ("zip", "nested", "names", "csv", "npy", "mat", "lfw")


def nothing_found(source: object, why: str, skipped: tuple[tuple[str, str], ...]) -> JobError:
    """The error for a source without a usable photo, with the first reasons."""
    reasons = "".join(f"\n  {where}: {reason}" for where, reason in skipped[:10])
    more = f"\n  ... and {len(skipped) - 10} more" if len(skipped) > 10 else ""
    return JobError(f"{source}: {why}{reasons}{more}")
