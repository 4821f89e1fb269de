"""The command: a table, a contact sheet, or JSON."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click
import numpy as np

from pipeline import photos
from pipeline.common.console import Stage, printable, say
from pipeline.common.errors import JobError
from pipeline.common.options import KERNELS
from pipeline.doctor.examine import Examination, examine
from pipeline.doctor.finding import KINDS, Finding
from pipeline.doctor.labels import FEWEST, FEWEST_PEOPLE
from pipeline.photos import contact_sheet, folder
from pipeline.photos.contact_sheet import Tile
from pipeline.recognise.recogniser import load

# the confidence of O-Net alone from which a crop counts as a face. One background in eighty reaches it; a lower limit
# would let one in six pass
SURE = 0.6


def table(examination: Examination) -> str:
    """The findings as text, one line each, and how many there are of each kind."""
    rows = [(f.kind, printable(f.photo or f.person or "all"), printable(f.why), f.do) for f in examination.findings]
    lines = []
    if rows:
        rows.insert(0, ("KIND", "PHOTO", "WHY", "WHAT TO DO"))
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths)).rstrip() for row in rows] + [""]
    counts = {kind: sum(finding.kind == kind for finding in examination.findings) for kind in KINDS}
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "nothing to be looked at"
    lines.append(f"{examination.photos} photos of {examination.people} people: {told}")
    if examination.judged:
        lines.append(f"names judged of {examination.judged} photos, by {examination.by}")
    else:
        lines.append(f"no name was judged: that takes faces of {FEWEST_PEOPLE} people with {FEWEST} photos each")
    return "\n".join(lines)


def write_sheet(root: Path, path: Path, examination: Examination) -> list[Path]:
    """A contact sheet with one row per kind; beside each photo stands the one that it resembles. Returns the pages."""
    return contact_sheet.write(path, f"To be looked at in {root}", _rows(root, examination))


def _rows(root: Path, examination: Examination) -> Iterator[tuple[str, Iterator[Tile]]]:
    people = {person.name: person.files for person in folder.scan(root).people}
    paths = {f"{name}/{path.name}": path for name, files in people.items() for path in files}
    ill = {finding.photo for finding in examination.findings}
    example = {name: next((path for path in files if f"{name}/{path.name}" not in ill), files[0])
               for name, files in people.items()}  # fmt: skip
    for kind, advice in KINDS.items():
        found = [finding for finding in examination.findings if finding.kind == kind and finding.photo]
        if found:
            yield f"{kind} ({len(found)}): {advice}", _tiles(found, paths | example)


def _tiles(found: list[Finding], paths: dict[str, Path]) -> Iterator[Tile]:
    """paths: the file of each photo by its name, and that of one photo of each person by the person's name."""
    for finding in found:
        yield Tile(_picture(paths.get(finding.photo)), finding.photo, "red")
        if finding.other:
            yield Tile(_picture(paths.get(finding.other)), finding.other)


def _picture(path: Path | None) -> np.ndarray:
    try:
        if path:
            return photos.read(path)
    except photos.PhotoError:
        pass
    return np.full((8, 8), 255, np.uint8)  # a white square in place of a photo that cannot be shown


@click.command("doctor", cls=Stage)
@click.argument("root", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--run", type=click.Path(path_type=Path),
              help="Judge names by the embeddings of this run's model, too. A model that was trained on these very "
              "photos has learnt their wrong names.")  # fmt: skip
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False), help="Write a contact sheet, a PNG.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, see above.")
@KERNELS
def main(root, run, sheet, as_json, kernels_name):
    """Look for what is wrong with the photos in DIR: cropped faces, one folder per person. Changes nothing.

    \b
    not cropped  many pictures that no face fills: whole photos; extract is to come first
    unreadable   a file that is no photo, or lies outside the folders of people
    two people   one picture under two names
    wrong label  a face that looks more like another person, by more than chance explains
    no face      a crop in which MTCNN sees no face that fills it
    blurred      too little fine detail
    too small    fewer than 24 pixels on one side
    copy         one picture twice; near copy: the same, saved again or made brighter
    few photos   a person with fewer than 2

    Names are judged where 8 people have 3 photos each. A name is doubted on strong evidence only: nearly all wrong
    names among photos of one laboratory are found, of those among photos from the web about one in six. Photos that
    siamese-np select rejected are left out.

    The JSON object has: people, photos, judged (photos whose name was judged), by (what judged them), and findings, a
    list of kind, person, photo ("Person/photo.jpg", or null), why, other (the photo or person that it resembles, or
    null), value (the number that decided, or null) and do. Exit codes: 0 done, whatever was found, 1 the job failed,
    2 wrong usage.
    """
    from pipeline.faces.detection import (  # here, since no other command that is listed needs its weights
        MTCNN,
        landmarks,
    )

    if sheet and sheet.resolve().is_relative_to(root.resolve()):
        raise JobError(f"{sheet} lies within {root}: choose a place outside it, since nothing is changed there")
    recogniser = load(run, kernels_name) if run else None
    found = examine(root, partial(landmarks.find, mtcnn=MTCNN(kernels_name), least=SURE), recogniser)
    if sheet:
        for page in write_sheet(root, sheet, found):
            say(f"wrote {page}")
    click.echo(json.dumps(found.to_json()) if as_json else table(found))
