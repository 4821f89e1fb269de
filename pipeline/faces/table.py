"""The table of extraction, faces.csv: one line a photo, what became of it and where its face is.

    photo, status, reason, crop     "Anna/1.jpg", one of STATUSES, why, and the file of the crop
    x, y, width, height             the face's box in pixels of the photo; confidence: the detector's
    left_eye_x ... mouth_right_y    the landmarks in pixels of the crop
    digest                          of the crop in grey, by which those who have the crop alone find its line again
    options, stamp                  with which options, and from which state of the photo, it was made
"""

import csv
import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from pipeline.common import atomic
from pipeline.faces.align import POINTS

TABLE = "faces.csv"
TEXT = {"newline": "", "encoding": "utf-8", "errors": "surrogateescape"}  # a file may have a name that is no text
STATUSES = ("found", "none", "several", "too small", "unreadable", "rejected")
BOX = ("x", "y", "width", "height")
COLUMNS = ("photo", "status", "reason", "crop", *BOX, "confidence",
           *(f"{point}_{axis}" for point in POINTS for axis in "xy"), "digest", "options", "stamp")  # fmt: skip

Row = dict[str, str]


def row(photo: str, status: str, reason: str = "", crop: str = "", box: Iterable[float] = (), points=None,
        confidence: float | str = "", digest: str = "", options: str = "", stamp: str = "") -> Row:  # fmt: skip
    """A line, from what is known of the photo; the rest stays empty."""
    line = dict.fromkeys(COLUMNS, "")
    line |= {"photo": photo, "status": status, "reason": reason, "crop": crop}
    line |= {"digest": digest, "options": options, "stamp": stamp}
    line |= {name: f"{value:.1f}" for name, value in zip(BOX, box)}
    line["confidence"] = f"{confidence:.4f}" if confidence != "" else ""
    for name, (x, y) in zip(POINTS, () if points is None else points):
        line |= {f"{name}_x": f"{x:.2f}", f"{name}_y": f"{y:.2f}"}
    return line


def read(path: Path) -> dict[str, Row]:
    """The rows of an earlier run; none where there is no table that can be used."""
    try:
        with path.open(**TEXT) as file:
            found = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error):
        return {}
    return {row["photo"]: row for row in found if set(row) == set(COLUMNS) and None not in row.values()}


def write(path: Path, rows: dict[str, Row]) -> None:
    """All rows, complete or not at all."""
    with atomic.writing(path) as temporary, temporary.open("w", **TEXT) as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows.values())


def digest(gray: np.ndarray) -> str:
    """What tells a grey picture (h, w) uint8 from all others."""
    return hashlib.sha256(str(gray.shape).encode() + gray.tobytes()).hexdigest()[:32]


def landmarks(path: Path) -> dict[str, np.ndarray]:
    """The landmarks (5, 2) float32 of the crops of a table, by the digest of each; empty where there is no table."""
    found = {}
    for line in read(path).values():
        try:
            points = [[float(line[f"{point}_{axis}"]) for axis in "xy"] for point in POINTS]
        except ValueError:  # the line has none
            continue
        found[line["digest"]] = np.array(points, np.float32)
    return found
