"""How much of a head a crop shows, and where: the framing.

Crops of different sources contain different amounts of hair and background, and a network that learnt one framing
recognises badly in another. So a model keeps where eyes, nose and mouth lay in its training crops: f_k, the mean over
all of them, in pixels of a crop of the training size. How far a crop is from that framing is told by the similarity
S(p) = a p + b (align.py) that brings f_k nearest to its own landmarks p_k:

    movement = sqrt(mean over k of |S(f_k) - f_k|^2) / |f_1 - f_0|                  (1)

that is, by how many distances of the eyes the points of the framing would move. It leaves out what differs from pose to
pose, which no similarity can undo. Training crops differ among themselves, too, and the network has learnt that: a crop
whose movement is at most that of nine training crops in ten, `reach`, is used as it is. Any other picture is cut again,
by the inverse of S, so that its landmarks come to lie at the f_k: turned, scaled and moved, never stretched. Only a
crop that is too tight for that stays, too, where less than four fifths of the new one would lie within it: to a network,
repeated border pixels are worse than another framing. A crop that was cut out of a photo here stays as well in that case,
although the photo shows more: so a photo as it is and its crop get the same answer.

1-shot in percent, of two networks that learnt 20 people of ORL, the demo's, and one that learnt 12 celebrities. Brought
to the f_k are no crops, all, those beyond reach, or, by the rule, those beyond reach that are not too tight:

                                                            none            all             beyond reach    the rule
    P2, 20 unseen people of ORL                        89.2 90.5       88.1 89.5       88.8 90.5       89.0 90.5
    P4, new photos of the 12 celebrities               82.9            81.1            82.6            82.9
    ORL networks, 7 celebrities in tight crops         43.9 44.2 48.0                  42.5 42.2 46.2  43.9 44.2 48.0
    ORL networks, 36 web photos of 8 people            36.4 32.8 34.5  44.7 37.8 37.2  39.6 34.4 34.9  38.0 33.4 33.6

So whole web photos alone would gain by more than the rule gives them, and tight crops would lose.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.faces.align import like_a_face, similarity, warp

USUAL = 0.9  # the share of training crops that lie within reach
WITHIN = 0.8  # the share of a new crop that must lie within the picture ...
GRID = 20  # ... of so many places along each side


@dataclass(frozen=True)
class Framing:
    """size: (H, W) of the training crops. points: the five f_k, (x, y) in their pixels. reach: see above."""

    size: tuple[int, int]
    points: tuple[tuple[float, float], ...]
    reach: float

    @classmethod
    def of(cls, size: tuple[int, int], landmarks: np.ndarray) -> "Framing | None":
        """The framing of crops of `size` (H, W) with landmarks (N, 5, 2), NaN where none; None if no crop has any."""
        faces = [points for points in landmarks if like_a_face(points)]
        if not faces:
            return None
        found = cls(tuple(size), tuple(map(tuple, np.mean(faces, axis=0, dtype=float).tolist())), 0.0)
        return replace(found, reach=float(np.quantile([found.movement(points, size) for points in faces], USUAL)))

    def movement(self, landmarks: np.ndarray, shape: tuple[int, ...]) -> float:
        """(1) for a crop of shape (h, w) with landmarks (5, 2), once it is brought to the size of training crops."""
        scale = min(shape[0] / self.size[0], shape[1] / self.size[1])
        fitted = (landmarks - np.array(shape[1::-1]) / 2) / scale + np.array(self.size[::-1]) / 2
        points = np.array(self.points)
        a, b, _ = similarity(points, fitted)
        f = points @ (1, 1j)
        return float(np.sqrt(np.mean(abs(a * f + b - f) ** 2)) / abs(f[1] - f[0]))

    def has(self, landmarks: np.ndarray, shape: tuple[int, ...]) -> bool:
        """Whether a crop of shape (h, w) with landmarks (5, 2) is framed as nine training crops in ten are."""
        return self.movement(np.asarray(landmarks, float), shape) <= self.reach

    def fits(self, landmarks: np.ndarray, shape: tuple[int, ...]) -> bool:
        """Whether `cut` of a picture of shape (h, w) would show enough of it, and not its repeated edge."""
        a, b, _ = similarity(np.asarray(landmarks, float), np.array(self.points))
        y, x = (np.arange(GRID)[:, None] + 0.5) / GRID * self.size[0], (np.arange(GRID) + 0.5) / GRID * self.size[1]
        places = (x + 1j * y - b) / a
        inside = (places.real >= 0) & (places.imag >= 0) & (places.real < shape[1]) & (places.imag < shape[0])
        return bool(inside.mean() >= WITHIN)

    def cut(self, picture: np.ndarray, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The face with these landmarks (5, 2) of a picture (h, w) or (h, w, 3) uint8, in this framing.

        Returns the crop, (H, W) or (H, W, 3) uint8, and its landmarks (5, 2). Beyond the picture its edge goes on.
        """
        points = np.asarray(landmarks, float)
        a, b, _ = similarity(points, np.array(self.points))
        moved = points @ (1, 1j) * a + b
        return warp(picture, a, b, self.size), np.stack([moved.real, moved.imag], axis=1)

    def to_json(self) -> dict[str, Any]:
        return {"size": list(self.size), "points": [list(point) for point in self.points], "reach": self.reach}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Framing":
        return cls(tuple(stored["size"]), tuple(map(tuple, stored["points"])), stored["reach"])
