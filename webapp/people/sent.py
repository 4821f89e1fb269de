"""A photo that was sent to be enrolled. It is in memory only, until somebody says that it shall be kept."""

from dataclasses import dataclass

import numpy as np
from werkzeug.datastructures import FileStorage

from pipeline import photos
from pipeline.common.console import printable
from pipeline.faces import choosing
from pipeline.faces.way_in import CUT, Face
from pipeline.recognise.kept_faces import content_key
from webapp.common import enrolling

SHOWN = 900  # pixels of the long side of the picture that the page shows
LONGEST = 120  # characters of a name that is shown


@dataclass(frozen=True, eq=False)
class Sent:
    """called: the name of the file, for who sent it. reason: why no face can be taken, a sentence.

    keys: under which the gallery would know this photo, one for the file and one for each face. jpeg: the photo,
    upright, of size (width, height), SHOWN pixels at most; None where it can't be read. faces: the largest first,
    each on the part of the photo that would be stored. boxes: of each face the left, top, width and height in
    percent of the photo.
    """

    called: str
    reason: str | None
    keys: tuple[str, ...]
    jpeg: bytes | None
    size: tuple[int, int]
    faces: tuple[Face, ...]
    boxes: tuple[tuple[float, ...], ...]

    @property
    def bytes(self) -> int:
        """For the store."""
        return 2000 + len(self.jpeg or b"") + sum(face.photo.nbytes for face in self.faces)

    def cut(self, number: int) -> np.ndarray:
        """The face with this number, from 1 on, as it is cut out, in colour."""
        face = self.faces[number - 1]
        return photos.as_picture(face.photo if face.whole else choosing.cut(face.photo, face.region, CUT.size))


def examine(file: FileStorage) -> Sent:
    """Look for faces in a file. Raises ServiceUnavailable."""
    picture, faces, reason = enrolling.look(file)
    file.seek(0)
    upright = faces[0].photo if faces else picture
    small = None if upright is None else photos.shrunk(photos.as_picture(upright), SHOWN)
    kept = tuple(face.kept() for face in faces)
    return Sent(
        called=printable((file.filename or "")[:LONGEST]),
        reason=reason,
        keys=(content_key(file.read()), *(content_key(photos.png_bytes(face.photo)) for face in kept)),
        jpeg=None if small is None else photos.jpeg_bytes(small),
        size=(0, 0) if small is None else (small.shape[1], small.shape[0]),
        faces=kept,
        boxes=tuple(_percent(face, upright.shape) for face in faces),
    )


def _percent(face: Face, shape: tuple[int, ...]) -> tuple[float, ...]:
    x, y, width, height = face.box
    left, right = (100 * min(max(side / shape[1], 0), 1) for side in (x, x + width))
    top, bottom = (100 * min(max(side / shape[0], 0), 1) for side in (y, y + height))
    return tuple(round(side, 2) for side in (left, top, right - left, bottom - top))
