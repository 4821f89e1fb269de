"""The file of decisions, selection.json:

    format    a number; 2 and 3 are read as well: 2 knows no chosen faces, and both have no checksum
    photos    one entry per decision: photo ("Person/photo.jpg"), sha256, kept, and face (x, y, width, height) where the
              user chose one
    undo      what each of the last decisions replaced: was is true, false, or null where there was none before
    sha256    the checksum of all this
"""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.common import sealed
from pipeline.common.errors import JobError

FORMAT = 4
OLDER = (2, 3)
WAY_OUT = "Move it away to decide anew, or bring back a copy of it"
REMEMBERED = 500  # decisions that can be taken back

Face = tuple[float, float, float, float]  # x, y, width and height of its box, in pixels of the upright photo


class Decision(NamedTuple):
    """What was decided on one photo. face: the one that the user chose, None where nobody did."""

    kept: bool
    face: Face | None = None


@dataclass
class Stored:
    """decisions: (name, sha256) -> what was decided. undo: what each decision replaced, the last one last; None: nothing."""

    decisions: dict[tuple[str, str], Decision]
    undo: list[tuple[str, str, Decision | None]]


def read(path: Path) -> Stored:
    """The decisions in a file; none where there is no file. Raises JobError for a damaged one or a newer format."""
    if not path.exists():
        return Stored({}, [])
    stored = sealed.read(path, FORMAT, WAY_OUT, OLDER)
    try:
        decisions = {_key(entry): _decision(entry["kept"], entry.get("face")) for entry in stored["photos"]}
        undo = [(*_key(entry), None if entry["was"] is None else _decision(entry["was"], entry.get("face")))
                for entry in stored["undo"]]  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise JobError(f"{path} is damaged ({error}). {WAY_OUT}") from error
    return Stored(decisions, undo)


def _key(entry: dict[str, Any]) -> tuple[str, str]:
    name, digest = entry["photo"], entry["sha256"]
    if not isinstance(name, str) or not isinstance(digest, str):
        raise ValueError("a photo lacks its name or sha256")
    return name, digest


def _decision(kept: Any, face: Any) -> Decision:
    """Raises ValueError or TypeError for what is none."""
    if not isinstance(kept, bool):
        raise ValueError("a photo lacks its decision")
    if face is None:
        return Decision(kept)
    if len(face) != 4 or not all(type(side) in (int, float) and isfinite(side) for side in face) or min(face[2:]) <= 0:
        raise ValueError("a chosen face is no box of four numbers")
    return Decision(kept, tuple(map(float, face)))


def write(path: Path, stored: Stored) -> None:
    """All decisions, complete or not at all. Raises JobError where they can't be written."""
    content = {
        "format": FORMAT,
        "photos": [_entry(name, digest, "kept", decision) for (name, digest), decision in stored.decisions.items()],
        "undo": [_entry(name, digest, "was", was) for name, digest, was in stored.undo[-REMEMBERED:]],
    }
    try:
        sealed.write(path, content)
    except OSError as error:
        raise JobError(f"{path} can't be written ({error.strerror}): nothing was decided") from error


def _entry(name: str, digest: str, word: str, decision: Decision | None) -> dict[str, Any]:
    entry = {"photo": name, "sha256": digest, word: decision and decision.kept}
    return entry | {"face": decision.face} if decision and decision.face else entry
