"""From the faces that a detector found on a photo to one crop, and the arithmetic of its box.

The rule: of the faces with a confidence of .95 or more, the largest. Where another one has more than half of its area,
who of them is meant can't be told: "several", and nobody guesses.

A box is (x, y, width, height) in pixels of the photo.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from pipeline.faces.align import POINTS, align, similarity, template

CONFIDENT = 0.95
NEARLY_EQUAL = 0.5  # of the area of the largest face
SMALLEST = 24  # pixels of the short side, of a photo or of a face

Box = tuple[float, float, float, float]


class NoFace(Exception):
    """Why a photo gives no crop: `status` is "none", "several" or "too small", the message the details."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def clipped(box: Sequence[float], shape: Sequence[int]) -> Box | None:
    """The part of `box` that lies on a photo of shape (h, w); None where that is nothing."""
    x, y, width, height = box
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + width, shape[1]), min(y + height, shape[0])
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def choose(faces: Sequence[dict[str, Any]], shape: Sequence[int]) -> dict[str, Any]:
    """The face of the rule, its box clipped to a photo of shape (h, w). Raises NoFace."""
    inside = [(clipped(face["box"], shape), face) for face in faces]
    seen = [{**face, "box": box} for box, face in inside if box]
    sure = sorted((face for face in seen if face["confidence"] >= CONFIDENT), key=_area, reverse=True)
    if not sure:
        best = max((face["confidence"] for face in seen), default=None)
        raise NoFace("none", "no face found" if best is None else f"no face above {CONFIDENT}: the best has {best:.3f}")
    rivals = [face for face in sure[1:] if _area(face) > NEARLY_EQUAL * _area(sure[0])]
    if rivals:
        raise NoFace("several", f"{1 + len(rivals)} faces of nearly equal size: cut out the one that is meant")
    width, height = sure[0]["box"][2:]
    if min(width, height) < SMALLEST:
        raise NoFace("too small", f"the face has {width:.0f} x {height:.0f} pixels, {SMALLEST} are needed")
    return sure[0]


def grown(box: Box, margin: float, size: tuple[int, int], shape: Sequence[int]) -> Box:
    """`box` with `margin` (a share of its sides) all around, then grown to the shape of `size` (H, W).

    Never shrunk. It is moved onto the photo of shape (h, w) where it fits there; where not, it stands out evenly.
    """
    x, y, width, height = box
    middle = x + width / 2, y + height / 2
    width, height = width * (1 + 2 * margin), height * (1 + 2 * margin)
    aspect = size[1] / size[0]
    width, height = max(width, height * aspect), max(height, width / aspect)
    left, top = (
        min(max(at - side / 2, 0), whole - side) if side <= whole else (whole - side) / 2
        for at, side, whole in zip(middle, (width, height), shape[1::-1], strict=True)
    )
    return left, top, width, height


def cut(rgb: np.ndarray, box: Box, size: tuple[int, int]) -> np.ndarray:
    """What lies in `box`, as (H, W, 3) uint8 of `size`; beyond the photo its edge goes on. Nothing is stretched."""
    height, width = size
    x, y, w, h = box
    pad = int(max(-x, -y, x + w - rgb.shape[1], y + h - rgb.shape[0], 0)) + 1
    left, top = max(int(x) - pad, 0), max(int(y) - pad, 0)  # only the part around the box is padded: a photo is large
    part = rgb[top : int(y + h) + pad + 1, left : int(x + w) + pad + 1]
    part = np.pad(part, [(pad, pad), (pad, pad), (0, 0)], mode="edge")
    x, y = x - left + pad, y - top + pad
    resample = Image.Resampling.BOX if w >= width else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(part).resize((width, height), resample, box=(x, y, x + w, y + h)))


def crop(
    rgb: np.ndarray, face: dict[str, Any], size: tuple[int, int], margin: float, upright: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The face of a photo (h, w, 3) as (H, W, 3) uint8, and its landmarks (5, 2) in pixels of that crop.

    upright: aligned by its landmarks, and `margin` shows more around it; else cut out as it stands.
    """
    points = np.array([face["keypoints"][name] for name in POINTS], float)
    if upright:
        width = 1 / (1 + 2 * margin)
        a, b, _ = similarity(points, template(size, width))
        moved = points @ (1, 1j) * a + b
        return align(rgb, points, size, width), np.stack([moved.real, moved.imag], axis=1)
    box = grown(face["box"], margin, size, rgb.shape)
    return cut(rgb, box, size), (points - box[:2]) * (size[1] / box[2])


def _area(face: dict[str, Any]) -> float:
    return face["box"][2] * face["box"][3]
