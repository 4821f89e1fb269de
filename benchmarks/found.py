"""Keeps landmarks in a file between runs, so that the detector looks at each face only once."""

import hashlib
import zipfile
from pathlib import Path

import numpy as np

from pipeline.common import atomic
from pipeline.common.errors import JobError
from pipeline.faces import landmarks


class Found:
    """path: an .npz with keys (n,), the hashes of crops, and points (n, 5, 2) float32, NaN where none were found.

    Raises JobError if the file exists but can't be read or holds anything else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, np.ndarray] = {}
        self.new = 0
        if not path.exists():
            return
        try:
            with path.open("rb") as file, np.load(file) as stored:
                keys, points = stored["keys"], stored["points"]
            if points.shape != (len(keys), 5, 2):
                raise ValueError(f"{len(keys)} keys, points of shape {points.shape}")
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise JobError(f"{path} holds no landmarks ({error}): choose another --landmarks, or delete it") from error
        self.known = dict(zip(keys.tolist(), points))

    def find(self, crop: np.ndarray) -> np.ndarray | None:
        """Like pipeline.faces.landmarks.find."""
        key = hashlib.sha256(f"{crop.shape}".encode() + np.ascontiguousarray(crop).tobytes()).hexdigest()
        if key not in self.known:
            points = landmarks.find(crop)
            self.known[key] = landmarks.NONE if points is None else np.asarray(points, np.float32)
            self.new += 1
        points = self.known[key]
        return None if np.isnan(points).any() else points

    def save(self) -> None:
        """Write the file if there is anything new."""
        if self.new:
            with atomic.writing(self.path) as temporary, temporary.open("wb") as file:
                np.savez(file, keys=np.array(list(self.known)), points=np.stack(list(self.known.values())))
            self.new = 0
