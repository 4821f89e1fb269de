"""Squares cut out of the photo, each resized to what R-Net or O-Net takes.

Place t of `side` places along an edge of the box lies at x1 + t (x2 - x1) / (side - 1): the first place is at the one
edge, the last at the other. Between pixels the value is interpolated, in both directions in a row ("bilinear"). What lies
outside of the photo is 0, after `normal` the middle grey.

The networks are used to the small distortion of crop_and_resize in TensorFlow, where boxes are shares of the photo: x1
counts W steps across, pixels W - 1. So a box coordinate is first multiplied by (W - 1) / W.
"""

from collections.abc import Callable

import numpy as np

from pipeline.detection.networks import normal


def crops(planes: np.ndarray, boxes: np.ndarray, side: int, mix: Callable[..., None] | None = None) -> np.ndarray:
    """planes (3, H, W) uint8, boxes (N, 4) -> (N, 3, side, side) float32, colours as the networks take them.

    `mix` interpolates one crop; the readable one of this file unless another is given.
    """
    picture = normal(planes)
    height, width = picture.shape[1:]
    cut = np.empty((len(boxes), 3, side, side), np.float32)
    for n, (x1, y1, x2, y2) in enumerate(boxes.astype(np.float32)):
        (mix or readable_mix)(picture, _between(y1, y2, height, side), _between(x1, x2, width, side), cut[n])
    return cut


def readable_mix(picture: np.ndarray, rows: tuple, columns: tuple, cut: np.ndarray) -> None:
    """One crop (3, side, side), written; rows and columns as _between tells them."""
    (above, below, down, inside_y), (left, right, across, inside_x) = rows, columns
    upper = _mix(picture[:, above[:, None], left], picture[:, above[:, None], right], across)
    lower = _mix(picture[:, below[:, None], left], picture[:, below[:, None], right], across)
    cut[...] = np.where(inside_y[:, None] & inside_x, _mix(upper, lower, down[:, None]), 0)


def _mix(a: np.ndarray, b: np.ndarray, share: np.ndarray) -> np.ndarray:
    return a + (b - a) * share


def _between(start: np.float32, end: np.float32, n: int, side: int) -> tuple[np.ndarray, ...]:
    """Of each of `side` places along an axis of n pixels: the pixels before and after, how far it is between, whether inside."""
    shrink = np.float32(n - 1) / np.float32(n)
    place = start * shrink + np.arange(side, dtype=np.float32) * ((end - start) * shrink / np.float32(side - 1))
    before = np.floor(place)
    pixel = np.clip(before, 0, n - 1).astype(int)
    return pixel, np.minimum(pixel + 1, n - 1), place - before, (place >= 0) & (place <= n - 1)
