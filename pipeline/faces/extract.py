"""Faces cut out of photos: SOURCE/Anna/1.jpg becomes TARGET/Anna/1.jpg.png, one face per photo, by the rules of choosing.py.

Beside the crops lies TARGET/faces.csv, one line per photo: what became of it, the rule, the box, the detector's
confidence, and the landmarks in pixels of the crop; and faces.png, a contact sheet. A line also holds the state of the
photo and the options that it was made with, and the state of the person's folder where the other photos had a say:
what has not changed is not done again.

    1. each photo is looked at; one certain face is cut out at once                       looking.py, one_photo.py
    2. at the end of a person's folder, its doubtful photos are decided by the others     rest_of_folder.py, likeness.py
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

import click
import numpy as np

from pipeline import photos
from pipeline.common import locks
from pipeline.common.console import Stage, progress
from pipeline.common.errors import JobError
from pipeline.common.options import Size
from pipeline.common.parallel import in_order
from pipeline.faces import extract_report, one_photo, rest_of_folder, table
from pipeline.faces.extract_report import SHEET, Report
from pipeline.faces.looking import LONG_SIDE, Detect, faces
from pipeline.faces.one_photo import Options, Photo
from pipeline.faces.rest_of_folder import Doubtful
from pipeline.faces.table import TABLE, Row
from pipeline.photos import folder, selection
from pipeline.photos.selection import Selection

__all__ = ["LONG_SIDE", "SHEET", "TABLE", "Detect", "Options", "Report", "extract", "faces", "main", "run"]

KEPT_EVERY = 50  # photos after which the table is written, for a run that is stopped


@locks.one_job_in("target")
def extract(
    source: Path, target: Path, detect: Detect, options: Options = Options(), decided: Selection = Selection({})
) -> Report:
    """Cut the face out of each photo of `source`, a folder of people. `detect`: rgb (h, w, 3) uint8 -> faces.

    decided: which photos were rejected, and which faces were chosen. Nothing outside of `target` is written or deleted.
    Raises JobError where no photo gives a face, with the reason for each.
    """
    source, target = Path(source), Path(target)
    if target.resolve().is_relative_to(source.resolve()):
        raise JobError(f"{target} lies within {source}: choose a folder outside it for the faces")
    scan = folder.scan(source)
    jobs = {}
    for output, path in folder.plan(scan, target).items():
        name = f"{output.parent.name}/{path.name}"
        jobs[name] = Photo(name, path, output, decided.faces.get(name))
        if not output.parent.resolve().is_relative_to(target.resolve()):
            raise JobError(f"{output.parent} leads out of {target}: remove that link, or choose another folder")
    known = table.read(target / TABLE)
    rows: dict[str, Row] = {}
    done = 0
    try:
        with closing(_rows(jobs, known, detect, options, decided)) as found:
            for row, new in progress(found, "faces", total=len(jobs)):
                rows[row["photo"]] = row
                done += new
                if new and done % KEPT_EVERY == 0:
                    table.write(target / TABLE, {**known, **rows})
    finally:
        if rows:
            table.write(target / TABLE, {**known, **rows})
    rows = {name: rows[name] for name in jobs}  # in the order of the photos
    if not any(row["status"] == "found" for row in rows.values()):
        reasons = "".join(f"\n  {row['photo']}: {row['status']}, {row['reason']}" for row in rows.values())
        raise JobError(f"No photo in {source} gives a face:{reasons}")
    _forget(target, known, rows)
    table.write(target / TABLE, rows)
    extract_report.write_sheet(source, target, rows)
    return Report(len(scan.people), tuple(rows.values()), done, scan.skipped)


def _rows(
    jobs: dict[str, Photo], known: dict[str, Row], detect: Detect, options: Options, decided: Selection
) -> Iterator[tuple[Row, bool]]:
    """The row of each photo, and whether it is new; of each person, the doubtful photos come last."""
    stamps = {name: _stamp(photo) for name, photo in jobs.items()}
    folders = {person: _state(f"{name} {stamps[name]}" for name in names if decided.is_kept(name))
               for person, names in groupby(jobs, _person)}  # fmt: skip

    def one(name: str) -> tuple[Row, bool] | Doubtful:
        photo, old = jobs[name], known.get(name)
        if not decided.is_kept(name):
            return table.row(name, "rejected", "by the selection"), False
        if old and old["folder"] in ("", folders[_person(name)]) and (
            (old["options"], old["stamp"]) == (repr(options), stamps[name])
            and (old["status"] != "found" or photo.output.exists())
        ):  # fmt: skip
            return old, False
        answer = one_photo.look(photo, detect, options)
        return answer if isinstance(answer, Doubtful) else (answer | made_of(name), True)

    def made_of(name: str) -> Row:
        return {"options": repr(options), "stamp": stamps[name]}

    with closing(in_order(one, jobs)) as looked:
        for person, answers in groupby(zip(jobs, looked), lambda pair: _person(pair[0])):
            doubtful, certain = {}, []
            for name, answer in answers:
                if isinstance(answer, Doubtful):
                    doubtful[name] = answer
                    continue
                yield answer
                if answer[0]["status"] == "found" and not answer[0]["folder"]:
                    certain.append((jobs[name].output, answer[0]))
            if doubtful:
                for name, taken in rest_of_folder.decide(doubtful, _described(certain)).items():
                    yield one_photo.take(jobs[name], taken, options) | made_of(name) | {"folder": folders[person]}, True


def _person(name: str) -> str:
    return name.split("/")[0]


def _described(certain: list[tuple[Path, Row]]) -> np.ndarray:
    """What the faces on the crops of certain photos look like, by likeness.py: (n, D). Some are enough."""
    some = certain[: rest_of_folder.ENOUGH]
    return one_photo.described([photos.read(output) for output, _ in some], [table.points(row) for _, row in some])


def _stamp(photo: Photo) -> str:
    try:
        return photo.stamp()
    except OSError as error:  # it was deleted since it was listed; reading it says so
        return f"gone ({error.strerror})"


def _state(lines: Iterator[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()[:16]


def _forget(target: Path, known: dict[str, Row], rows: dict[str, Row]) -> None:
    """Delete the crops of an earlier run that this one does not have: rejected, gone or without a face now.

    Only what lies within `target`: table.py lets no other path in, and a link may lead out of it.
    """

    def places(some: dict[str, Row]) -> set[Path]:
        return {target / Path(photo).parent / row["crop"] for photo, row in some.items() if row["crop"]}

    for path in places(known) - places(rows):
        if path.parent.resolve().is_relative_to(target.resolve()):
            path.unlink(missing_ok=True)


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
    """Cut the face out of each photo in SOURCE (one folder per person), into TARGET.

    SOURCE is data/raw and TARGET data/faces unless told otherwise. Where a photo shows several faces, or one that is
    doubtful, the face is taken that is most like the rest of the person's folder, or that is plainly the main one.
    Photos where it can't be told are reported and left out, and so are those that siamese-np select rejected; a face
    that was chosen there is taken. TARGET/faces.csv says what became of each photo and by which rule, TARGET/faces.png
    shows it.
    """
    report = run(source, target, Options(size, margin, upright, cropped, name))
    if as_json:
        click.echo(json.dumps(report.to_json()))
        return
    for line in report.lines():
        click.echo(line)


def run(source: Path, target: Path, options: Options) -> Report:
    """`extract` with the detector of that name, and with what was decided in siamese-np select."""
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
    return extract(source, target, detect, options, selection.load(Path(source)))


if __name__ == "__main__":
    main()
