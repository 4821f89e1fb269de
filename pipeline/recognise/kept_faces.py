"""What `way_in.look` found in the photos of a gallery, kept beside them so that no photo is searched again and again.

GALLERY/.faces.json maps the SHA-256 of a photo's content to the face that counts, or to the reason why there is none. A
photo that is replaced has another hash and is searched anew. The file may be deleted at any time, and one that can't be
read or was changed is told and counts as absent: everything in it can be found again, but for the choice among several
faces.
"""

import hashlib
import json
import math
from operator import methodcaller
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import photos
from pipeline.common import sealed
from pipeline.common.console import say
from pipeline.common.errors import JobError
from pipeline.faces import landmarks, way_in
from pipeline.faces.way_in import Face

FILE = ".faces.json"
FORMAT = 2  # to be raised where `look` finds other faces than before


def content_key(content: bytes) -> str:
    """The key of a photo: the SHA-256 of its content, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


class KeptFaces:
    """The entries of one gallery. Not safe for several threads."""

    def __init__(self, root: Path) -> None:
        self.path = Path(root) / FILE
        self._changes: dict[str, Any] = {}  # since they were read; None: dropped
        self._entries = self._read()

    def _read(self) -> dict[str, Any]:
        try:
            if self.path.exists():
                return dict(sealed.read(self.path, FORMAT, "The faces are searched for again")["faces"])
        except JobError as error:
            say(str(error))
        return {}

    def get(self, key: str, photo: np.ndarray) -> Face | str | None:
        """The face of a photo (h, w, 3) uint8 with the hash `key`, or why there is none; None where nobody looked."""
        entry = self._entries.get(key)
        if isinstance(entry, str):
            return entry
        try:
            return _face(entry, photo)
        except (TypeError, ValueError, KeyError, IndexError):  # absent, or changed by hand
            return None

    def look(self, key: str, content: bytes) -> Face | str:
        """The face of the photo with this content, searched for where nobody looked yet; or why there is none."""
        try:
            photo = photos.read(content)
        except photos.PhotoError as error:
            return str(error)
        found = self.get(key, photo)
        if found is None:
            try:
                found = way_in.one(way_in.look(photo))
            except way_in.NoFace as error:
                found = str(error)
            self.put(key, found)
        return found

    def stamp(self, key: str) -> str | None:
        """A hash of the photo with the hash `key` and of its face that counts; None where nobody looked, or there is none."""
        entry = self._entries.get(key)
        if not isinstance(entry, dict):
            return None
        return content_key(f"{key} {json.dumps(entry, sort_keys=True, default=methodcaller('item'))}".encode())

    def put(self, key: str, found: Face | str) -> None:
        """Keep the face of a photo, or why there is none."""
        self._entries[key] = self._changes[key] = found if isinstance(found, str) else _entry(found)

    def drop(self, keys: set[str]) -> None:
        """Forget what was found in these photos."""
        for key in keys & set(self._entries):
            del self._entries[key]
            self._changes[key] = None

    def save(self) -> None:
        """Write what has changed, and keep what others have written meanwhile. The caller holds the gallery's lock."""
        if not self._changes:
            return
        entries = self._read() | self._changes
        self._entries = {key: entry for key, entry in entries.items() if entry is not None}
        if self._entries:
            sealed.write(self.path, {"format": FORMAT, "faces": self._entries})
        else:
            self.path.unlink(missing_ok=True)
        self._changes = {}


def _entry(face: Face) -> dict[str, Any]:
    known = np.isfinite(face.points).all()
    return {"turned": face.turned, "box": list(face.box), "region": list(face.region), "whole": face.whole,
            "points": face.points.tolist() if known else None, "confidence": face.confidence}  # fmt: skip


def _face(entry: dict[str, Any], photo: np.ndarray) -> Face:
    """Raises TypeError, ValueError, KeyError or IndexError where the entry is not one of a face of this photo."""
    quarters, odd = divmod(entry["turned"], 90)
    upright = np.ascontiguousarray(np.rot90(photo, quarters)) if quarters else photo
    points = landmarks.NONE if entry["points"] is None else np.array(entry["points"], float)
    numbers = [float(number) for number in (*entry["box"], *entry["region"], entry["confidence"])]
    longest = 10 * max(photo.shape)  # a face stands out of its photo a little, not by miles
    sane = all(math.isfinite(number) and abs(number) < longest for number in numbers)
    if odd or points.shape != (5, 2) or len(numbers) != 9 or not sane or min(numbers[6:8]) <= 0:
        raise ValueError("this is no face of the photo")
    box, region, confidence = tuple(numbers[:4]), tuple(numbers[4:8]), numbers[8]
    return Face(upright, box, region, points, confidence, bool(entry["whole"]), 90 * quarters)
