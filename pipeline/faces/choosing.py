"""From the faces that a detector found on a photo to one crop, and the arithmetic of its box.

Faces with a confidence of .8 or more are considered. One rule after another is tried, and the one that decides is kept
beside the crop:

    only face                   there is one, and the detector is sure of it, or it is large
    main face                   it is so much larger and nearer to the middle than the others that it alone can be meant
    most like the folder        it is like the faces on the other photos of the person
    one person several times    the faces are so much alike that it is a collage: the most prominent one is taken
    chosen by you               in siamese-np select

What these rules weigh is in chances.py. Where none of them decides, there is no crop, and the reason is told.

A box is (x, y, width, height) in pixels of the photo.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from pipeline.common.numbers import apart
from pipeline.faces import chances
from pipeline.faces.align import POINTS, align, similarity, template
from pipeline.faces.chances import CONFIDENT

CONSIDERED = 0.8  # the least confidence
SMALLEST = 24  # pixels of the short side, of a photo or of a face
OVERLAP = 0.5  # of two boxes that stand for one face

ONLY, MAIN, LIKE, COLLAGE, CHOSEN = (
    "only face", "main face", "most like the folder", "one person several times", "chosen by you")  # fmt: skip
WHOLE = "whole photo"  # that is a face already
RULES = (ONLY, MAIN, LIKE, COLLAGE, CHOSEN, WHOLE)

Box = tuple[float, float, float, float]
Face = dict[str, Any]  # box, confidence and keypoints, as a detector gives them


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


def candidates(faces: Sequence[Face], shape: Sequence[int]) -> list[Face]:
    """The faces that are considered, the most confident first, their boxes clipped to a photo of shape (h, w).

    Raises NoFace where there are none.
    """
    inside = [(clipped(face["box"], shape), face) for face in faces]
    seen = [{**face, "box": box} for box, face in inside if box]
    likely = sorted((face for face in seen if face["confidence"] >= CONSIDERED), key=_confidence, reverse=True)
    large = [face for face in likely if min(face["box"][2:]) >= SMALLEST]
    if large:
        return large
    if likely:
        width, height = max(likely, key=_area)["box"][2:]
        raise NoFace("too small", f"the face has {width:.0f} x {height:.0f} pixels, {SMALLEST} are needed")
    if not seen:
        raise NoFace("none", "no face found")
    best, least = apart(max(map(_confidence, seen)), CONSIDERED)
    raise NoFace("none", f"no face with a confidence of {least} or more: the best has {best}")


def is_certain(seen: Sequence[Face]) -> bool:
    """Whether the candidates of a photo leave no doubt: one face that the detector is sure of."""
    return len(seen) == 1 and seen[0]["confidence"] >= CONFIDENT


def choose(
    seen: Sequence[Face], shape: Sequence[int], evidence: np.ndarray | None = None, alike: np.ndarray | None = None
) -> tuple[Face, str]:
    """One of the candidates of a photo of shape (h, w), and the rule that took it. Raises NoFace.

    evidence (N,): what likeness to the person's other photos says for each; alike (N, N): what it says for two of the
    faces being one person. Without them the photo alone decides.
    """
    nothing = np.zeros(len(seen))
    evidence = nothing if evidence is None else evidence
    if len(seen) == 1:
        return seen[0], _rule_of_one(seen[0], shape, float(evidence[0]))
    prominent = chances.prominence(np.array([face["box"] for face in seen], float), shape[1])
    confidence = np.array([face["confidence"] for face in seen])
    alone, _ = chances.right(prominent, confidence, nothing)
    right, q = chances.right(prominent, confidence, evidence)
    best = int(right.argmax())
    if right[best] >= chances.ENOUGH:
        rule = MAIN if alone.argmax() == best and alone[best] >= chances.ENOUGH else LIKE
    elif alike is not None and chances.right_or_same(right, q, alike)[best] >= chances.ENOUGH:
        rule = COLLAGE
    else:
        raise NoFace("several", f"{len(seen)} faces, and it can't be told which one is meant: siamese-np select asks you")
    if seen[best]["confidence"] < CONFIDENT:
        _rule_of_one(seen[best], shape, float(evidence[best]))  # raises where it may be none
    return seen[best], rule


def same_face(seen: Sequence[Face], box: Sequence[float]) -> Face:
    """The candidate whose box covers `box`, which the user chose. Raises NoFace where it isn't found any more."""
    best = max(seen, key=lambda face: overlap(face["box"], box))
    if overlap(best["box"], box) < OVERLAP:
        raise NoFace("none", "the face that you chose isn't found any more: choose again in siamese-np select")
    return best


def overlap(a: Sequence[float], b: Sequence[float]) -> float:
    """The area that two boxes share, as a part of the area that they cover together."""
    sides = [min(a[k] + a[k + 2], b[k] + b[k + 2]) - max(a[k], b[k]) for k in (0, 1)]
    shared = max(sides[0], 0) * max(sides[1], 0)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def grown(box: Box, margin: float, size: tuple[int, int], shape: Sequence[int]) -> Box:
    """`box` with `margin` (a share of its sides) all around, then grown to the shape of `size` (H, W).

    It never shrinks. Where it fits on the photo of shape (h, w), it is moved to lie on it; where it is larger than the
    photo, it stands out evenly on both sides.
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
    """The part of a photo in `box`, as (H, W, 3) uint8 of `size`. Beyond the photo its edge is repeated.

    Nothing is stretched where `box` has the shape of `size`.
    """
    height, width = size
    x, y, w, h = box
    pad = int(max(-x, -y, x + w - rgb.shape[1], y + h - rgb.shape[0], 0)) + 1
    left, top = max(int(x) - pad, 0), max(int(y) - pad, 0)  # only the part around the box is padded, since a photo is large
    part = rgb[top : int(y + h) + pad + 1, left : int(x + w) + pad + 1]
    part = np.pad(part, [(pad, pad), (pad, pad), (0, 0)], mode="edge")
    x, y = x - left + pad, y - top + pad
    resample = Image.Resampling.BOX if w >= width else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(part).resize((width, height), resample, box=(x, y, x + w, y + h)))


def crop(
    rgb: np.ndarray, face: Face, size: tuple[int, int], margin: float, upright: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The face of a photo (h, w, 3) as (H, W, 3) uint8, and its landmarks (5, 2) in pixels of that crop.

    upright: the face is aligned by its landmarks, and `margin` shows more around it; else it is cut out as it stands.
    """
    points = np.array([face["keypoints"][name] for name in POINTS], float)
    if upright:
        width = 1 / (1 + 2 * margin)
        a, b, _ = similarity(points, template(size, width))
        moved = points @ (1, 1j) * a + b
        return align(rgb, points, size, width), np.stack([moved.real, moved.imag], axis=1)
    box = grown(face["box"], margin, size, rgb.shape)
    return cut(rgb, box, size), (points - box[:2]) * (size[1] / box[2])


def _rule_of_one(face: Face, shape: Sequence[int], evidence: float) -> str:
    """The rule by which a face is taken that has no rival. Raises NoFace for one that may be no face, or another's."""
    confidence, side, long_side = face["confidence"], min(face["box"][2:]), max(shape[:2])
    if confidence >= CONFIDENT:
        return ONLY
    if not chances.real(side, long_side, confidence, evidence):
        doubt, least = apart(confidence, CONFIDENT)
        why = "unlike those of the other photos" if evidence < 0 else "small"
        raise NoFace("none", f"no face for certain: the best has a confidence of {doubt}, below {least}, and is {why}")
    return ONLY if chances.real(side, long_side, confidence, 0.0) else LIKE


def _area(face: Face) -> float:
    return face["box"][2] * face["box"][3]


def _confidence(face: Face) -> float:
    return face["confidence"]
