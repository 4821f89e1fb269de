"""What is kept of two photos that were compared, or of a photo and a known person: each answer, and the pixels of the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.common import names
from pipeline.faces.way_in import Face, NoFace
from pipeline.recognise.verify import verify_each, verify_person
from webapp.common import looked
from webapp.common.looked import Looked
from webapp.common.serving import Now

PHOTOS = ("first", "second")


@dataclass(frozen=True)
class Person:
    """A person of the gallery. photos: the keys of the photos whose mean was compared."""

    name: str
    photos: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Compared:
    """photos: one or two. person: who the only one was compared with. found: found[a][b] is the object of
    pipeline.recognise.verify for face a of the first photo with face b of the second one, or with the person. truth: whether
    two samples show one person, None where nobody knows."""

    photos: tuple[Looked, ...]
    person: Person | None
    found: tuple[tuple[dict[str, Any], ...], ...]
    truth: bool | None

    @property
    def size(self) -> int:
        """Bytes, for the store."""
        return sum(photo.size for photo in self.photos) + sum(2_000 * len(row) for row in self.found)


def two_photos(now: Now, pictures: Sequence[np.ndarray], truth: bool | None = None) -> Compared:
    """Compare each face of one photo (h, w, 3) uint8 with each of another. Raises NoFace that says which photo shows none."""
    faces = _faces(pictures)
    photos = tuple(Looked(**looked.parts(now.recogniser, found)) for found in faces)
    return Compared(photos, None, verify_each(now.recogniser, *faces), truth)


def photo_and_person(now: Now, picture: np.ndarray, name: str) -> Compared:
    """Compare each face of a photo with a person of the gallery. Raises NoFace, EmptyGallery and NotThere."""
    snapshot, faces = now.gallery(), looked.faces_of(picture)
    found = tuple((verify_person(now.recogniser, snapshot, face, name),) for face in faces)
    name = found[0][0]["person"]
    keys = tuple(photo.key for photo in snapshot.photos if names.key_of(photo.person) == names.key_of(name))
    return Compared((Looked(**looked.parts(now.recogniser, faces)),), Person(name, keys), found, None)


def _faces(pictures: Sequence[np.ndarray]) -> list[tuple[Face, ...]]:
    found, troubles = [], []
    for which, picture in zip(PHOTOS, pictures, strict=True):
        try:
            found.append(looked.faces_of(picture))
        except NoFace as error:
            troubles.append(f"The {which} photo: {error}")
    if troubles:
        raise NoFace(". ".join(troubles))
    return found
