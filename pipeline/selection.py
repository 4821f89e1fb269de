"""Which photos were kept and which rejected, in SOURCE/selection.json. No photo is ever deleted or moved.

A decision belongs to the content of a photo (its sha256), not only to its name: another photo under the old name is
undecided again. What nobody decided is kept.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from pipeline import atomic, contact_sheet, photos
from pipeline.console import Stage
from pipeline.datasets import folder
from pipeline.errors import JobError

FILE = "selection.json"
FORMAT = 1


@dataclass(frozen=True)
class Selection:
    """decisions: "Person/photo.jpg" -> True (kept) or False (rejected), of photos that are what they were then."""

    decisions: dict[str, bool]

    @property
    def rejected(self) -> frozenset[str]:
        return frozenset(name for name, kept in self.decisions.items() if not kept)

    def is_kept(self, name: str) -> bool:
        """Whether "Person/photo.jpg" goes on to the next stage."""
        return self.decisions.get(name, True)


def load(source: Path) -> Selection:
    """The decisions on the photos in `source`; none where there is no file. Raises JobError for a damaged one."""
    path = Path(source) / FILE
    if not path.exists():
        return Selection({})
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["format"] != FORMAT:
            raise ValueError(f"format {stored['format']}, this program reads format {FORMAT}")
        entries = {name: (entry["sha256"], entry["kept"] is True) for name, entry in stored["photos"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise JobError(f"{path} is damaged ({error}): mend it, or move it away to decide anew") from error
    return Selection({name: kept for name, (digest, kept) in entries.items() if _digest(source / name) == digest})


def decide(source: Path, names: Iterable[str], kept: bool) -> Selection:
    """Keep or reject photos, "Person/photo.jpg" each, and write it down. Raises JobError for a photo that isn't there."""
    source = Path(source)
    decisions = dict(load(source).decisions)
    there = set(_names(source))
    for name in names:
        if name not in there:
            raise JobError(f"{source} has no photo {name}: name it as Person/photo.jpg")
        decisions[name] = kept
    entries = {name: {"sha256": _digest(source / name), "kept": value} for name, value in sorted(decisions.items())}
    with atomic.writing(source / FILE) as temporary:
        text = json.dumps({"format": FORMAT, "photos": entries}, ensure_ascii=False, indent=1)
        temporary.write_text(text + "\n", encoding="utf-8")
    return Selection(decisions)


def write_sheet(source: Path, path: Path, selection: Selection) -> None:
    """All photos on one picture, a row a person: green what was kept, red what was rejected, grey what is undecided."""
    contact_sheet.write(path, f"Photos of {source}", _rows(Path(source), selection))


def _rows(source: Path, selection: Selection) -> Iterator[tuple[str, list[contact_sheet.Tile]]]:
    for person in folder.scan(source).people:
        yield person.name, [_tile(path, f"{person.name}/{path.name}", selection) for path in person.files]


def _tile(path: Path, name: str, selection: Selection) -> contact_sheet.Tile:
    colour = {True: "green", False: "red", None: "grey"}[selection.decisions.get(name)]
    try:
        return contact_sheet.Tile(photos.read(path), path.name, colour)
    except photos.PhotoError as error:
        # a white square in place of what can't be shown
        return contact_sheet.Tile(np.full((8, 8), 255, np.uint8), f"{path.name} {error}", "red")


def _names(source: Path) -> Iterator[str]:
    for person in folder.scan(source).people:
        yield from (f"{person.name}/{path.name}" for path in person.files)


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


@click.command("select", cls=Stage)
@click.argument("source", type=click.Path(path_type=Path, file_okay=False), default="data/raw")
@click.option("--reject", "rejected", multiple=True, metavar="PERSON/PHOTO", help="Leave this photo out; repeatable.")
@click.option("--keep", "kept", multiple=True, metavar="PERSON/PHOTO", help="Take it back in; repeatable.")
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False), help="Write a contact sheet, a PNG.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: photo -> true (kept) or false (rejected).")
def main(source, rejected, kept, sheet, as_json):
    """Keep or reject the photos in SOURCE (one folder a person; data/raw unless told otherwise).

    Look at them on a contact sheet (--sheet), then name those to leave out (--reject). Nothing is deleted: the decisions
    stand in SOURCE/selection.json, and siamese-np extract goes by them. What nobody decided is kept.
    """
    selection = load(source)
    for names, value in ((rejected, False), (kept, True)):
        if names:
            selection = decide(source, names, value)
    if sheet:
        write_sheet(source, sheet, selection)
    if as_json:
        click.echo(json.dumps(selection.decisions, ensure_ascii=False))
        return
    for person in folder.scan(source).people:
        names = [f"{person.name}/{path.name}" for path in person.files]
        out = [name for name in names if name in selection.rejected]
        undecided = sum(name not in selection.decisions for name in names)
        click.echo(f"{person.name}: {len(names)} photos, {len(out)} rejected, {undecided} undecided")
        for name in out:
            click.echo(f"  rejected {name}")


if __name__ == "__main__":
    main()
