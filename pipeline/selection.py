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
    entries = _read(Path(source) / FILE)
    if not entries:
        return Selection({})
    there = _photos(source)
    return Selection({
        name: entry["kept"] for name, entry in entries.items()
        if name in there and _digest(there[name]) == entry["sha256"]
    })  # fmt: skip


def decide(source: Path, names: Iterable[str], kept: bool) -> Selection:
    """Keep or reject photos, "Person/photo.jpg" each, and write it down. Raises JobError for a photo that isn't there.

    Decisions on photos that are away, or are others now, stay in the file: they hold again when the photo is back.
    """
    path, there = Path(source) / FILE, _photos(source)
    entries = _read(path)
    for name in names:
        if name not in there:
            raise JobError(f"{source} has no photo {name}: name it as Person/photo.jpg")
        entries[name] = {"sha256": _digest(there[name]), "kept": kept}
    with atomic.writing(path) as temporary:
        # ASCII: the name of a file may hold what is no text
        temporary.write_text(json.dumps({"format": FORMAT, "photos": entries}, indent=1) + "\n", encoding="utf-8")
    return load(source)


def _read(path: Path) -> dict[str, dict]:
    """The entries of the file, "Person/photo.jpg" -> {"sha256", "kept"}."""
    if not path.exists():
        return {}
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        version, entries = stored["format"], stored["photos"]
        sound = isinstance(version, int) and all(
            isinstance(entry["sha256"], str) and isinstance(entry["kept"], bool) for entry in entries.values()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise JobError(f"{path} is damaged ({error}): mend it, or move it away to decide anew") from error
    if version != FORMAT:
        raise JobError(f"{path} has format {version}, this program reads format {FORMAT}: update siamese-np")
    if not sound:
        raise JobError(f"{path} is damaged (an entry lacks sha256 or kept): mend it, or move it away to decide anew")
    return entries


def write_sheet(source: Path, path: Path, selection: Selection) -> None:
    """All photos on one picture, a row a person: green what was kept, red what was rejected, grey what is undecided."""
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
        # a white square in place of what can't be shown
        return contact_sheet.Tile(np.full((8, 8), 255, np.uint8), f"{path.name} {error}", "red")


def _photos(source: Path) -> dict[str, Path]:
    """Each photo by its name, "Person/photo.jpg"; the folder's own name may be spelled in other bytes."""
    return {f"{person.name}/{path.name}": path for person in folder.scan(source).people for path in person.files}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
        click.echo(json.dumps(selection.decisions))
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
