"""Squares cut out of the photo, each resized to the input size of R-Net or O-Net.

Sample t of `side` samples along an edge of the box is at x1 + t (x2 - x1) / (side - 1): the first sample is at one
edge, the last at the other. Between pixels the value is interpolated along both axes ("bilinear"). Samples outside of
the photo are middle grey, which is 0 after `normal`.

The networks were trained with a small distortion of crop_and_resize in TensorFlow. It takes boxes as shares of the
photo, in which a width of W stands for the W - 1 steps between W pixels. So a box coordinate is first multiplied by (W
- 1) / W.
"""

import numpy as np

from pipeline.faces.detection.networks import normal


def crops(picture: np.ndarray, boxes: np.ndarray, side: int) -> np.ndarray:
    """picture (H, W, 3) uint8, boxes (N, 4) -> (N, 3, side, side) float32, with colours normalised for the networks."""
    height, width = picture.shape[:2]
    above, below, down, inside_y = (each[:, :, None] for each in between(boxes[:, 1::2], height, side))
    left, right, across, inside_x = (each[:, None] for each in between(boxes[:, ::2], width, side))
    picture = picture.astype(np.float32)
    upper = _mix(picture[above, left], picture[above, right], across[..., None])
    lower = _mix(picture[below, left], picture[below, right], across[..., None])
    cut = np.where((inside_y & inside_x)[..., None], normal(_mix(upper, lower, down[..., None])), 0)
    return np.ascontiguousarray(cut.transpose(0, 3, 1, 2))


def _mix(a: np.ndarray, b: np.ndarray, share: np.ndarray) -> np.ndarray:
    return a + (b - a) * share


def between(edges: np.ndarray, n: int, side: int) -> tuple[np.ndarray, ...]:
    """edges (N, 2) along an axis of n pixels -> four arrays (N, side) for the samples from one edge to the other:

    the pixel before the sample, the pixel after it, the share of the way between them, and whether it is in the photo.
    """
    start, end = edges.astype(np.float32).T[:, :, None]
    shrink = np.float32(n - 1) / np.float32(n)
    place = start * shrink + np.arange(side, dtype=np.float32) * ((end - start) * shrink / np.float32(side - 1))
    before = np.floor(place)
    pixel = np.clip(before, 0, n - 1).astype(np.intp)
    return pixel, np.minimum(pixel + 1, n - 1), place - before, (place >= 0) & (place <= n - 1)
