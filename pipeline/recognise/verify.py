"""Verify: do two photos show the same person? No gallery is asked, only the distance of two faces.

Or do a photo and a known person? Then the distance to the mean of that person's photos is asked, as `predict` does.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pipeline.common import console, names
from pipeline.common.errors import JobError
from pipeline.common.numbers import apart
from pipeline.common.options import KERNELS
from pipeline.faces import way_in
from pipeline.faces.way_in import Face, NoFace
from pipeline.recognise.gallery import Snapshot
from pipeline.recognise.gallery_changes import NotThere
from pipeline.recognise.options import FACE, RUN
from pipeline.recognise.predict import read
from pipeline.recognise.rates_in_words import basis, promise
from pipeline.recognise.recogniser import Recogniser, load
from pipeline.recognise.rules import DEFAULT
from pipeline.recognise.thresholds import for_gallery
from siamese_np import metrics


def verify(recogniser: Recogniser, first: Face, second: Face) -> dict[str, Any]:
    """Whether two faces are one person: same, distance, threshold (rule `pair`), far, frr, basis, model, message, faces."""
    return verify_each(recogniser, [first], [second])[0][0]


def verify_each(
    recogniser: Recogniser, first: Sequence[Face], second: Sequence[Face]
) -> tuple[tuple[dict[str, Any], ...], ...]:
    """`verify` of each face of one photo with each of another: result[a][b] is that of first[a] and second[b]."""
    z = recogniser.embed_faces([*first, *second])  # each face is embedded once
    entry = recogniser.thresholds["pair"]
    return tuple(
        tuple(
            _judged(recogniser, float(distance), entry, [one, other])
            for other, distance in zip(second, metrics.distances_to(z[a], z[len(first) :]), strict=True)
        )
        for a, one in enumerate(first)
    )


def verify_person(recogniser: Recogniser, snapshot: Snapshot, face: Face, name: str) -> dict[str, Any]:
    """Whether a face is that of a person in the gallery: as `verify`, with the default rule and its threshold for that gallery,
    and person. Raises NotThere where nobody is called so."""
    row = next((k for k, person in enumerate(snapshot.people) if names.key_of(person) == names.key_of(name)), None)
    if row is None:
        raise NotThere(f"{name} is not in the gallery")
    (z,) = recogniser.embed_faces([face])
    distance = float(snapshot.distances(z, DEFAULT)[0][row])
    entry = for_gallery(recogniser, snapshot, DEFAULT)
    return _judged(recogniser, distance, entry, [face]) | {"person": snapshot.people[row]}


def _judged(recogniser: Recogniser, distance: float, entry: dict[str, Any], faces: list[Face]) -> dict[str, Any]:
    same = distance < entry["threshold"]
    shown, threshold_shown = apart(distance, entry["threshold"])
    return {
        "same": same,
        "distance": distance,
        "threshold": entry["threshold"],
        "far": entry["far"],
        "frr": entry["frr"],
        "basis": basis(entry),
        "model": recogniser.model_hash[:12],
        "message": f"{'the same person' if same else 'different people'}: the distance is {shown}, "
        f"{'below' if same else 'not below'} the threshold {threshold_shown} ({promise(entry)})",
        "faces": [face.to_json() for face in faces],
    }


@click.command("verify", cls=console.Stage)
@click.argument("first", type=Path)
@click.argument("second", type=Path)
@RUN
@KERNELS
@FACE
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(first, second, run, kernels_name, which, as_json):
    """Say whether two photos show the same person. Photos are taken as they are.

    The JSON object has: same, distance, threshold, far, frr, basis, model, message, faces [box, confidence, whole, turned,
    done].
    """
    recogniser = load(run, kernels_name)
    faces = [face_of(path, which) for path in (first, second)]
    found = verify(recogniser, *faces)
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(found["message"])
    for path, face in zip((first, second), faces):
        click.echo(f"  {path}: {face.done}")


def face_of(path: Path, which: str | None) -> Face:
    """The face of a photo that is meant. Raises JobError that names the file."""
    picture = read(path)
    try:
        faces = way_in.look(picture)
        # a photo of one face needs no choice, also where the other photo does
        return way_in.one(faces, which if len(faces) > 1 else None)
    except NoFace as error:
        raise JobError(f"{path}: {error}") from error


if __name__ == "__main__":
    main()
