"""siamese-np select: the page, or the same decisions from the terminal."""

import json
from collections.abc import Iterable
from pathlib import Path

import click

from pipeline import photos
from pipeline.common.console import Stage, say
from pipeline.common.errors import JobError
from pipeline.photos import folder, selection, selection_sheet
from pipeline.photos.selection import Selection
from webapp import select
from webapp.select import found
from webapp.server.listen import PORT, serve


@click.command("select", cls=Stage)
@click.argument("source", type=click.Path(path_type=Path, file_okay=False), default="data/raw")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one.")
@click.option("--reject", "rejected", multiple=True, metavar="PERSON/PHOTO", help="Leave this photo out; repeatable.")
@click.option("--keep", "kept", multiple=True, metavar="PERSON/PHOTO", help="Take it back in; repeatable.")
@click.option("--face", "chosen", multiple=True, type=(str, int), metavar="PERSON/PHOTO NUMBER",
              help="Keep it for this face, counted from left to right; repeatable.")  # fmt: skip
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False), help="Write a contact sheet, a PNG.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: photo -> true (kept) or false (rejected).")
def main(source, port, rejected, kept, chosen, sheet, as_json):
    """Look at the photos in SOURCE (one folder per person; data/raw unless told otherwise), and keep or reject each.

    Serves a page, at 127.0.0.1: one key per photo (k keeps, r rejects, 1 to 9 choose a face, u takes back). With
    --reject, --keep, --face, --sheet or --json there is no page: the same is done from the terminal. Nothing is deleted:
    the decisions are kept in SOURCE/selection.json, and siamese-np extract follows them. A photo without a decision is
    kept.
    """
    there = selection.names_of(folder.scan(source).people)
    decided = selection.load(source, there=there)
    if not (rejected or kept or chosen or sheet or as_json):
        _serve(source, port)
        return
    for names, value in ((rejected, False), (kept, True)):
        if names:
            decided = selection.decide(source, names, value)
    for name, box in _boxes(source, there, chosen):
        decided = selection.choose(source, name, box)
    if sheet:
        selection_sheet.write(source, sheet, decided)
    if as_json:
        click.echo(json.dumps(decided.decisions))
    else:
        _print(source, decided)


def _boxes(source: Path, there: selection.There, chosen: Iterable[tuple[str, int]]) -> list[tuple[str, selection.Face]]:
    """The box of each chosen face. Raises JobError for a photo or a face that isn't there; then nothing is chosen."""
    boxes = []
    detector = select.mtcnn() if chosen else None
    for name, number in chosen:
        if name not in there:
            raise JobError(f"{source} has no photo {name}: name it as Person/photo.jpg")
        try:
            seen = found.find(photos.read(there[name]), detector.detect_faces)
        except photos.PhotoError as error:
            raise JobError(f"{name} {error}") from error
        if not 1 <= number <= len(seen.boxes):
            raise JobError(f"{name} has no face {number}: {seen.reason or f'{len(seen.boxes)} are found'}")
        boxes.append((name, seen.boxes[number - 1]))
    return boxes


def _serve(source: Path, port: int) -> None:
    app = select.create_app({"SOURCE": source})
    count = app.extensions["desk"].now().progress()
    say(f"{count.photos} photos, {count.decided} decided; decisions go to {source / selection.FILE}")
    serve(app, port)


def _print(source: Path, decided: Selection) -> None:
    for person in folder.scan(source).people:
        names = [f"{person.name}/{path.name}" for path in person.files]
        out = [name for name in names if name in decided.rejected]
        undecided = sum(name not in decided.decisions for name in names)
        count = "1 photo" if len(names) == 1 else f"{len(names)} photos"
        click.echo(f"{person.name}: {count}, {len(out)} rejected, {undecided} undecided")
        for name in out:
            click.echo(f"  rejected {name}")
        for name in names:
            if name in decided.faces and name not in out:
                click.echo(f"  face chosen on {name}")


if __name__ == "__main__":
    main()
