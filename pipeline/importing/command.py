"""The command: shows what it would do, asks, and does it."""

import json
import sys
import zipfile
from contextlib import ExitStack
from pathlib import Path

import click

from pipeline.common import locks
from pipeline.common.console import Stage, quoted, say, this_command
from pipeline.common.errors import JobError
from pipeline.importing import arrays, layouts, plan
from pipeline.importing.found import FORMS, Found
from pipeline.importing.sources import Entry, open_tree


def form_of(source: Path) -> str:
    """What a source is, by its content: "npy", "mat", "zip" (any archive) or "folder"."""
    if source.is_dir():
        return "folder"
    with source.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    if head.startswith((b"MATLAB", b"\x89HDF")) or source.suffix.lower() == ".mat":
        return "mat"
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
        return "npy" if names and all(name.endswith(".npy") for name in names) else "zip"
    return "csv" if _is_text(head) else "zip"


def find(source: Path, form: str | None, labels: Path | None, stack: ExitStack) -> Found:
    """The photos in `source`, in the form given or recognised. `stack` closes an archive. Raises JobError."""
    if not source.exists():
        raise JobError(f"{source} doesn't exist")
    kind = form if form in ("npy", "mat") else form_of(source)
    if kind in ("npy", "mat"):
        if source.is_dir():
            raise JobError(f"{source} is a folder: give the {kind} file in it")
        return arrays.load(source, kind, labels)
    if labels:
        raise JobError("--labels belongs to an array of faces; a table beside photos is found by itself")
    layout = None if form == "zip" else form
    if kind == "csv":  # the table was given: its photos lie around it
        layout, root = "csv", source.resolve().parent
        entries = stack.enter_context(open_tree(root))
        return layouts.recognise(source, [entry for entry in entries if _is_photo_or(entry, source.name)], layout)
    return layouts.recognise(source, stack.enter_context(open_tree(source)), layout)


def _is_photo_or(entry: Entry, name: str) -> bool:
    return not entry.reason or entry.path == name


def _is_text(head: bytes) -> bool:
    is_utf_16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return bool(head) and (is_utf_16 or all(byte >= 32 or byte in b"\t\n\r" for byte in head))


def _refuse_overlap(source: Path, target: Path) -> None:
    a, b = source.resolve(), target.resolve()
    if source.is_dir() and (b.is_relative_to(a) or a.is_relative_to(b)):
        raise JobError(f"{source} and {target} lie within each other: choose a folder outside {source}")
    if target.exists() and not target.is_dir():
        raise JobError(f"{target} is a file, not a folder")


@click.command("import", cls=Stage)
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path), default="data/raw")
@click.option("--as", "form", type=click.Choice(FORMS), help="The form of SOURCE, where it is not recognised right.")
@click.option("--labels", type=click.Path(path_type=Path), help="For .npy and .mat: a file with one label per face.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as one JSON object.")
def main(source, target, form, labels, yes, as_json):
    """Bring the photos in SOURCE into TARGET (data/raw unless told otherwise), one folder per person.

    \b
    zip     an archive (ZIP, or tar as in lfw.tgz) of what follows
    csv     a table of labels beside the photos: file and person, with or without a header, in any order
    lfw     Person_Name/Person_Name_0001.jpg
    nested  folders at any depth: 2024/spring/Ada/1.jpg, Ada/2024/1.jpg
    names   the person in the name of the file: ada_1.jpg, Ada Lovelace 03.jpg
    npy     an array of faces, N x H x W: .npy with labels beside it, or .npz with arrays of faces and people
    mat     faces as MATLAB writes them, such as Olivetti; needs pip install "siamese-np[mat]"

    The form is recognised by the content. SOURCE stays as it is. First the plan is shown: who gets how many photos,
    what is skipped and why, and what is ambiguous. Then the command asks. Without a terminal, and with --json, it does
    not ask: without --yes nothing is written, and the exit code is 1. No file in TARGET is ever replaced; given again,
    the command does only what is new.

    The JSON object has: source, target, form, how (the rule that named the people), photos, new (how many are not in
    TARGET yet), people (name, photos, new), skipped ([place, reason]), notes (what is ambiguous), written (how many
    files). Exit codes: 0 done, or nothing was new; 1 the job failed, or --yes is missing; 2 wrong usage.
    """
    _refuse_overlap(source, target)
    with ExitStack() as stack:
        if yes or sys.stdin.isatty():
            stack.enter_context(locks.held(target))
        made = plan.make(source, target, find(source, form, labels, stack))
        if not as_json:
            for line in made.lines():
                click.echo(line)
        written, failed = 0, []
        agreed = yes or not made.new or not as_json and sys.stdin.isatty() and click.confirm("Import them?", err=True)
        if agreed and made.new:
            try:
                written, failed = plan.carry_out(made)
            except KeyboardInterrupt:
                raise JobError(f"stopped; what came is kept, and this goes on:\n{this_command()}") from None
    if as_json:
        told = made.to_json()
        skipped = [*told["skipped"], *map(list, failed)]
        click.echo(json.dumps(told | {"skipped": skipped, "written": written}))
    for where, reason in failed:
        say(f"skipped {where}: {reason}")
    if not agreed:
        raise JobError(f"nothing was written. This does it: {this_command()} --yes")
    if made.new and not written:
        raise JobError(f"none of {len(made.new)} new photos could be read")
    say(f"wrote {written} photos to {target}" if made.new else f"nothing is new: all photos are in {target} already")
    if written:
        where = quoted(str(target))
        cropped = made.found.cropped
        say(f"this goes on: siamese-np {'learn' if cropped else 'extract'} {where}{' --cropped' if cropped else ''}")
