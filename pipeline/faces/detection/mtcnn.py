"""MTCNN finds faces, and five points in each: P-Net proposes, R-Net refines, O-Net decides (see networks.py).

    1. pyramid        the photo in many sizes, so that every face is 12 pixels somewhere           pyramid.py
    2. P-Net          at every place of every level: boxes where p > 0.6                           boxes.py
    3. suppression    of boxes of one level (overlap above 0.5), then of all levels (0.7)
    4. R-Net          on each remaining box, as a square of 24 pixels: p > 0.7                     crops.py
    5. suppression    (0.7)
    6. O-Net          on each remaining box, as a square of 48 pixels: p > 0.8; and the points
    7. suppression    (0.7 of the smaller box)

The numbers and the order are those of the package mtcnn 1.0.0, and so are the results.

P-Net processes each level in strips, and R-Net and O-Net process a few squares at a time. So all numbers that an answer
needs stay in the cache (products.py), and the strips and batches are shared among the cores.
"""

from typing import Any

import numpy as np

from pipeline.faces.detection import boxes as box
from pipeline.faces.detection import crops, networks, pyramid, weights
from pipeline.faces.detection.stages import Saw, Stage, nobody
from siamese_np import kernels as kernel_choice
from siamese_np import threads

POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
SAME_LEVEL, ALL_LEVELS, REFINED, FINAL = 0.5, 0.7, 0.7, 0.7  # overlaps above which the less confident box goes
BATCH_PIXELS = 16 * networks.RNET_SIDE**2  # of the squares in one batch of R-Net or O-Net; a batch fits into the cache


class MTCNN:
    """The detector. Many threads may use one detector at once."""

    def __init__(self, kernels: str = "numba") -> None:
        """kernels: "numba" or "numpy". Raises what siamese_np.kernels.get raises, and JobError without the weights."""
        kernel_choice.get(kernels)
        run = networks.Network
        self.area_resize, self.suppress, self.crops = pyramid.area_resize, box.suppress, crops.crops
        if kernels == "numba":
            from pipeline.faces.detection import fast, products  # the readable functions need no Numba

            run = products.Products
            self.area_resize, self.suppress, self.crops = fast.area_resize, fast.suppress, fast.crops
        made = [make(weights.load(make.__name__)) for make in (networks.pnet, networks.rnet, networks.onet)]
        self.pnet, self.rnet, self.onet = (run(network.trunk, network.heads) for network in made)

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

        Raises TypeError or ValueError for another dtype, shape or size of face.
        """
        found, confidence, points = self.find(image, min_face_size, threshold_pnet, threshold_rnet, threshold_onet)
        return _as_plain(box.clipped(found, *image.shape[:2]), confidence, points)

    def find(
        self,
        image: np.ndarray,
        min_face_size: int,
        threshold_pnet: float,
        threshold_rnet: float,
        threshold_onet: float,
        saw: Saw = nobody,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same as arrays: boxes (N, 4), not clipped, confidences (N,) and points (N, 5, 2), to fractions of a pixel.

        saw: is told what each stage keeps and drops (stages.py).
        """
        picture = checked(image)
        if not min_face_size >= box.CELL:
            raise ValueError(f"min_face_size is at least {box.CELL} pixels, the size that P-Net sees, not {min_face_size}")
        found = self.propose(picture, min_face_size, threshold_pnet, saw)
        found = self.refine(picture, found, threshold_rnet, saw)
        return self.decide(picture, found, threshold_onet, saw)

    def examine(self, image: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """O-Net alone on squares (N, 4) of image (H, W, 3) uint8, in their order.

        Returns how sure it is of a face in each (N,), the faces' boxes (N, 4), and their points (N, 5, 2).
        """
        answer = self._answer(self.onet, checked(image), squares, networks.ONET_SIDE)
        shares = answer["points"].reshape(-1, 2, 5).transpose(0, 2, 1)  # the five x, the five y -> five (x, y)
        points = squares[:, None, :2] + (box.sides(squares) + 1)[:, None] * shares - 1
        return answer["face"], box.moved(squares, answer["shift"]), points

    def propose(self, picture: np.ndarray, min_face_size: int, threshold: float, saw: Saw = nobody) -> np.ndarray:
        """picture (H, W, 3) uint8 -> squares (N, 4) that P-Net takes for faces."""
        scales = pyramid.scales(*picture.shape[:2], min_face_size)
        levels = threads.each(lambda scale: self._level(picture, scale), scales)
        strips = [(scale, *strip) for scale, level in zip(scales, levels) for strip in pyramid.strips(level)]
        answers = threads.each(lambda strip: self._propose_in(*strip, threshold), strips)
        found, confidence = [np.empty((0, 4))], [np.empty(0, np.float32)]
        for scale, level in zip(scales, levels):
            parts = [answer for answer, strip in zip(answers, strips) if strip[0] == scale]
            of_level, sure = map(np.concatenate, zip(*parts))
            stay = self.suppress(of_level, sure, SAME_LEVEL)
            saw(Stage("pnet", of_level, sure, np.arange(len(sure)), stay, scale=scale, level=level))
            found.append(of_level[stay])
            confidence.append(sure[stay])
        found, confidence = np.concatenate(found), np.concatenate(confidence)
        stay = self.suppress(found, confidence, ALL_LEVELS)
        saw(Stage("levels", found, confidence, np.arange(len(found)), stay))
        return box.square(found[stay])

    def _level(self, picture: np.ndarray, scale: float) -> np.ndarray:
        return networks.normal(self.area_resize(picture, *(int(n * scale) for n in picture.shape[:2])))

    def _propose_in(
        self, scale: float, first: int, strip: np.ndarray, threshold: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """The boxes (N, 4) that P-Net finds in a strip of a level, and their confidence (N,)."""
        features = self.pnet.features(strip[None])
        face = networks.face_probability(self.pnet.ask("face", features))[0]
        rows, columns = np.nonzero(face > threshold)
        if not len(rows):
            return np.empty((0, 4)), np.empty(0, np.float32)
        at_faces = np.ascontiguousarray(features[:, :, rows, columns, None])  # the shift is needed at few places
        shift = self.pnet.ask("shift", at_faces)[0, :, :, 0].T
        return box.of_cells(first + rows, columns, shift, scale), face[rows, columns]

    def refine(self, picture: np.ndarray, squares: np.ndarray, threshold: float, saw: Saw = nobody) -> np.ndarray:
        """Squares (N, 4) -> the fewer, better squares that R-Net leaves."""
        if not len(squares):
            return squares
        answer = self._answer(self.rnet, picture, squares, networks.RNET_SIDE)
        found, confidence = box.moved(squares, answer["shift"]), answer["face"]
        sure = np.flatnonzero(confidence > threshold)
        stay = sure[self.suppress(found[sure], confidence[sure], REFINED)]
        saw(Stage("rnet", found, confidence, sure, stay, asked=squares))
        return box.square(found[stay])

    def decide(
        self, picture: np.ndarray, squares: np.ndarray, threshold: float, saw: Saw = nobody
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Squares (N, 4) -> the boxes (M, 4), confidences (M,) and points (M, 5, 2) of the faces, best first."""
        if not len(squares):
            return np.empty((0, 4)), np.empty(0), np.empty((0, 5, 2))
        confidence, found, points = self.examine(picture, squares)
        sure = np.flatnonzero(confidence > threshold)
        stay = sure[self.suppress(found[sure], confidence[sure], FINAL, of="min")]
        saw(Stage("onet", found, confidence, sure, stay, asked=squares, points=points))
        return found[stay], confidence[stay], points[stay]

    def _answer(
        self, network: networks.Network, picture: np.ndarray, squares: np.ndarray, side: int
    ) -> dict[str, np.ndarray]:
        """The answer of R-Net or O-Net for all squares (N, 4), computed in small batches."""
        few = BATCH_PIXELS // side**2
        parts = [squares[n : n + few] for n in range(0, len(squares), few)]
        answers = threads.each(lambda part: network.answer(self.crops(picture, part, side)), parts)
        return {name: np.concatenate([answer[name] for answer in answers]) for name in network.heads}


def checked(image: np.ndarray) -> np.ndarray:
    """The image (H, W, 3) uint8 in C order and writable. For other arrays every kernel would be compiled again.

    Raises TypeError or ValueError for anything else.
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = image.dtype if isinstance(image, np.ndarray) else type(image).__name__
        raise TypeError(f"detect_faces takes colours from 0 to 255 as a uint8 array, not {kind}")
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"detect_faces takes one RGB photo of shape (H, W, 3), not {image.shape}")
    return np.require(image, requirements=["C", "W"])


def _as_plain(found: np.ndarray, confidence: np.ndarray, points: np.ndarray) -> list[dict[str, Any]]:
    corner_and_size = np.concatenate([found[:, :2], box.sides(found)], axis=1).round().astype(int)
    return [
        {"box": b, "confidence": c, "keypoints": dict(zip(POINTS, p))}
        for b, c, p in zip(corner_and_size.tolist(), confidence.tolist(), points.round().astype(int).tolist())
    ]
