"""A photo that was looked at: its faces, and the pixels that a page shows of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from werkzeug.exceptions import NotFound

from pipeline import photos
from pipeline.faces import way_in
from pipeline.faces.choosing import Box
from pipeline.faces.way_in import Face
from pipeline.recognise.recogniser import Recogniser
from webapp.common import advice

SHOWN = 1280  # pixels of the long side of the photo that is kept
EACH = 200_000  # bytes that an answer takes beside its pixels, roughly


@dataclass(frozen=True, eq=False)
class Looked:
    """A photo and its faces, the largest first.

    photo: (h, w, 3) uint8, upright, SHOWN pixels at most; scale: how much smaller it is than the photo that was sent. boxes: of
    the faces, in the pixels of the photo that was sent. faces: each on the part of the photo that is stored when it is enrolled
    (Face.kept). crops: each face as it was cut out, grey. views: each face as each network sees it. clearest: the number of the
    face that is shown first, from 1 on. advice: for each face, what makes its answer uncertain.
    """

    photo: np.ndarray
    scale: float
    boxes: tuple[Box, ...]
    faces: tuple[Face, ...]
    crops: tuple[np.ndarray, ...]
    views: tuple[tuple[np.ndarray, ...], ...]
    clearest: int
    advice: tuple[tuple[str, ...], ...]

    @property
    def size(self) -> int:
        """Bytes, for the store."""
        kept = [face.photo for face in self.faces] + [view for views in self.views for view in views]
        return EACH + sum(picture.nbytes for picture in [self.photo, *self.crops, *kept])

    @property
    def shows_more(self) -> bool:
        """Whether the photo shows more than one face crop: then it is worth showing, with a box on every face."""
        return len(self.faces) > 1 or not self.faces[0].whole

    def place(self, number: int) -> tuple[float, float, float, float]:
        """Left, top, width and height of the box of a face, in percent of the photo, within it."""
        height, width = self.photo.shape[:2]
        x, y, w, h = (side * self.scale for side in self.boxes[number - 1])
        left, top = min(max(x / width, 0), 1), min(max(y / height, 0), 1)
        right, bottom = min((x + w) / width, 1), min((y + h) / height, 1)
        return 100 * left, 100 * top, 100 * (right - left), 100 * (bottom - top)

    def numbered(self, number: int | None) -> int:
        """The number of a face that the photo shows, the clearest one's for None. Raises NotFound."""
        if number is None:
            return self.clearest
        if not 1 <= number <= len(self.faces):
            raise NotFound(f"There is no face {number}: the photo shows {len(self.faces)}.")
        return number

    def crop(self, number: int) -> np.ndarray:
        """A face as it was cut out. Raises NotFound."""
        return self.crops[self.numbered(number) - 1]

    def view(self, number: int, network: int) -> np.ndarray:
        """A face as a network sees it; networks are counted from 1. Raises NotFound."""
        views = self.views[self.numbered(number) - 1]
        if not 1 <= network <= len(views):
            raise NotFound(f"There is no network {network}: the model has {len(views)}.")
        return views[network - 1]


def faces_of(picture: np.ndarray) -> tuple[Face, ...]:
    """The faces of a photo (h, w, 3) uint8. Raises way_in.NoFace for none, with what may be why."""
    try:
        return way_in.look(picture)
    except way_in.NoFace as error:
        why = advice.of_photo(picture)
        raise way_in.NoFace(f"{error}. {why.rstrip('.')}" if why else str(error)) from error


def parts(recogniser: Recogniser, faces: Sequence[Face]) -> dict[str, object]:
    """The fields of a Looked for the faces of one photo, as they were found in it."""
    crops = tuple(face.crop()[0] for face in faces)
    upright = faces[0].photo
    small = photos.shrunk(photos.as_picture(upright), SHOWN)
    return {
        "photo": small,
        "scale": max(small.shape) / max(upright.shape),
        "boxes": tuple(face.box for face in faces),
        "faces": tuple(face.kept() for face in faces),
        "crops": crops,
        "views": tuple(recogniser.prepare_face(face) for face in faces),
        "clearest": 1 + max(range(len(faces)), key=lambda k: clearness(faces[k])),
        "advice": tuple(advice.of_face(*both) for both in zip(faces, crops, strict=True)),
    }


def clearness(face: Face) -> float:
    """How clearly a photo shows a face: the detector's confidence times the shorter side of the box, in pixels."""
    return face.confidence * min(face.box[2:])
