"""One photo through the detector, with all that its stages keep and drop. Every number is the detector's own."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.faces import choosing, landmarks
from pipeline.faces.align import POINTS, like_a_face
from pipeline.faces.detection import boxes, networks, pyramid
from pipeline.faces.detection.landmarks import USUAL
from pipeline.faces.detection.stages import Stage
from pipeline.faces.way_in import CUT
from siamese_np.layers import Conv2D, MaxPool2D
from webapp.explore.common import kept
from webapp.explore.detection.photo import Photo

STOPS = ("pyramid", "pnet", "suppress", "rnet", "onet", "faces")
LEAST = (20, 40, 80)  # pixels of the smallest face that is looked for
SHOWN = 48  # squares of R-Net, of O-Net, the most confident first


@dataclass(frozen=True, eq=False)
class Cut:
    """A face that was found. box (4,), clipped, and points (5, 2) in the photo; crop: as it stands, and upright: by the
    points, None where they do not lie like those of a face. Each is a picture (H, W, 3) and the points in it."""

    box: np.ndarray
    confidence: float
    points: np.ndarray
    crop: tuple[np.ndarray, np.ndarray]
    upright: tuple[np.ndarray, np.ndarray] | None


@dataclass(frozen=True, eq=False)
class Cascade:
    """levels: the decisions of P-Net; after: those that follow, by name ("levels", "rnet", "onet"). An absent one had
    nothing to look at. key: to keep by; it begins with what the photo's content makes."""

    rgb: np.ndarray
    levels: tuple[Stage, ...]
    after: dict[str, Stage]
    key: tuple

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many squares, then boxes, are left at each stop."""
        left = {name: len(stage.stays) for name, stage in self.after.items()}
        return {
            "pyramid": sum(rows * columns for rows, columns in map(pyramid.grid, (one.level for one in self.levels))),
            "pnet": sum(len(one.boxes) for one in self.levels),
            "suppress": left.get("levels", 0),
            "rnet": left.get("rnet", 0),
            "onet": left.get("onet", 0),
            "faces": left.get("onet", 0),
        }

    @cached_property
    def faces(self) -> tuple[Cut, ...]:
        """The faces that are found, the most confident first."""
        stage = self.after.get("onet")
        return () if stage is None else tuple(self._cut(stage, row) for row in stage.stays)

    def answers(self, level: int) -> dict[str, np.ndarray]:
        """What P-Net answers for each square of a level: face (R, K), shift (4, R, K)."""
        key = (*self.key, level)
        return kept.results().get("p-net", key, lambda: _ask(self.levels[level].level), 12)

    def squares(self, name: str) -> np.ndarray:
        """The row numbers of a stage's squares that are shown, the most confident first."""
        return boxes.best_first(self.after[name].confidence)[:SHOWN]

    def sheet(self, name: str) -> np.ndarray:
        """The squares that R-Net or O-Net was shown, one below the other: (N side, side, 3) uint8."""
        side = networks.RNET_SIDE if name == "rnet" else networks.ONET_SIDE
        cut = landmarks.detector().crops(self.rgb, self.after[name].asked[self.squares(name)], side)
        return as_colours(cut).reshape(-1, side, 3)

    def _cut(self, stage: Stage, row: int) -> Cut:
        (box,) = boxes.clipped(stage.boxes[[row]], *self.rgb.shape[:2])
        points = stage.points[row]
        face = {"box": (*box[:2], *(box[2:] - box[:2])), "keypoints": dict(zip(POINTS, points))}
        crop, upright = (
            choosing.crop(self.rgb, face, CUT.size, CUT.margin, upright) if like_a_face(points) or not upright else None
            for upright in (False, True)
        )
        return Cut(box, float(stage.confidence[row]), points, crop, upright)


def of(photo: Photo, least: int) -> Cascade:
    """The way of a photo. least: pixels of the smallest face."""
    key = (photo.content, photo.rgb.shape, least)
    return kept.results().get("cascade", key, lambda: _run(photo.rgb, least, key), 3)


def _run(rgb: np.ndarray, least: int, key: tuple) -> Cascade:
    stages: list[Stage] = []
    landmarks.detector().find(rgb, least, *USUAL, saw=stages.append)
    levels = tuple(stage for stage in stages if stage.name == "pnet")
    return Cascade(rgb, levels, {stage.name: stage for stage in stages if stage.name != "pnet"}, key)


def _ask(level: np.ndarray) -> dict[str, np.ndarray]:
    return {name: answer[0] for name, answer in landmarks.detector().pnet.answer(level[None]).items()}


def as_colours(normal: np.ndarray) -> np.ndarray:
    """What a network is given, (..., 3, h, w), as colours (..., h, w, 3) uint8."""
    return np.round(np.clip(np.moveaxis(normal, -3, -1) * 128 + 127.5, 0, 255)).astype(np.uint8)


def sizes(level: np.ndarray) -> list[tuple[str, int, int]]:
    """What the layers of P-Net make of a level (3, h, w): (name, rows, columns) after each that changes its size."""
    found, size = [], level.shape[1:]
    for layer in landmarks.detector().pnet.trunk.layers:
        if isinstance(layer, MaxPool2D):
            size, _ = layer.window_grid(*size)
            found.append((f"pooling {layer.pool_size[0]}", *size))
        elif isinstance(layer, Conv2D):
            size = tuple(n - k + 1 for n, k in zip(size, layer.kernel_size))
            found.append((f"convolution {layer.kernel_size[0]}", *size))
    return found


def origin(cascade: Cascade, row: int) -> tuple[int, int]:
    """The level of a box that suppression among all levels was given, and its row among the proposals there."""
    for level, stage in enumerate(cascade.levels):
        if row < len(stage.stays):
            return level, int(stage.stays[row])
        row -= len(stage.stays)
    raise IndexError("there is no such box")


def dropped(stage: Stage) -> np.ndarray:
    """The boxes (N, 4) that suppression drops, the most confident first."""
    order = boxes.best_first(stage.confidence)
    return stage.boxes[order[~np.isin(order, stage.stays)]]


def removed(stage: Stage, row: int, threshold: float) -> list[tuple[float, float]]:
    """(confidence, overlap) of the less confident boxes that a box removes, the largest overlap first."""
    order = boxes.best_first(stage.confidence)
    behind = order[int(np.flatnonzero(order == row)[0]) + 1 :]
    overlaps = boxes.overlap(stage.boxes[row], stage.boxes[behind])
    found = zip(stage.confidence[behind].tolist(), overlaps.tolist())
    return sorted((pair for pair in found if pair[1] > threshold), key=lambda pair: -pair[1])
