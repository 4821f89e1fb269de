"""The table of extraction, faces.csv: one line per photo, what became of it and where its face is.

    photo, status, reason, crop     "Anna/1.jpg", one of STATUSES, why, and the file of the crop
    rule                            by which rule the face was taken, see choosing.py
    x, y, width, height             the face's box in pixels of the photo
    confidence                      the detector's, exactly as measured
    left_eye_x ... mouth_right_y    the landmarks in pixels of the crop
    digest                          of the crop in grey: whoever has the crop alone finds its line by it
    options, stamp                  the options and the state of the photo that the line was made with
    folder                          the state of the person's folder, where the other photos had a say; else empty
    check                           the checksum of the line

A table is a file that anybody may have written. A line whose paths would lead out of the folder is dropped when the
table is read, and so is one that was damaged or edited by hand, which is told: extraction makes it anew.
"""

import csv
import hashlib
from collections.abc import Iterable
from pathlib import Path, PurePath

import numpy as np

from pipeline.common import atomic
from pipeline.common.console import printable, say
from pipeline.common.sealed import checksum
from pipeline.faces.align import POINTS

TABLE = "faces.csv"
TEXT = {"newline": "", "encoding": "utf-8", "errors": "surrogateescape"}  # a file may have a name that is no text
STATUSES = ("found", "none", "several", "too small", "unreadable", "rejected")
BOX = ("x", "y", "width", "height")
COLUMNS = ("photo", "status", "reason", "crop", "rule", *BOX, "confidence",
           *(f"{point}_{axis}" for point in POINTS for axis in "xy"), "digest", "options", "stamp", "folder")  # fmt: skip
CHECK = "check"
NEWER = {"rule", "folder", CHECK}  # columns that older tables lack

Row = dict[str, str]


def row(photo: str, status: str, reason: str = "", crop: str = "", box: Iterable[float] = (), points=None,
        confidence: float | str = "", rule: str = "", **texts: str) -> Row:  # fmt: skip
    """A line, from what is known of the photo; the rest stays empty. texts: digest, options, stamp, folder."""
    line = dict.fromkeys(COLUMNS, "")
    line |= {"photo": photo, "status": status, "reason": reason, "crop": crop, "rule": rule} | texts
    line |= {name: f"{value:.1f}" for name, value in zip(BOX, box)}
    line["confidence"] = f"{confidence:.9g}" if confidence != "" else ""  # 9 digits are a float32, exactly
    for name, (x, y) in zip(POINTS, () if points is None else points):
        line |= {f"{name}_x": f"{x:.2f}", f"{name}_y": f"{y:.2f}"}
    return line


def read(path: Path) -> dict[str, Row]:
    """The rows of an earlier run; none where there is no table that can be used.

    A row of an older table has an empty `stamp`: it is true of no photo, so that everything is done anew.
    """
    if not path.exists():
        return {}
    try:
        with path.open(**TEXT) as file:
            found = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        say(f"{path} can't be read ({error}) and is not used: siamese-np extract makes it anew")
        return {}
    rows, changed = {}, []
    for line in found:
        missing = {*COLUMNS, CHECK} - set(line)
        if None in line or None in line.values() or not missing <= NEWER or set(line) - {*COLUMNS, CHECK}:
            changed.append(line.get("photo") or "?")
            continue
        if not _stays_inside(line["photo"], line["crop"]):
            say(f"{path}: the line of {printable(line['photo'])} names a file outside its folder and is left out")
            continue
        if not missing and line[CHECK] != _check(line):
            changed.append(line["photo"])
            continue
        older = dict.fromkeys(NEWER, "") | {"stamp": ""} if missing else {}
        rows[line["photo"]] = {name: (line | older)[name] for name in COLUMNS}
    if changed:
        shown = printable(", ".join(changed[:3]))
        say(f"{path}: {len(changed)} of {len(found)} lines were changed since they were written and are left out "
            f"({shown}): siamese-np extract makes them anew")  # fmt: skip
    return rows


def write(path: Path, rows: dict[str, Row]) -> None:
    """All rows, complete or not at all."""
    with atomic.writing(path) as temporary, temporary.open("w", **TEXT) as file:
        writer = csv.DictWriter(file, (*COLUMNS, CHECK))
        writer.writeheader()
        writer.writerows(line | {CHECK: _check(line)} for line in rows.values())


def digest(gray: np.ndarray) -> str:
    """A text that tells a grey picture (h, w) uint8 from all others."""
    return hashlib.sha256(str(gray.shape).encode() + gray.tobytes()).hexdigest()[:32]


def points(line: Row) -> np.ndarray | None:
    """The landmarks (5, 2) float32 of a line, in pixels of its crop; None where it has none."""
    try:
        return np.array([[float(line[f"{point}_{axis}"]) for axis in "xy"] for point in POINTS], np.float32)
    except ValueError:
        return None


def landmarks(path: Path) -> dict[str, np.ndarray]:
    """The landmarks (5, 2) float32 of the crops of a table, by the digest of each; empty where there is no table."""
    found = {line["digest"]: points(line) for line in read(path).values() if line["stamp"]}  # not of an older table
    return {digest: five for digest, five in found.items() if five is not None}


def _check(line: Row) -> str:
    return checksum([line[name] for name in COLUMNS])[:32]


def _stays_inside(photo: str, crop: str) -> bool:
    """Whether `photo` is one file in one folder, and `crop` is empty or the name that extraction gives to its crop."""
    parts = photo.split("/")
    plain = all(part not in ("", ".", "..") and PurePath(part).name == part and "\0" not in part for part in parts)
    return len(parts) == 2 and plain and crop in ("", parts[1], f"{parts[1]}.png")
