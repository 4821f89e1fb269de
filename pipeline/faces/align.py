"""Faces turned upright and scaled alike by five points: eyes, nose and corners of the mouth.

A template says where the points shall lie in a crop of H x W pixels. With d the distance of the eyes,

    eyes      x = (.5 -+ .19 width) W      y = .40 H            so d = .38 width W
    nose      x = .5 W                     y = .40 H + .58 d
    mouth     x = .5 W -+ .42 d            y = .40 H + 1.08 d

The picture may be turned, scaled and moved, never stretched or mirrored: a similarity. With points as complex
numbers, p = x + i y, every similarity is q = a p + b: |a| scales, the angle of a turns. Let the five points found be
p_k, those of the template q_k, and p', q' the same with their means p~, q~ taken off. The error is a square of a length:

    E(a, b) = sum_k |a p_k + b - q_k|^2
    dE/db = 0   gives   b = q~ - a p~,   and what is left is   E(a) = sum_k |a p'_k - q'_k|^2           (1)
    dE/da = 0   gives   a = sum_k conj(p'_k) q'_k / sum_k |p'_k|^2                                      (2)

Put (2) into (1): E = (1 - r) sum_k |q'_k|^2 with

    r = |sum_k conj(p'_k) q'_k|^2 / (sum_k |p'_k|^2 sum_k |q'_k|^2),    between 0 and 1                 (3)

so r, which no turn and no scale changes, says how much of a face the five points are. (The same problem in any
number of dimensions: Umeyama 1991, equations 40 to 43; multiplying by a complex number can't mirror.)

Points are (x, y) from the upper left corner of the picture; the middle of its first pixel is (.5, .5).
"""

from math import ceil

import numpy as np
from PIL import Image

POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")  # left is the one at the smaller x
# of (3); faces in profile have .8 and more, mirrored ones and points at random less
LEAST_LIKE_A_FACE = 0.5


def template(size: tuple[int, int], width: float = 1.0) -> np.ndarray:
    """Where the five points shall lie in a crop of `size` (H, W): (5, 2). A larger `width` shows the face larger."""
    height, across = size
    d = 0.38 * width * across
    x = np.array([-0.5, 0.5, 0, -0.42, 0.42]) * d + across / 2
    y = np.array([0, 0, 0.58, 1.08, 1.08]) * d + 0.4 * height
    return np.stack([x, y], axis=1)


def similarity(points: np.ndarray, targets: np.ndarray) -> tuple[complex, complex, float]:
    """a and b by (2) and (1), and r by (3), that bring `points` (K, 2) nearest to `targets` (K, 2)."""
    p, q = points @ (1, 1j), targets @ (1, 1j)
    centred_p, centred_q = p - p.mean(), q - q.mean()
    spread_p, spread_q = np.sum(abs(centred_p) ** 2), np.sum(abs(centred_q) ** 2)
    if spread_p == 0 or spread_q == 0:
        return 0j, complex(q.mean()), 0.0
    common = np.sum(centred_p.conj() * centred_q)
    a = common / spread_p  # (2)
    return complex(a), complex(q.mean() - a * p.mean()), float(abs(common) ** 2 / (spread_p * spread_q))


def like_a_face(landmarks: np.ndarray | None) -> bool:
    """Whether five points (5, 2) lie as those of a face do; False for None and for NaN."""
    if landmarks is None or not np.isfinite(landmarks).all():
        return False
    return similarity(np.asarray(landmarks, float), template((100, 100)))[2] > LEAST_LIKE_A_FACE


def align(picture: np.ndarray, landmarks: np.ndarray, size: tuple[int, int], width: float = 1.0) -> np.ndarray:
    """The face of a picture (h, w) or (h, w, 3) uint8, by its `landmarks` (5, 2), as (H, W) or (H, W, 3) uint8.

    What lies beyond the picture repeats its edge. Raises ValueError for points that don't lie as those of a face do.
    """
    if not like_a_face(landmarks):
        raise ValueError("the landmarks don't lie like eyes, nose and mouth of a face")
    a, b, _ = similarity(np.asarray(landmarks, float), template(size, width))
    return warp(picture, a, b, size)


def warp(picture: np.ndarray, a: complex, b: complex, size: tuple[int, int]) -> np.ndarray:
    """A picture (h, w) or (h, w, 3) uint8 under q = a p + b, as (H, W) or (H, W, 3) uint8; its edge goes on."""
    height, across = size
    # one sample a pixel would skip pixels where the picture shrinks: k x k samples are taken and averaged
    k = ceil(1 / min(abs(a), 1))
    corners = (np.array([0, across, across + height * 1j, height * 1j]) - b) / a
    h, w = picture.shape[:2]
    # only the part that is seen: a photo is large. 2: a bicubic sample looks at two pixels on each side
    left, right = (int(np.clip(edge, 0, w)) for edge in (corners.real.min() - 2, corners.real.max() + 3))
    top, bottom = (int(np.clip(edge, 0, h)) for edge in (corners.imag.min() - 2, corners.imag.max() + 3))
    left, top = min(left, w - 1), min(top, h - 1)  # a face beyond the picture sees its edge
    part = picture[top : max(bottom, top + 1), left : max(right, left + 1)]
    corners -= left + top * 1j
    beyond = max(-corners.real.min(), -corners.imag.min(), corners.real.max() - part.shape[1],
                 corners.imag.max() - part.shape[0], 0)  # fmt: skip
    pad = ceil(beyond) + 2
    padded = np.pad(part, [(pad, pad), (pad, pad), (0, 0)][: picture.ndim], mode="edge")
    # Pillow asks where a pixel of the output comes from: p = (q / k - b) / a, moved by the corner and the padding
    turn, start = 1 / (k * a), -b / a - (left + top * 1j) + pad * (1 + 1j)
    way_back = (turn.real, -turn.imag, start.real, turn.imag, turn.real, start.imag)
    moved = Image.fromarray(padded).transform(
        (across * k, height * k), Image.Transform.AFFINE, way_back, Image.Resampling.BICUBIC
    )
    return np.asarray(moved.reduce(k) if k > 1 else moved)
