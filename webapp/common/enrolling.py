"""Photos that are sent to be enrolled: which faces each of them shows, and which of several is the person."""

import numpy as np
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException

from pipeline.common import names
from pipeline.faces import way_in
from pipeline.faces.way_in import Face, NoFace
from pipeline.recognise.enroll import most_alike
from pipeline.recognise.rules import DEFAULT
from pipeline.recognise.thresholds import for_gallery
from webapp.common import failures, uploads
from webapp.common.serving import Now


def look(file: FileStorage) -> tuple[np.ndarray | None, tuple[Face, ...], str | None]:
    """The photo in a file (h, w, 3) uint8, None where it can't be read; its faces; and why there is none, a sentence.

    Raises ServiceUnavailable, which is not the photo's fault.
    """
    picture = None
    try:
        picture = uploads.read(file)
        return picture, way_in.look(picture), None
    except NoFace as error:
        return picture, (), failures.sentence(error)
    except HTTPException as error:
        if error.code == 503:
            raise
        return None, (), error.description


def alike(now: Now, name: str, faces: tuple[Face, ...]) -> Face | None:
    """Of several faces the one that is like the known photos of a person; None where it can't be told."""
    known = embeddings_of(now, name)
    return most_alike(now.recogniser, faces, known, threshold(now)) if len(known) else None


def embeddings_of(now: Now, name: str) -> np.ndarray:
    """The embeddings (n, D) of the photos of a person in the gallery; n is 0 where there are none."""
    if now.snapshot is None:
        return np.empty((0, 0), np.float32)
    key = names.key_of(name)
    return now.snapshot.embeddings[[names.key_of(photo.person) == key for photo in now.snapshot.photos]]


def threshold(now: Now) -> float:
    """The distance below which a photo counts as a person, by the default rule."""
    entry = for_gallery(now.recogniser, now.snapshot, DEFAULT) if now.snapshot else now.recogniser.thresholds[DEFAULT]
    return entry["threshold"]
