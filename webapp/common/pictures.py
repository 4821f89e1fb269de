"""Photos as a page shows them: upright, small enough for the screen, and ready for the next time."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue
from PIL import Image
from werkzeug.exceptions import NotFound

from pipeline import photos
from webapp.common import serving

SIDES = {"large": 1600, "small": 400, "tile": 224}  # pixels of the long side at most
KEPT_BYTES = 48_000_000
AT_ONCE = 2  # photos that are decoded at a time: one can take 300 MB meanwhile
EFFORT = 3  # of a PNG: half the time of the usual 6, and photos come out no larger

blueprint = Blueprint("pictures", __name__)


@dataclass(frozen=True)
class Picture:
    """A JPEG file with its size in pixels; note: what there is to say of the photo, "" for nothing."""

    jpeg: bytes
    width: int
    height: int
    note: str


class Pictures:
    """Makes pictures of photos, and keeps those asked for last."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._lock = threading.Lock()
        self._turns = [threading.Lock() for _ in range(AT_ONCE)]
        self._made: OrderedDict[tuple[str, str], Picture] = OrderedDict()
        self._bytes = 0

    def get(self, path: Path, digest: str, size: str) -> Picture:
        """The photo in `path`, whose content has this digest, in one of SIDES. Raises PhotoError."""
        name = digest, size
        if (ready := self._ready(name)) is not None:
            return ready
        with self._turns[hash(digest) % AT_ONCE]:  # a photo has one turn: it isn't made twice
            if (ready := self._ready(name)) is not None:  # somebody else made it meanwhile
                return ready
            made = _make(path, SIDES[size])
            self._keep(name, made)
            return made

    def _ready(self, name: tuple[str, str]) -> Picture | None:
        with self._lock:
            if name in self._made:
                self._made.move_to_end(name)
            return self._made.get(name)

    def _keep(self, name: tuple[str, str], made: Picture) -> None:
        with self._lock:
            if name not in self._made:
                self._made[name] = made
                self._bytes += len(made.jpeg)
            while self._bytes > self._kept_bytes:
                self._bytes -= len(self._made.popitem(last=False)[1].jpeg)


@blueprint.get("/gallery/<key>.jpg")
def gallery_photo(key: str) -> ResponseReturnValue:
    """The photo of the gallery whose content has this key, as a tile."""
    photo = serving.current().photo(key)
    if photo is None:
        raise NotFound("There is no such photo in the gallery.")
    return of_file(photo.path, key, "tile")


@blueprint.get("/samples/<key>.jpg")
def sample_photo(key: str) -> ResponseReturnValue:
    """The sample whose content has this key, as a tile."""
    sample = serving.now().samples.find(key)
    if sample is None:
        raise NotFound("There is no such sample. Choose one from the page.")
    return of_file(sample.path, key, "tile")


def of_file(path: Path, digest: str, size: str) -> Response:
    """The photo in a file, whose content has this digest, as the answer to a request. Raises NotFound."""
    try:
        made = current_app.extensions["pictures"].get(path, digest, size)
    except photos.PhotoError as error:
        raise NotFound(f"This photo {error}.") from error
    return kept_by_browser(made.jpeg, "image/jpeg")


def of_pixels(picture: np.ndarray, kind: str = "jpeg") -> Response:
    """A picture (h, w) or (h, w, 3) uint8 as the answer to a request: "jpeg", or "png" where every pixel counts."""
    content = photos.png_bytes(picture, EFFORT) if kind == "png" else photos.jpeg_bytes(photos.as_picture(picture))
    return kept_by_browser(content, f"image/{kind}")


def kept_by_browser(content: bytes, kind: str) -> Response:
    """The answer to a request for a picture whose address never means another one."""
    answer = Response(content, mimetype=kind)
    answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return answer


def _make(path: Path, side: int) -> Picture:
    photo = photos.examine(path)
    image = Image.fromarray(photo.rgb)
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3)
    return Picture(photos.jpeg_bytes(np.asarray(image)), image.width, image.height, photo.note)
