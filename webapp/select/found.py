"""The faces on a photo as the page and the terminal number them: from left to right, beginning with 1."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.faces import choosing, looking
from pipeline.photos.selection import Face


@dataclass(frozen=True)
class Faces:
    """The faces on a photo of (height, width) = shape, in its own pixels.

    chosen: the position of the one that the photo alone decides on; None where extraction asks the other photos of the
    person, or leaves the photo out. reason: why no face can be taken.
    """

    shape: tuple[int, int]
    boxes: tuple[Face, ...]
    confidences: tuple[float, ...]
    chosen: int | None
    reason: str

    def position(self, box: Face | None) -> int | None:
        """Of the face that the user chose by this box; None for no box, or where no face covers it any more."""
        shares = [choosing.overlap(one, box) if box else 0 for one in self.boxes]
        return int(np.argmax(shares)) if shares and max(shares) >= choosing.OVERLAP else None

    def at(self, x: float, y: float) -> int | None:
        """The position of the smallest face around a point, in shares of the width and height; None where there is none."""
        x, y = x * self.shape[1], y * self.shape[0]
        around = [(w * h, k) for k, (left, top, w, h) in enumerate(self.boxes)
                  if left <= x <= left + w and top <= y <= top + h]  # fmt: skip
        return min(around)[1] if around else None


def nothing(shape: Sequence[int], reason: str = "") -> Faces:
    """No faces on a photo of shape (h, w)."""
    return Faces((shape[0], shape[1]), (), (), None, reason)


def find(rgb: np.ndarray, detect: looking.Detect) -> Faces:
    """The faces on a photo (h, w, 3) uint8 among which extraction chooses."""
    try:
        seen = choosing.candidates(looking.faces(rgb, detect), rgb.shape)
    except choosing.NoFace as error:
        return nothing(rgb.shape, str(error))
    seen.sort(key=lambda face: face["box"][0] + face["box"][2] / 2)
    try:
        face, _ = choosing.choose(seen, rgb.shape)
        chosen = next(at for at, one in enumerate(seen) if one is face)
    except choosing.NoFace:
        chosen = None
    return Faces(rgb.shape[:2], tuple(face["box"] for face in seen), tuple(face["confidence"] for face in seen), chosen, "")
