"""What extraction says at the end: counts, the reason for each photo without a face, and a contact sheet."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import photos
from pipeline.faces import choosing
from pipeline.faces.table import STATUSES, Row
from pipeline.photos import contact_sheet

SHEET = "faces.png"


@dataclass(frozen=True)
class Report:
    """rows: one per photo, the columns of faces.csv. done: how many were looked at now; skipped: (path, reason)."""

    people: int
    rows: tuple[Row, ...]
    done: int
    skipped: tuple[tuple[Path, str], ...]

    def to_json(self) -> dict[str, Any]:
        counts = Counter(row["status"] for row in self.rows)
        return {"people": self.people, "photos": len(self.rows), "done": self.done,
                **{status: counts[status] for status in STATUSES}, "rows": list(self.rows),
                "skipped": [[str(path), reason] for path, reason in self.skipped]}  # fmt: skip

    def lines(self) -> list[str]:
        """The report for people."""
        counts = Counter(row["status"] for row in self.rows)
        rules = Counter(row["rule"] for row in self.rows if row["status"] == "found")
        lines = [f"{len(self.rows)} photos of {self.people} people: {self.done} done now, "
                 f"{len(self.rows) - self.done} as before"]  # fmt: skip
        lines += [f"  {status:11}{counts[status]:6}" for status in STATUSES if counts[status]]
        if len(rules) > 1:
            lines += [f"found by the rule {rule!r}: {rules[rule]}" for rule in choosing.RULES if rules[rule]]
        lines += [f"{row['status']} {row['photo']}: {row['reason']}" for row in self.rows if row["status"] != "found"]
        return lines + [f"skipped {path}: {reason}" for path, reason in self.skipped]


def write_sheet(source: Path, target: Path, rows: dict[str, Row]) -> None:
    """Write TARGET/faces.png: what was found, and the photos without a face."""
    contact_sheet.write(target / SHEET, f"Faces of {source}", _sections(source, target, rows))


def _sections(source: Path, target: Path, rows: dict[str, Row]) -> Iterator[tuple[str, Iterator[contact_sheet.Tile]]]:
    for status in STATUSES:
        some = [row for row in rows.values() if row["status"] == status and status != "unreadable"]
        if some:
            yield f"{status} ({len(some)})", (_tile(source, target, row) for row in some)


def _tile(source: Path, target: Path, row: Row) -> contact_sheet.Tile:
    found = row["status"] == "found"
    path = target / Path(row["photo"]).parent / row["crop"] if found else source / row["photo"]
    try:
        picture = photos.read(path)
    except photos.PhotoError:  # it was deleted since
        picture = np.full((8, 8), 200, np.uint8)
    return contact_sheet.Tile(picture, row["photo"], "green" if found else "red")
