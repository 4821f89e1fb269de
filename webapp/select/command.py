"""siamese-np select: the page, or the same decisions from the terminal."""

import json
from pathlib import Path

import click

from pipeline.common.console import Stage, say
from pipeline.photos import folder, selection, selection_sheet
from pipeline.photos.selection import Selection
from webapp import select
from webapp.serve import PORT, serve


@click.command("select", cls=Stage)
@click.argument("source", type=click.Path(path_type=Path, file_okay=False), default="data/raw")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one.")
@click.option("--reject", "rejected", multiple=True, metavar="PERSON/PHOTO", help="Leave this photo out; repeatable.")
@click.option("--keep", "kept", multiple=True, metavar="PERSON/PHOTO", help="Take it back in; repeatable.")
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False), help="Write a contact sheet, a PNG.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: photo -> true (kept) or false (rejected).")
def main(source, port, rejected, kept, sheet, as_json):
    """Look at the photos in SOURCE (one folder a person; data/raw unless told otherwise), and keep or reject each.

    Serves a page, at 127.0.0.1: one key a photo (k keeps, r rejects, u takes back). With --reject, --keep, --sheet or
    --json no page: the same is done from the terminal. Nothing is deleted: the decisions stand in
    SOURCE/selection.json, and siamese-np extract goes by them. What nobody decided is kept.
    """
    decided = selection.load(source, there=selection.names_of(folder.scan(source).people))
    if not (rejected or kept or sheet or as_json):
        _serve(source, port)
        return
    for names, value in ((rejected, False), (kept, True)):
        if names:
            decided = selection.decide(source, names, value)
    if sheet:
        selection_sheet.write(source, sheet, decided)
    if as_json:
        click.echo(json.dumps(decided.decisions))
    else:
        _print(source, decided)


def _serve(source: Path, port: int) -> None:
    app = select.create_app({"SOURCE": source})
    desk, background = app.extensions["desk"], app.extensions["background"]
    count = desk.now().progress()
    say(f"{count.photos} photos, {count.decided} decided; decisions go to {source / selection.FILE}")
    try:
        serve(app, port)
    finally:
        background.stop()


def _print(source: Path, decided: Selection) -> None:
    for person in folder.scan(source).people:
        names = [f"{person.name}/{path.name}" for path in person.files]
        out = [name for name in names if name in decided.rejected]
        undecided = sum(name not in decided.decisions for name in names)
        count = "1 photo" if len(names) == 1 else f"{len(names)} photos"
        click.echo(f"{person.name}: {count}, {len(out)} rejected, {undecided} undecided")
        for name in out:
            click.echo(f"  rejected {name}")


if __name__ == "__main__":
    main()
