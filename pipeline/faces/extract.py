"""Faces cut out of photos: SOURCE/Anna/1.jpg becomes TARGET/Anna/1.jpg.png, one face a photo, by the rule of choosing.py.

Beside the crops lies TARGET/faces.csv, one line a photo: what became of it, the box, the detector's confidence, and
the landmarks in pixels of the crop; and faces.png, a contact sheet. A line also says of which state of the photo and of
which options it is: what has not changed is not done again.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from pipeline import photos
from pipeline.common.console import Stage, progress
from pipeline.common.errors import JobError
from pipeline.common.options import Size
from pipeline.common.parallel import in_order
from pipeline.faces import choosing, table
from pipeline.faces.table import STATUSES, TABLE, Row
from pipeline.photos import contact_sheet, folder, selection

LONG_SIDE = 1024  # pixels, where faces are looked for; the crop is cut out of the whole photo
SHEET = "faces.png"
KEPT_EVERY = 50  # photos after which the table is written, for a run that is stopped

Detect = Callable[[np.ndarray], list[dict[str, Any]]]


@dataclass(frozen=True)
class Options:
    """size (H, W) of the crops; margin: a share of the face's sides, all around; upright: aligned by the landmarks;
    cropped: the photos are faces already, and are only brought to size; detector: its name."""

    size: tuple[int, int] = (160, 132)
    margin: float = 0.15
    upright: bool = False
    cropped: bool = False
    detector: str = "mtcnn"


@dataclass(frozen=True)
class Report:
    """rows: one a photo, the columns of faces.csv. done: how many were looked at now; skipped: (path, reason)."""

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
        lines = [f"{len(self.rows)} photos of {self.people} people: {self.done} done now, "
                 f"{len(self.rows) - self.done} as before"]  # fmt: skip
        lines += [f"  {status:11}{counts[status]:6}" for status in STATUSES if counts[status]]
        lines += [f"{row['status']} {row['photo']}: {row['reason']}" for row in self.rows if row["status"] != "found"]
        return lines + [f"skipped {path}: {reason}" for path, reason in self.skipped]


def extract(
    source: Path, target: Path, detect: Detect, options: Options = Options(),
    is_kept: Callable[[str], bool] = lambda photo: True,
) -> Report:  # fmt: skip
    """Cut the face out of each photo of `source`, a folder of people. `detect`: rgb (h, w, 3) uint8 -> faces.

    `is_kept` says of "Person/photo.jpg" whether it was kept at the selection. Raises JobError where no photo gives a
    face, with the reason for each.
    """
    source, target = Path(source), Path(target)
    if target.resolve().is_relative_to(source.resolve()):
        raise JobError(f"{target} lies within {source}: choose a folder outside it for the faces")
    scan = folder.scan(source)
    jobs = folder.plan(scan, target)
    known = table.read(target / TABLE)
    rows: dict[str, Row] = {}
    done = 0

    def one(job: tuple[Path, Path]) -> tuple[Row, bool]:
        output, path = job
        name = f"{output.parent.name}/{path.name}"
        if not is_kept(name):
            return table.row(name, "rejected", "by the selection"), False
        try:
            stamp = _stamp(path)
        except OSError as error:  # it was deleted since it was listed
            return table.row(name, "unreadable", f"can't be opened ({error.strerror})"), True
        old = known.get(name)
        if old and (old["options"], old["stamp"]) == (repr(options), stamp) and (
            old["status"] != "found" or output.exists()
        ):
            return old, False
        fields = _extract_one(path, output, detect, options)
        return table.row(name, **fields, options=repr(options), stamp=stamp), True

    try:
        for row, new in progress(in_order(one, jobs.items()), "faces", total=len(jobs)):
            rows[row["photo"]] = row
            done += new
            if new and done % KEPT_EVERY == 0:
                table.write(target / TABLE, {**known, **rows})
    finally:
        if rows:
            table.write(target / TABLE, {**known, **rows})
    if not any(row["status"] == "found" for row in rows.values()):
        reasons = "".join(f"\n  {row['photo']}: {row['status']}, {row['reason']}" for row in rows.values())
        raise JobError(f"No photo in {source} gives a face:{reasons}")
    _forget(target, known, rows)
    table.write(target / TABLE, rows)
    contact_sheet.write(target / SHEET, f"Faces of {source}", _sheet(source, target, rows))
    return Report(len(scan.people), tuple(rows.values()), done, scan.skipped)


def _extract_one(path: Path, output: Path, detect: Detect, options: Options) -> dict[str, Any]:
    """Writes the crop and returns the fields of the row. One bad photo never ends a run."""
    try:
        rgb = photos.read(path)
        height, width = rgb.shape[:2]
        if min(height, width) < choosing.SMALLEST:
            raise choosing.NoFace("too small", f"the photo has {width} x {height} pixels, {choosing.SMALLEST} are needed")
        if options.cropped:
            box = choosing.grown((0, 0, width, height), 0, options.size, rgb.shape)
            photos.write_png(output, choosing.cut(rgb, box, options.size))
            return {"status": "found", "crop": output.name, "box": (0, 0, width, height)}
        face = choosing.choose(faces(rgb, detect), rgb.shape)
        picture, points = choosing.crop(rgb, face, options.size, options.margin, options.upright)
        photos.write_png(output, picture)
        return {"status": "found", "crop": output.name, "box": face["box"], "confidence": face["confidence"],
                "points": points, "digest": table.digest(photos.to_gray(picture))}  # fmt: skip
    except photos.PhotoError as error:
        return {"status": "unreadable", "reason": str(error)}
    except choosing.NoFace as error:
        return {"status": error.status, "reason": str(error)}
    except ValueError as error:  # landmarks of no face
        return {"status": "none", "reason": str(error)}


def faces(rgb: np.ndarray, detect: Detect) -> list[dict[str, Any]]:
    """The faces of a photo in its own pixels, found at a long side of LONG_SIDE at most."""
    small = photos.shrunk(rgb, LONG_SIDE)
    k = max(small.shape) / max(rgb.shape)
    return [
        {**face, "box": [side / k for side in face["box"]],
         "keypoints": {name: [x / k, y / k] for name, (x, y) in face["keypoints"].items()}}
        for face in detect(small)
    ]  # fmt: skip


def _stamp(path: Path) -> str:
    stat = path.stat()
    # st_ctime sees an older photo that was moved over this one, which st_mtime doesn't
    return f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ctime_ns}"


def _forget(target: Path, known: dict[str, Row], rows: dict[str, Row]) -> None:
    """Delete the crops of an earlier run that this one does not have: rejected, gone or without a face now."""

    def places(some: dict[str, Row]) -> set[Path]:
        return {target / Path(photo).parent / row["crop"] for photo, row in some.items() if row["crop"]}

    for path in places(known) - places(rows):
        path.unlink(missing_ok=True)


def _sheet(source: Path, target: Path, rows: dict[str, Row]) -> Iterator[tuple[str, Iterator[contact_sheet.Tile]]]:
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


@click.command("extract", cls=Stage)
@click.argument("source", type=click.Path(path_type=Path), default="data/raw")
@click.argument("target", type=click.Path(path_type=Path, file_okay=False), default="data/faces")
@click.option("--size", type=Size(), metavar="HxW", default="160x132", show_default=True, help="Of the crops.")
@click.option("--margin", type=click.FloatRange(0, 2), default=0.15, show_default=True,
              help="Around the face, as a share of its sides.")  # fmt: skip
@click.option("--align", "upright", is_flag=True, help="Turn each face upright, by eyes, nose and mouth.")
@click.option("--cropped", is_flag=True, help="The photos are faces already: only bring them to size.")
@click.option("--detector", "name", type=click.Choice(["mtcnn", "mtcnn-tensorflow"]), default="mtcnn",
              show_default=True)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(source, target, size, margin, upright, cropped, name, as_json):
    """Cut the face out of each photo in SOURCE (one folder a person), into TARGET.

    SOURCE is data/raw and TARGET data/faces unless told otherwise. Of the faces with a confidence of .95 or more the
    largest is taken; photos with several of nearly equal size, or none, are reported and left out, and so are those
    that siamese-np select rejected. TARGET/faces.csv says what became of each photo, TARGET/faces.png shows it.
    """
    report = run(source, target, Options(size, margin, upright, cropped, name))
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False))
        return
    for line in report.lines():
        click.echo(line)


def run(source: Path, target: Path, options: Options) -> Report:
    """`extract` with the detector of that name, and without the photos that were rejected."""
    made = []

    def detect(rgb: np.ndarray) -> list[dict[str, Any]]:
        from pipeline.faces.detection import (
            detector,  # here: ready faces, or none that are new, need none of its weights
        )

        with lock:
            if not made:
                made.append(detector(options.detector))
        return made[0].detect_faces(rgb)

    lock = threading.Lock()
    return extract(source, target, detect, options, selection.load(Path(source)).is_kept)


if __name__ == "__main__":
    main()
