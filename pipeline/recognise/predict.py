"""Predict: who in the gallery is nearest to a probe, and whether that is near enough.

Rule `mean` measures to the mean embedding of each person (scaled back to length 1), `nearest` to each person's nearest
photo. Beyond the threshold for the people at hand (thresholds.py), the answer is "unknown".
"""

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from pipeline import photos
from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.common.options import KERNELS
from pipeline.recognise.gallery import Gallery, Snapshot
from pipeline.recognise.options import GALLERY, RUN, gallery_of
from pipeline.recognise.recogniser import Recogniser, load
from pipeline.recognise.thresholds import RULES, basis, for_gallery, promise
from siamese_np import metrics


def predict(
    recogniser: Recogniser, snapshot: Snapshot, picture: np.ndarray, rule: str = "mean", top: int | None = 5
) -> dict[str, Any]:
    """The answer for one probe (h, w) or (h, w, 3) uint8, as JSON values:

    answer (a name, or None for unknown), known, rule, threshold, far and frr, basis (what these rates rest on),
    distance (to the nearest person), ranking (the `top` nearest people, each with distance, nearest photo's key,
    photo_distance and number of photos), gallery (people, photos), model, message (one sentence).
    """
    (z,) = recogniser.embed([picture])
    to_photos = metrics.distances_to(z, snapshot.embeddings)
    if rule == "mean":
        to_people = metrics.distances_to(z, snapshot.means)
    else:
        to_people = np.minimum.reduceat(to_photos, snapshot.starts)
    ends = [*snapshot.starts[1:], len(to_photos)]
    ranking = []
    for k in np.argsort(to_people, kind="stable")[:top]:
        own = to_photos[snapshot.starts[k] : ends[k]]
        nearest = snapshot.starts[k] + own.argmin()
        ranking.append({"person": snapshot.people[k], "distance": float(to_people[k]),
                        "photo": snapshot.photos[nearest].key, "photo_distance": float(to_photos[nearest]),
                        "photos": len(own)})  # fmt: skip
    entry = for_gallery(recogniser, snapshot, rule)
    first, threshold = ranking[0], entry["threshold"]
    known = first["distance"] < threshold
    answer = first["person"] if known else None
    return {
        "answer": answer,
        "known": known,
        "rule": rule,
        "threshold": threshold,
        "far": entry["far"],
        "frr": entry["frr"],
        "basis": basis(entry),
        "distance": first["distance"],
        "ranking": ranking,
        "gallery": {"people": len(snapshot.people), "photos": len(snapshot.photos)},
        "model": recogniser.model_hash[:12],
        "message": f"{answer or 'unknown'}: the nearest is {first['person']} at {first['distance']:.2f}, "
        f"{'below' if known else 'beyond'} the threshold {threshold:.2f} ({promise(entry)})",
    }


def verify(recogniser: Recogniser, a: np.ndarray, b: np.ndarray) -> dict[str, Any]:
    """Whether two faces are one person: distance, threshold (of the rule `pair`), same, far, frr, basis, model,
    message."""
    z = recogniser.embed([a, b])
    distance = float(np.linalg.norm(z[0] - z[1]))
    entry = recogniser.thresholds["pair"]
    same = distance < entry["threshold"]
    return {
        "same": same,
        "distance": distance,
        "threshold": entry["threshold"],
        "far": entry["far"],
        "frr": entry["frr"],
        "basis": basis(entry),
        "model": recogniser.model_hash[:12],
        "message": f"{'the same person' if same else 'different people'}: the distance is {distance:.2f}, "
        f"{'below' if same else 'not below'} the threshold {entry['threshold']:.2f} ({promise(entry)})",
    }


def _picture(path: Path) -> np.ndarray:
    try:
        return photos.read(path)
    except photos.PhotoError as error:
        raise JobError(f"{path}: {error}") from error


@click.command("predict", cls=console.Stage)
@click.argument("files", nargs=-1, required=True, type=Path, metavar="PHOTO...")
@RUN
@GALLERY
@KERNELS
@click.option("--rule", type=click.Choice(RULES), default="mean", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a photo, a line each.")
def main(files, run, chosen, kernels_name, rule, as_json):
    """Say who each PHOTO (of a cropped face) shows: the nearest person of the gallery, or "unknown".

    A JSON line has: photo, answer (name or null), known, distance, threshold, rule, far, frr, basis (what far and frr
    rest on), ranking [person, distance, photo, photo_distance, photos], gallery [people, photos], model, message; or
    photo, error, message.
    """
    recogniser = load(run, kernels_name)
    snapshot = Gallery(gallery_of(run, chosen), recogniser).refresh()
    for path, reason in snapshot.problems:
        console.say(f"gallery: {path}: {reason}")
    failed = 0
    for path in files:
        try:
            answer = predict(recogniser, snapshot, _picture(path), rule)
        except JobError as error:
            failed += 1
            console.say(f"Error: {error}")
            answer = {"error": str(error), "message": "not answered"}
        click.echo(json.dumps({"photo": str(path), **answer}) if as_json else f"{path}: {answer['message']}")
    if failed:
        raise JobError(f"{failed} of {len(files)} photos could not be answered")


@click.command("verify", cls=console.Stage)
@click.argument("first", type=Path)
@click.argument("second", type=Path)
@RUN
@KERNELS
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify_command(first, second, run, kernels_name, as_json):
    """Say whether two photos (of cropped faces) show the same person.

    The JSON object has: same, distance, threshold, far, frr, basis, model, message.
    """
    answer = verify(load(run, kernels_name), _picture(first), _picture(second))
    click.echo(json.dumps(answer) if as_json else answer["message"])


if __name__ == "__main__":
    main()
