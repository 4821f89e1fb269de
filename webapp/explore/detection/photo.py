"""The photo that goes through the detector. ?photo= names it:

    row                         six photos of the run side by side, each smaller by the factor of the pyramid
    sample-KEY, gallery-KEY     a photo that is there, whole, named by its content
    upload-TOKEN                a photo that was sent; it is kept in memory for a while, and then the name finds nothing
"""

import hashlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from flask import request
from PIL import Image
from werkzeug.exceptions import NotFound

from pipeline import photos
from pipeline.faces.detection.pyramid import FACTOR
from pipeline.faces.looking import LONG_SIDE
from pipeline.recognise.gallery import GalleryPhoto
from webapp.common import answers, serving
from webapp.common.samples import Sample
from webapp.explore.common import faces, kept

TALLEST, GAP, GROUND = 260, 14, 205  # pixels of the row, and its grey
IN_ROW = 6
KEPT = 4  # photos in memory: each picture of the page asks for its photo


@dataclass(frozen=True, eq=False)
class Photo:
    """rgb (H, W, 3) uint8, as the detector is given it: at most LONG_SIDE pixels. title: in words."""

    name: str
    title: str
    rgb: np.ndarray

    @cached_property
    def content(self) -> str:
        """A name that its pixels make."""
        return hashlib.sha256(self.rgb.tobytes()).hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class Sent:
    """A photo that was sent."""

    rgb: np.ndarray


def chosen() -> Photo | None:
    """The photo of the address, else the row; None where the run has no photo. Raises NotFound."""
    name = request.args.get("photo") or "row"
    if name == "row":
        row = _of_different_people()
        return _kept(tuple(one.key for one in row), lambda: _side_by_side(row)) if row else None
    kind, _, key = name.partition("-")
    if kind == "upload":
        return Photo(name, "your photo", answers.find(key, Sent).rgb)
    if kind == "sample" and (sample := faces.present().samples.find(key)):
        return _kept((name, sample.person), lambda: Photo(name, sample.person, read(sample.path)))
    if kind == "gallery" and (photo := serving.current().photo(key)):
        return _kept((name, photo.person), lambda: Photo(name, photo.person, read(photo.path)))
    raise NotFound("There is no such photo any more. Choose another one.")


def keep(picture: np.ndarray) -> str:
    """Keep a photo that was sent, and return its name."""
    rgb = as_given(picture)
    return f"upload-{answers.store().put(Sent(rgb), rgb.nbytes)}"


def as_given(picture: np.ndarray) -> np.ndarray:
    """A photo (h, w) or (h, w, 3) uint8 as looking.faces gives it to the detector."""
    return np.ascontiguousarray(photos.shrunk(photos.as_picture(picture), LONG_SIDE))


def read(path: Path) -> np.ndarray:
    """The photo in a file, as the detector is given it. Raises NotFound."""
    try:
        return as_given(photos.read(path))
    except photos.PhotoError as error:
        raise NotFound(f"This photo {error}.") from error


def _kept(key: Hashable, make: Callable[[], Photo]) -> Photo:
    return kept.results().get("detection photo", key, make, KEPT)


def _of_different_people() -> list[Sample | GalleryPhoto]:
    """One photo of each of some people."""
    now = faces.present()
    samples = [*now.samples.known, *now.samples.strangers, *now.samples.enrolled]
    gallery = now.snapshot.photos if now.snapshot else ()
    by_person = {one.person: one for one in reversed([*samples, *gallery])}
    return [by_person[person] for person in sorted(by_person)][:IN_ROW]


def _side_by_side(row: Sequence[Sample | GalleryPhoto]) -> Photo:
    """Photos in a row. Faces that are alike in size come to be found on neighbouring levels."""
    parts = [_tall(read(one.path), round(TALLEST * FACTOR**k)) for k, one in enumerate(row)]
    width = sum(part.shape[1] + GAP for part in parts) + GAP
    rgb = np.full((max(part.shape[0] for part in parts) + 2 * GAP, width, 3), GROUND, np.uint8)
    left = GAP
    for part in parts:
        height, across = part.shape[:2]
        rgb[-GAP - height : -GAP, left : left + across] = part
        left += across + GAP
    return Photo("row", f"{len(parts)} photos in a row, each {FACTOR} times as large as the one before", rgb)


def _tall(rgb: np.ndarray, height: int) -> np.ndarray:
    """A picture resized to so many rows."""
    width = max(round(rgb.shape[1] * height / rgb.shape[0]), 1)
    return np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.BICUBIC))
