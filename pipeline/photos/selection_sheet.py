"""The contact sheet of a selection: all photos on one picture, and what was decided on each."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline import photos
from pipeline.photos import contact_sheet, folder
from pipeline.photos.selection import Selection


def write(source: Path, path: Path, selection: Selection) -> None:
    """One row per person: kept photos are green, rejected ones red, undecided ones grey."""
    contact_sheet.write(path, f"Photos of {source}", _rows(Path(source), selection))


def _rows(source: Path, selection: Selection) -> Iterator[tuple[str, Iterator[contact_sheet.Tile]]]:
    for person in folder.scan(source).people:
        # one photo at a time is in memory
        yield person.name, (_tile(path, f"{person.name}/{path.name}", selection) for path in person.files)


def _tile(path: Path, name: str, selection: Selection) -> contact_sheet.Tile:
    colour = {True: "green", False: "red", None: "grey"}[selection.decisions.get(name)]
    try:
        return contact_sheet.Tile(photos.read(path), path.name, colour)
    except photos.PhotoError as error:
        # a photo that can't be shown becomes a white square
        return contact_sheet.Tile(np.full((8, 8), 255, np.uint8), f"{path.name} {error}", "red")
