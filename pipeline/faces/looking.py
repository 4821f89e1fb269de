"""Looking for faces on a photo, once more in another way where none is seen."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline import photos

LONG_SIDE = 1024  # pixels, where faces are looked for
# between two sizes of the detector's pyramid, whose factor is .709: its square root
SMALLER = 0.842

Detect = Callable[[np.ndarray], list[dict[str, Any]]]  # rgb (h, w, 3) uint8 -> faces


def faces(rgb: np.ndarray, detect: Detect) -> list[dict[str, Any]]:
    """The faces of a photo in its own pixels, found at a long side of LONG_SIDE at most.

    A detector that nearly sees a face may see it in the mirror image, or at another size. Both are tried where it finds
    nothing: of 39 photos with a plain face, one needed it.
    """
    small = photos.shrunk(rgb, LONG_SIDE)
    for look in (_as_it_is, _mirrored, _smaller):
        found = look(small, detect)
        if found:
            return _enlarged(found, max(rgb.shape) / max(small.shape))
    return []


def _as_it_is(rgb: np.ndarray, detect: Detect) -> list[dict[str, Any]]:
    return detect(rgb)


def _mirrored(rgb: np.ndarray, detect: Detect) -> list[dict[str, Any]]:
    across = rgb.shape[1]
    other_side = {"left_eye": "right_eye", "right_eye": "left_eye", "mouth_left": "mouth_right", "mouth_right": "mouth_left"}
    return [
        {**face, "box": [across - face["box"][0] - face["box"][2], *face["box"][1:]],
         "keypoints": {other_side.get(name, name): [across - x, y] for name, (x, y) in face["keypoints"].items()}}
        for face in detect(np.ascontiguousarray(rgb[:, ::-1]))
    ]  # fmt: skip


def _smaller(rgb: np.ndarray, detect: Detect) -> list[dict[str, Any]]:
    smaller = photos.shrunk(rgb, round(SMALLER * max(rgb.shape)))
    return _enlarged(detect(smaller), max(rgb.shape) / max(smaller.shape))


def _enlarged(faces: list[dict[str, Any]], scale: float) -> list[dict[str, Any]]:
    return [
        {**face, "box": [side * scale for side in face["box"]],
         "keypoints": {name: [x * scale, y * scale] for name, (x, y) in face["keypoints"].items()}}
        for face in faces
    ]  # fmt: skip
