"""The one way in: whatever a command, a gallery or the page shows to a trained network comes through `look`.

`look` says which faces a photo shows and what a network is to see of each. Its questions, in this order:

    1. Is it a face crop already? Small pictures (250 pixels or less) are asked this first, since O-Net alone answers
       quickly: it must be sure of a face (.94) in the picture as a whole, and the face must fill more than half of the
       short side. Such a picture is used whole.
    2. Else, where are faces? MTCNN looks at the photo at 1024 pixels. A face counts from .95 on; from .8 on where seven
       more looks of O-Net agree (their mean is .9 or more). Each one is cut out exactly as `extract` cuts.
    3. No face: perhaps the photo lies on its side or on its head. The other three ways up are tried.
    4. Still none: a larger picture that is a face crop by the rule of 1 is used whole. Anything else has no face.

In 1 and 2 the other three ways up are compared, too: where O-Net is three times less unsure of one of them, and the
detector is not less sure of it, the photo is turned.

Measured: of 400 faces of ORL and 511 crops of celebrities, 398 and 510 are used whole and none is turned; of the others
two are cut out, and one, in which O-Net is sure by .71 only, has no face. Of 915 of them turned by 90, 180 or 270
degrees, 911 are turned back. All 461 pictures without a face have none (walls, noise, gradients, checks, and pieces of
the moon, coins, text, bricks, grass, a cat and a cup; .92 for a cup is the most that O-Net says of one as a whole). Of
39 web photos 38 give a face, and of the same photos turned, 111 of 117, of which all but two are turned back. On a
quiet machine a crop takes 5 ms, a web photo 36 ms (medians).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline import photos
from pipeline.common.errors import JobError
from pipeline.faces import choosing, extract, landmarks
from pipeline.faces.align import POINTS, like_a_face
from pipeline.faces.choosing import CONFIDENT, SMALLEST, Box
from pipeline.faces.detection import landmarks as points_of
from pipeline.faces.detection.mtcnn import MTCNN

NEARLY_EQUAL = 0.5  # of the area of the largest face: a face above it may be the one that is meant
SMALL = 250  # pixels of the long side: smaller pictures are asked first whether they are a face crop
WHOLE = 0.94  # how sure O-Net must be that a whole picture is a face
FILLS = 0.5  # of the short side, that the face of a face crop fills
CANDIDATE, AGREED = 0.8, 0.9  # a detector's confidence that is looked at again, and what the looks must say
SURER = 3  # times less unsure must O-Net be of another way up
ASKED = 96  # pixels of a face whose ways up are compared
SURROUNDINGS = 1.8  # sides of the stored square around a face, in sides of the region that is cut out
STORED = 512  # pixels of that square, at most
CUT = extract.Options()  # as `extract` cuts unless told otherwise


class NoFace(JobError):
    """The photo shows no face that can be compared, or several where one is needed; the message says what to do."""


@dataclass(frozen=True, eq=False)
class Face:
    """A face of a photo, and what a network is to see of it.

    photo: (h, w, 3) or (h, w) uint8, upright. box: of the face, in its pixels. region: what is cut out, a Box. points:
    the landmarks (5, 2), NaN where none are known. confidence: of the detector; whole: the photo is a face crop and is
    used whole; turned: by how many degrees to the left the photo was turned to stand upright.
    """

    photo: np.ndarray
    box: Box
    region: Box
    points: np.ndarray
    confidence: float
    whole: bool = False
    turned: int = 0

    def crop(self) -> tuple[np.ndarray, np.ndarray]:
        """The face in grey (H, W) uint8, cut out as `extract` does, or whole, and its landmarks (5, 2) there."""
        if self.whole:
            return gray(self.photo), self.points
        size = CUT.size
        cut = choosing.cut(self.photo, self.region, size)
        return gray(cut), (self.points - self.region[:2]) * (size[1] / self.region[2])

    def kept(self) -> "Face":
        """The same face on a smaller picture, to be stored: cut out with so much around it that it can be framed anew.

        A face crop stays as it is. Of another photo a square of SURROUNDINGS times the region stays, of 512 pixels at
        most.
        """
        if self.whole:
            return replace(self, turned=0)
        x, y, width, height = self.region
        reach = max(width, height) * SURROUNDINGS / 2
        left, top = max(int(x + width / 2 - reach), 0), max(int(y + height / 2 - reach), 0)
        part = self.photo[top : int(y + height / 2 + reach) + 1, left : int(x + width / 2 + reach) + 1]
        small = photos.shrunk(np.ascontiguousarray(part), STORED)
        scale, corner = max(small.shape) / max(part.shape), np.array([left, top])

        def there(box: Box) -> Box:
            return (*((np.array(box[:2]) - corner) * scale).tolist(), *(np.array(box[2:]) * scale).tolist())

        return Face(small, there(self.box), there(self.region), (self.points - corner) * scale, self.confidence)

    def to_json(self) -> dict[str, Any]:
        """box [x, y, width, height], confidence, whole, turned, and `done`: in words, what was done with the photo."""
        return {"box": [round(side) for side in self.box], "confidence": round(self.confidence, 4),
                "whole": self.whole, "turned": self.turned, "done": self.done}  # fmt: skip

    @property
    def done(self) -> str:
        """What was done with the photo, in words."""
        turned = f"turned by {self.turned}° to the left, " if self.turned else ""
        if self.whole:
            return f"{turned}used whole: it is a face crop already"
        return f"{turned}face found at {self.where} (confidence {self.confidence:.3f}) and cut out"

    @property
    def where(self) -> str:
        """The corner and the sides of the box, in words."""
        x, y, width, height = (round(side) for side in self.box)
        return f"{x}, {y}, {width} x {height}"


def of_crop(picture: np.ndarray, points: np.ndarray | None = None) -> Face:
    """A picture (h, w) or (h, w, 3) uint8 that is known to be a face crop; points: its landmarks (5, 2)."""
    whole = (0.0, 0.0, float(picture.shape[1]), float(picture.shape[0]))
    return Face(picture, whole, whole, landmarks.NONE if points is None else points, 1.0, whole=True)


def look(picture: np.ndarray) -> tuple[Face, ...]:
    """The faces of a photo (h, w) or (h, w, 3) uint8 as it was read, the largest first. Raises NoFace for none."""
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST:
        raise NoFace(f"the photo is too small: {width} x {height} pixels, and each side needs {SMALLEST} or more")
    rgb = photos.as_picture(picture) if picture.ndim == 2 else picture
    mtcnn = landmarks.detector()
    small = max(height, width) <= SMALL
    found = (
        (small and _as_whole(rgb, mtcnn))
        or _by_detector(rgb, mtcnn)
        or _turned(rgb, mtcnn)
        or (not small and _as_whole(rgb, mtcnn))
    )
    if not found:
        raise NoFace("no face found: choose a photo in which the face is seen from the front, sharp, and not too small")
    return found


def one(faces: Sequence[Face], which: str | None = None) -> Face:
    """The face that is meant. which: "largest", or the number of a face, from 1 on, the largest first.

    Without it a face that is much larger than the others is meant. Raises NoFace, with what was seen and how to choose.
    """
    if which == "largest":
        return faces[0]
    if which is not None:
        if not 1 <= int(which) <= len(faces):
            raise NoFace(f"there is no face {which}: {listing(faces)}")
        return faces[int(which) - 1]
    areas = [face.box[2] * face.box[3] for face in faces]
    if len(faces) > 1 and areas[1] > NEARLY_EQUAL * areas[0]:
        raise NoFace(f"{listing(faces)}; choose one with --face largest or --face N, or cut it out")
    return faces[0]


def listing(faces: Sequence[Face]) -> str:
    """The faces of a photo in words, with their numbers."""
    boxes = "; ".join(f"face {number} at {face.where}" for number, face in enumerate(faces, 1))
    return f"the photo shows {len(faces)} {'face' if len(faces) == 1 else 'faces'}: {boxes}"


def gray(picture: np.ndarray) -> np.ndarray:
    """A picture (h, w) or (h, w, 3) uint8 in grey."""
    return picture if picture.ndim == 2 else photos.to_gray(picture)


def _as_whole(rgb: np.ndarray, mtcnn: MTCNN) -> tuple[Face, ...]:
    """The face of a face crop, or nothing where the picture is not one."""
    quarters = _quarters_up(rgb, mtcnn)
    upright = np.ascontiguousarray(np.rot90(rgb, quarters))
    confidence, points = points_of.whole(upright, mtcnn)
    if confidence < WHOLE:
        return ()
    points = points_of.refine(upright, points, mtcnn)
    (square,) = points_of.squares(points)
    if not like_a_face(points) or square[2] - square[0] < FILLS * min(rgb.shape[:2]):
        return ()
    height, width = upright.shape[:2]
    whole = (0.0, 0.0, float(width), float(height))
    return (Face(upright, whole, whole, points, confidence, whole=True, turned=90 * quarters),)


def _by_detector(rgb: np.ndarray, mtcnn: MTCNN, turned: int = 0) -> tuple[Face, ...]:
    """The faces that the detector finds, the largest first."""
    found = []
    for one in extract.faces(rgb, mtcnn.detect_faces):
        box = choosing.clipped(one["box"], rgb.shape)
        if one["confidence"] < CANDIDATE or box is None or min(box[2:]) < SMALLEST:
            continue
        region = choosing.grown(box, CUT.margin, CUT.size, rgb.shape)
        crop, scale = choosing.cut(rgb, region, CUT.size), CUT.size[1] / region[2]
        # looked for in the crop as if there was nothing else, so that the crop alone gets the same answer
        sure, points = points_of.whole(crop, mtcnn)
        if sure < WHOLE or not like_a_face(points):
            points = (np.array([one["keypoints"][name] for name in POINTS], float) - region[:2]) * scale
        points = points_of.refine(crop, points, mtcnn)
        if not like_a_face(points):
            continue
        agreed = mtcnn.examine(crop, points_of.squares(points, points_of.LOOKS))[0].mean()
        if one["confidence"] < CONFIDENT and agreed < AGREED:
            continue
        found.append(Face(rgb, box, region, points / scale + region[:2], one["confidence"], turned=turned))
    found.sort(key=lambda face: -face.box[2] * face.box[3])
    if found and not turned:
        x, y, width, height = found[0].box
        side = max(width, height)
        tight = (x + (width - side) / 2, y + (height - side) / 2, side, side)
        quarters = _quarters_up(choosing.cut(rgb, tight, (ASKED, ASKED)), mtcnn)
        if quarters:
            upright = np.ascontiguousarray(np.rot90(rgb, quarters))
            return _by_detector(upright, mtcnn, 90 * quarters) or tuple(found)
    return tuple(found)


def _turned(rgb: np.ndarray, mtcnn: MTCNN) -> tuple[Face, ...]:
    """The faces of a photo that lies on its side or on its head, or nothing."""
    small = photos.shrunk(rgb, extract.LONG_SIDE)
    sure = [
        max((face["confidence"] for face in mtcnn.detect_faces(np.ascontiguousarray(np.rot90(small, k)))), default=0)
        for k in (1, 2, 3)
    ]
    if max(sure) < CANDIDATE:
        return ()
    quarters = 1 + int(np.argmax(sure))
    return _by_detector(np.ascontiguousarray(np.rot90(rgb, quarters)), mtcnn, 90 * quarters)


def _quarters_up(rgb: np.ndarray, mtcnn: MTCNN) -> int:
    """By how many quarter turns to the left a face crop comes to stand upright."""
    ways = [np.ascontiguousarray(np.rot90(rgb, quarters)) for quarters in range(4)]
    unsure = [1 - points_of.whole(way, mtcnn)[0] for way in ways]
    best = int(np.argmin(unsure))
    if unsure[best] > 1 - WHOLE or SURER * unsure[best] >= unsure[0]:
        return 0
    given, turned = (max((face["confidence"] for face in mtcnn.detect_faces(ways[k])), default=0) for k in (0, best))
    return best if turned >= given else 0
