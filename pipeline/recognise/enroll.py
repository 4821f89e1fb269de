"""The commands `enroll` and `forget`: people come into the gallery and leave it, without any training."""

from pathlib import Path

import click

from pipeline import photos
from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.recognise.gallery import Gallery
from pipeline.recognise.options import GALLERY, RUN, gallery_of


@click.command("enroll", cls=console.Stage)
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=Path, metavar="PHOTO...")
@RUN
@GALLERY
def enroll(name, files, run, chosen):
    """Add photos of a person to the gallery, as copies; nothing is trained.

    Photos that can't be read are named, the others are added.
    """
    pictures = []
    for path in files:
        try:
            pictures.append(photos.read(path))
        except photos.PhotoError as error:
            console.say(f"{path}: {error}")
    if not pictures:
        raise JobError(f"none of the {len(files)} files is a photo: nobody was added")
    new = Gallery(gallery_of(run, chosen)).enroll(name, pictures)
    click.echo(f"{name}: {new} photos added, {len(pictures) - new} were there already, "
               f"{len(files) - len(pictures)} could not be read")  # fmt: skip
    if len(pictures) < len(files):
        raise JobError("some files could not be read, see above")


@click.command("forget", cls=console.Stage)
@click.argument("name")
@RUN
@GALLERY
def forget(name, run, chosen):
    """Delete a person and all their photos from the gallery."""
    root = gallery_of(run, chosen)
    click.echo(f"{name}: {Gallery(root).forget(name)} photos deleted from {root}")
