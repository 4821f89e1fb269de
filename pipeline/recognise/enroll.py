"""The commands `enroll` and `forget`: people come into the gallery and leave it, without any training."""

import shlex
import unicodedata
from pathlib import Path

import click
import numpy as np

from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.common.options import KERNELS
from pipeline.faces import way_in
from pipeline.faces.way_in import Face, NoFace
from pipeline.recognise.gallery import EmptyGallery, Gallery
from pipeline.recognise.options import FACE, GALLERY, RUN, gallery_of, photos_in
from pipeline.recognise.predict import read
from pipeline.recognise.recogniser import Recogniser, load
from pipeline.recognise.rules import DEFAULT, gallery_distances
from pipeline.recognise.thresholds import for_gallery


def most_alike(
    recogniser: Recogniser, faces: tuple[Face, ...], of_person: np.ndarray, threshold: float
) -> Face | None:
    """Of several faces the one that is a person with these embeddings (n, D); None where it can't be told.

    It is the nearest one, and only where it lies below the threshold while every other face lies beyond it.
    """
    z, owners = recogniser.embed_faces(faces), np.zeros(len(of_person), int)
    distances = gallery_distances(DEFAULT, of_person, owners, z, recogniser.unit_length)[1][:, 0]
    nearest, second = np.sort(distances)[:2]
    return faces[int(distances.argmin())] if nearest < threshold <= second else None


def likeness(
    gallery: Gallery, name: str, taken: list[Face], run: Path, kernels_name: str
) -> tuple[Recogniser, np.ndarray, float] | None:
    """The model, the embeddings (n, D) of all that is known of a person, and the threshold; None where one is missing.

    Known are the photos that are enrolled already, and the faces that are `taken` now.
    """
    if not (run / "model.npz").is_file():  # a gallery can be filled before there is a model
        return None
    recogniser = load(run, kernels_name)
    parts = [recogniser.embed_faces(taken)] if taken else []
    entry = recogniser.thresholds[DEFAULT]
    try:
        snapshot = Gallery(gallery.root, recogniser).refresh()
    except EmptyGallery:
        snapshot = None
    if snapshot:
        entry = for_gallery(recogniser, snapshot, DEFAULT)
        parts.append(snapshot.embeddings[[photo.person == name for photo in snapshot.photos]])
    known = np.concatenate(parts) if parts else ()
    return (recogniser, known, entry["threshold"]) if len(known) else None


@click.command("enroll", cls=console.Stage)
@click.argument("name")
@click.argument("paths", nargs=-1, required=True, type=Path, metavar="PHOTO|FOLDER...")
@RUN
@GALLERY
@FACE
@KERNELS
def enroll(name, paths, run, chosen, which, kernels_name):
    """Add photos of a person to the gallery; nothing is trained. Of a FOLDER all photos in it and below are added.

    Photos are taken as they are; the face, with some surroundings, is stored. Where a photo shows several faces, the
    one that is like the photos already enrolled is taken, or one that is much larger than the others, or the one that
    --face says. Photos that can't be read or show no face are named, and the others are added.
    """
    files = photos_in(paths)
    gallery = Gallery(gallery_of(run, chosen))
    name = unicodedata.normalize("NFC", name)
    taken, several, unread = [], [], 0
    for path in console.progress(files, "photos"):
        try:
            picture = read(path)
        except JobError as error:
            unread += 1
            console.say(str(error))
            continue
        try:
            faces = way_in.look(picture)
            if len(faces) > 1 and which is None:
                several.append((path, faces))  # judged when all that is known of the person is at hand
                continue
            face = way_in.one(faces, which if len(faces) > 1 else None)
        except NoFace as error:
            console.say(f"{path}: {error}")
            continue
        console.say(f"{path}: {face.done}")
        taken.append(face)
    known = likeness(gallery, name, taken, run, kernels_name) if several else None
    for path, faces in several:
        try:
            face = (known and most_alike(known[0], faces, *known[1:])) or way_in.one(faces)
        except NoFace as error:
            console.say(f"{path}: {error}")
            continue
        console.say(f"{path}: {face.done}")
        taken.append(face)
    if not taken:
        raise JobError(f"none of the {len(files)} files is a photo of a face: nobody was added")
    new = gallery.enroll_faces(name, taken)
    click.echo(f"{name}: {new} photos added, {len(taken) - new} were there already, {unread} could not be read, "
               f"{len(files) - len(taken) - unread} show no face to take")  # fmt: skip
    if len(taken) < len(files):
        raise JobError("some files were not added, see above")


@click.command("forget", cls=console.Stage)
@click.argument("name", required=False)
@RUN
@GALLERY
@click.option("--undo", is_flag=True, help="Undo the last change of the gallery instead.")
@click.option("--for-good", is_flag=True, help="Keep nothing for an undo.")
def forget(name, run, chosen, undo, for_good):
    """Delete a person and all their photos from the gallery. For a day this can be undone.

    --undo also takes back what was changed on the page: it undoes the last change, then the one before.
    """
    if undo == (name is not None):
        raise click.UsageError("give either a NAME or --undo")
    people = Gallery(gallery_of(run, chosen))
    if undo:
        click.echo(f"undone: {people.undo().what}")
        return
    change = people.forget(name, for_good)
    click.echo(f"{name}: {change.photos} photos deleted from {people.root}")
    if not for_good:
        console.say(f"to bring them back: siamese-np forget --undo --gallery {shlex.quote(str(people.root))}")
