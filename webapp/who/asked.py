"""What is kept of a photo that was asked about: the answer, and the pixels that the page shows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline import photos
from pipeline.faces import way_in
from pipeline.faces.way_in import Face
from pipeline.recognise.gallery import Snapshot
from pipeline.recognise.predict import answer as answer_for
from pipeline.recognise.recogniser import Recogniser
from webapp.common.samples import Sample
from webapp.who import advice

RANKED = 20  # people in an answer
SHOWN = 1280  # pixels of the long side of the photo that is kept
EACH = 200_000  # bytes that an answer takes beside its pixels, roughly


@dataclass(frozen=True, eq=False)
class Asked:
    """A photo that was asked about.

    answer: the object of pipeline.recognise.predict. photo: (h, w, 3) uint8, upright, SHOWN pixels at most; scale: its
    size in sizes of the photo that was sent. For each face, the largest first: faces, on the part of the photo that is
    stored when it is enrolled (Face.kept); crops, grey, as it was cut out; views, as each network sees it; advice, what
    makes its answer uncertain. clearest: the number of the face that is shown first, from 1 on. sample: what was
    clicked on, if it was one.
    """

    answer: dict[str, Any]
    photo: np.ndarray
    scale: float
    faces: tuple[Face, ...]
    crops: tuple[np.ndarray, ...]
    views: tuple[tuple[np.ndarray, ...], ...]
    clearest: int
    advice: tuple[tuple[str, ...], ...]
    sample: Sample | None

    @property
    def size(self) -> int:
        """Bytes, for the store."""
        kept = [face.photo for face in self.faces] + [view for views in self.views for view in views]
        return EACH + sum(picture.nbytes for picture in [self.photo, *self.crops, *kept])

    def place(self, number: int) -> tuple[float, float, float, float]:
        """Left, top, width and height of the box of a face, in percent of the photo, within it."""
        height, width = self.photo.shape[:2]
        x, y, w, h = (side * self.scale for side in self.answer["faces"][number - 1]["face"]["box"])
        left, top = min(max(x / width, 0), 1), min(max(y / height, 0), 1)
        right, bottom = min((x + w) / width, 1), min((y + h) / height, 1)
        return 100 * left, 100 * top, 100 * (right - left), 100 * (bottom - top)


def ask(
    recogniser: Recogniser, snapshot: Snapshot, picture: np.ndarray, rule: str, sample: Sample | None = None
) -> Asked:
    """Find the faces of a photo (h, w, 3) uint8 and compare each with the gallery. Raises way_in.NoFace for none."""
    try:
        faces = way_in.look(picture)
    except way_in.NoFace as error:
        why = advice.of_photo(picture)
        raise way_in.NoFace(f"{error}. {why.rstrip('.')}" if why else str(error)) from error
    views = tuple(recogniser.prepare_face(face) for face in faces)
    answer = answer_for(recogniser, snapshot, faces, rule, RANKED, views)
    upright = faces[0].photo
    crops = tuple(face.crop()[0] for face in faces)
    small = photos.shrunk(photos.as_picture(upright), SHOWN)
    return Asked(
        answer=answer,
        photo=small,
        scale=max(small.shape) / max(upright.shape),
        faces=tuple(face.kept() for face in faces),
        crops=crops,
        views=views,
        clearest=1 + max(range(len(faces)), key=lambda k: clearness(faces[k])),
        advice=tuple(advice.of_face(*both) for both in zip(faces, crops, strict=True)),
        sample=sample,
    )


def clearness(face: Face) -> float:
    """How clearly a photo shows a face: the detector's confidence times the shorter side of the box, in pixels."""
    return face.confidence * min(face.box[2:])
