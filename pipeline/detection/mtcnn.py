"""MTCNN finds faces, and five points in each: P-Net proposes, R-Net refines, O-Net decides (see networks.py).

    1. pyramid        the photo in many sizes, so that every face is 12 pixels somewhere           pyramid.py
    2. P-Net          on every level, every place: boxes where p > 0.6                             boxes.py
    3. suppression    of boxes of one level (overlap above 0.5), then of all levels (0.7)
    4. R-Net          on each box that is left, as a square of 24 pixels: p > 0.7                  crops.py
    5. suppression    (0.7)
    6. O-Net          on each that is left, as a square of 48 pixels: p > 0.8; and the points
    7. suppression    (0.7 of the smaller box)

The numbers and the order are those of the package mtcnn 1.0.0, and so are the results.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from pipeline.detection import boxes as box
from pipeline.detection import fast, networks, pyramid, weights
from pipeline.detection.crops import crops
from siamese_np import kernels as kernel_choice
from siamese_np import threads

POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
SAME_LEVEL, ALL_LEVELS, REFINED, FINAL = 0.5, 0.7, 0.7, 0.7  # overlaps at which the less confident box goes


class MTCNN:
    """The detector. One may be used by many threads at once."""

    def __init__(self, kernels: str = "numba") -> None:
        """`kernels`: "numba" or "numpy". Raises JobError where the weights are missing."""
        chosen = kernel_choice.get(kernels)
        self.area_resize, self.suppress = (
            (pyramid.area_resize, box.suppress) if kernels == "numpy" else (fast.area_resize, fast.suppress)
        )
        self.mix = None if kernels == "numpy" else fast.mix
        self.pnet = networks.pnet(weights.load("pnet"), chosen)
        self.rnet = networks.rnet(weights.load("rnet"), chosen)
        self.onet = networks.onet(weights.load("onet"), chosen)

    def detect_faces(
        self,
        image: np.ndarray,
        min_face_size: int = 20,
        threshold_pnet: float = 0.6,
        threshold_rnet: float = 0.7,
        threshold_onet: float = 0.8,
    ) -> list[dict[str, Any]]:
        """The faces of image (H, W, 3) uint8 RGB, the most confident first.

        Each is {"box": [x, y, width, height], "confidence": p, "keypoints": {"left_eye": [x, y], ...}}, plain numbers in
        pixels. The box lies inside of the photo; a keypoint may not. left_eye is the one on the left of the picture.

        Raises TypeError and ValueError, in the user's words, for another dtype, shape or size of face.
        """
        found, confidence, points = self.find(image, min_face_size, threshold_pnet, threshold_rnet, threshold_onet)
        return _as_plain(box.clipped(found, *image.shape[:2]), confidence, points)

    def find(
        self, image: np.ndarray, min_face_size: int, threshold_pnet: float, threshold_rnet: float, threshold_onet: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same as arrays: boxes (N, 4), not clipped, confidences (N,) and points (N, 5, 2), to fractions of a pixel."""
        planes = as_planes(image)
        if not min_face_size >= box.CELL:
            raise ValueError(f"min_face_size is at least {box.CELL} pixels, the size that P-Net sees, not {min_face_size}")
        found = self.propose(planes, min_face_size, threshold_pnet)
        found = self.refine(planes, found, threshold_rnet)
        return self.decide(planes, found, threshold_onet)

    def look(self, image: np.ndarray, threshold: float) -> np.ndarray | None:
        """O-Net alone on the whole image (H, W, 3) uint8, as one face: its points (5, 2), None where it is less sure."""
        height, width = image.shape[:2]
        _, _, points = self.decide(as_planes(image), np.array([[0.0, 0.0, width, height]]), threshold)
        return points[0] if len(points) else None

    def propose(self, planes: np.ndarray, min_face_size: int, threshold: float) -> np.ndarray:
        """planes (3, H, W) uint8 -> squares (N, 4) that P-Net takes for faces."""
        scales = pyramid.scales(*planes.shape[1:], min_face_size)
        if not scales:
            return np.empty((0, 4))
        # the first level is as much work as all others together: with it at the front, two threads have the same to do
        with ThreadPoolExecutor(threads.count()) as pool:
            levels = list(pool.map(lambda scale: self._propose_at(planes, scale, threshold), scales))
        found, confidence = map(np.concatenate, zip(*levels))
        return box.square(found[self.suppress(found, confidence, ALL_LEVELS)])

    def _propose_at(self, planes: np.ndarray, scale: float, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        height, width = (int(n * scale) for n in planes.shape[1:])
        level = networks.normal(self.area_resize(planes, height, width))
        features = self.pnet.features(level[None])
        face = networks.face_probability(self.pnet.heads["face"].forward(features))[0]
        rows, columns = np.nonzero(face > threshold)
        if not len(rows):
            return np.empty((0, 4)), np.empty(0, np.float32)
        at_faces = np.ascontiguousarray(features[:, :, rows, columns, None])  # where it is exactly is asked of few places
        shift = self.pnet.heads["shift"].forward(at_faces)[0, :, :, 0].T
        confidence = face[rows, columns]
        found = box.of_cells(rows, columns, shift, scale)
        stay = self.suppress(found, confidence, SAME_LEVEL)
        return found[stay], confidence[stay]

    def refine(self, planes: np.ndarray, squares: np.ndarray, threshold: float) -> np.ndarray:
        """Squares (N, 4) -> the fewer, better squares that R-Net leaves."""
        if not len(squares):
            return squares
        answer = self.rnet.answer(crops(planes, squares, networks.RNET_SIDE, self.mix))
        sure = answer["face"] > threshold
        found, confidence = box.moved(squares, answer["shift"])[sure], answer["face"][sure]
        return box.square(found[self.suppress(found, confidence, REFINED)])

    def decide(
        self, planes: np.ndarray, squares: np.ndarray, threshold: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Squares (N, 4) -> the boxes (M, 4), confidences (M,) and points (M, 5, 2) of the faces, best first."""
        if not len(squares):
            return np.empty((0, 4)), np.empty(0), np.empty((0, 5, 2))
        answer = self.onet.answer(crops(planes, squares, networks.ONET_SIDE, self.mix))
        shares = answer["points"].reshape(-1, 2, 5).transpose(0, 2, 1)  # the five x, the five y -> five (x, y)
        points = squares[:, None, :2] + (box.sides(squares) + 1)[:, None] * shares - 1
        sure = answer["face"] > threshold
        found, confidence = box.moved(squares, answer["shift"])[sure], answer["face"][sure]
        stay = self.suppress(found, confidence, FINAL, of="min")
        return found[stay], confidence[stay], points[sure][stay]


def as_planes(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 -> (3, H, W). Raises TypeError or ValueError for anything else."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = image.dtype if isinstance(image, np.ndarray) else type(image).__name__
        raise TypeError(f"detect_faces takes colours from 0 to 255 as a uint8 array, not {kind}")
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"detect_faces takes one RGB photo of shape (H, W, 3), not {image.shape}")
    return np.ascontiguousarray(image.transpose(2, 0, 1))


def _as_plain(found: np.ndarray, confidence: np.ndarray, points: np.ndarray) -> list[dict[str, Any]]:
    corner_and_size = np.concatenate([found[:, :2], box.sides(found)], axis=1).round().astype(int)
    return [
        {"box": b, "confidence": c, "keypoints": dict(zip(POINTS, p))}
        for b, c, p in zip(corner_and_size.tolist(), confidence.tolist(), points.round().astype(int).tolist())
    ]
