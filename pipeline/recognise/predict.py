"""Predict: who in the gallery is nearest to a probe, and whether that is near enough.

How far a person is, a rule of rules.py says. Beyond the threshold for the people at hand (thresholds.py) the answer is "unknown".
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from pipeline import photos
from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.common.numbers import apart
from pipeline.common.options import KERNELS
from pipeline.faces import way_in
from pipeline.faces.way_in import Face
from pipeline.recognise.gallery import Gallery, Snapshot
from pipeline.recognise.options import GALLERY, RUN, gallery_of, photos_in
from pipeline.recognise.rates_in_words import basis, promise
from pipeline.recognise.recogniser import Recogniser, load
from pipeline.recognise.rules import DEFAULT, RULES
from pipeline.recognise.thresholds import for_gallery


def predict(
    recogniser: Recogniser, snapshot: Snapshot, picture: np.ndarray, rule: str = DEFAULT, top: int | None = 5
) -> dict[str, Any]:
    """The answer for one photo (h, w) or (h, w, 3) uint8 as it is: that of `answer` for the faces that it shows.

    Raises way_in.NoFace where it shows none.
    """
    return answer(recogniser, snapshot, way_in.look(picture), rule, top)


def answer(
    recogniser: Recogniser, snapshot: Snapshot, faces: Sequence[Face], rule: str = DEFAULT, top: int | None = 5,
    views: Sequence[tuple[np.ndarray, ...]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The answer for the faces of a photo, as JSON values. views: what `prepare_face` gave for each, where that is known.
    For the first, largest face:

    answer (a name, or None for unknown), known, distance (to the nearest person), ranking (the `top` nearest people,
    each with distance, nearest photo's key, photo_distance and number of photos), message (one sentence),
    same_photo_as (other names under which a photo of the nearest person is enrolled), face (Face.to_json: what was done
    with the photo); for all faces alike: rule, threshold, far and frr (for_gallery), basis (what these rates rest on),
    gallery (people, photos), model. faces: for each face answer, known, distance, ranking, message,
    same_photo_as and face.
    """
    entry = for_gallery(recogniser, snapshot, rule)
    embeddings = recogniser.embed_faces(faces) if views is None else recogniser.embed_views(views)
    answers = [
        _answer(snapshot, z, rule, entry, top) | {"face": face.to_json()}
        for z, face in zip(embeddings, faces, strict=True)
    ]
    return {
        **answers[0],
        "rule": rule,
        "threshold": entry["threshold"],
        "far": entry["far"],
        "frr": entry["frr"],
        "basis": basis(entry),
        "gallery": {"people": len(snapshot.people), "photos": len(snapshot.photos)},
        "model": recogniser.model_hash[:12],
        "faces": answers,
    }


def _answer(
    snapshot: Snapshot, z: np.ndarray, rule: str, entry: dict[str, Any], top: int | None
) -> dict[str, Any]:
    """The answer for one face with embedding z (D,)."""
    to_people, to_photos = snapshot.distances(z, rule)
    ends = [*snapshot.starts[1:], len(to_photos)]
    ranking = []
    for k in np.argsort(to_people, kind="stable")[:top]:
        of_person = to_photos[snapshot.starts[k] : ends[k]]
        nearest = snapshot.starts[k] + of_person.argmin()
        ranking.append({"person": snapshot.people[k], "distance": float(to_people[k]),
                        "photo": snapshot.photos[nearest].key, "photo_distance": float(to_photos[nearest]),
                        "photos": len(of_person)})  # fmt: skip
    first, threshold = ranking[0], entry["threshold"]
    known = first["distance"] < threshold
    name = first["person"] if known else None
    others = enrolled_as(snapshot, first["person"])
    doubt = f"; the same photo is enrolled as {' and '.join((first['person'], *others))}" if others else ""
    shown, threshold_shown = apart(first["distance"], threshold)
    return {
        "answer": name,
        "known": known,
        "distance": first["distance"],
        "ranking": ranking,
        "message": f"{name or 'unknown'}: the nearest is {first['person']} at {shown}, "
        f"{'below' if known else 'not below'} the threshold {threshold_shown} ({promise(entry)}){doubt}",
        "same_photo_as": others,
    }


def enrolled_as(snapshot: Snapshot, person: str) -> list[str]:
    """The other people under whose names a photo of `person` is enrolled as well; one of these names is wrong."""
    own = {photo.key for photo in snapshot.photos if photo.person == person}
    return sorted({photo.person for photo in snapshot.photos if photo.key in own} - {person})


def read(path: Path) -> np.ndarray:
    """The photo in a file. Raises JobError that names the file."""
    try:
        return photos.read(path)
    except photos.PhotoError as error:
        raise JobError(f"{path}: {error}") from error


def lines(path: Path, found: dict[str, Any]) -> list[str]:
    """The answer for a photo in words, one line for each face."""
    faces = found["faces"]
    if len(faces) == 1:
        return [f"{path}: {found['message']} ({found['face']['done']})"]
    return [
        f"{path}, face {number} of {len(faces)}: {one['message']} ({one['face']['done']})"
        for number, one in enumerate(faces, 1)
    ]


@click.command("predict", cls=console.Stage)
@click.argument("paths", nargs=-1, required=True, type=Path, metavar="PHOTO|FOLDER...")
@RUN
@GALLERY
@KERNELS
@click.option("--rule", type=click.Choice(RULES), default=DEFAULT, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per photo, one per line.")
def main(paths, run, chosen, kernels_name, rule, as_json):
    """Say who each PHOTO shows: the nearest person of the gallery, or "unknown", for each face in it.

    Photos are taken as they are: faces are found, turned upright and cut out, and each answer says what was done. Of a
    FOLDER all photos in it and below are answered.

    A JSON line has: photo, answer (name or null), known, distance, threshold, rule, far, frr, basis (what far and frr
    rest on), ranking [person, distance, photo, photo_distance, photos], message, same_photo_as (other names under which
    a photo of the nearest person is enrolled), face [box, confidence, whole, turned, done], faces [answer, known, distance,
    ranking, message, same_photo_as, face], gallery [people, photos], model; or photo, error,
    message. The keys before faces are about the largest face.
    """
    files = photos_in(paths)
    recogniser = load(run, kernels_name)
    snapshot = Gallery(gallery_of(run, chosen), recogniser).refresh()
    for path, reason in snapshot.problems:
        console.say(f"gallery: {path}: {reason}")
    failed = 0
    for path in console.progress(files, "photos"):
        try:
            found = predict(recogniser, snapshot, read(path), rule)
            text = lines(path, found)
        except JobError as error:
            failed += 1
            reason = str(error) if str(path) in str(error) else f"{path}: {error}"
            console.say(f"Error: {reason}")
            found = {"error": reason, "message": "not answered"}
            text = [f"{path}: not answered"]
        for line in [json.dumps({"photo": str(path), **found})] if as_json else text:
            click.echo(line)
    if failed:
        raise JobError(f"{failed} of {len(files)} photos could not be answered")


if __name__ == "__main__":
    main()
