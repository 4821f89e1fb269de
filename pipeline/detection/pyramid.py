"""The pyramid: one photo in many sizes.

P-Net knows faces of 12 pixels only. A face of 120 pixels is one of 12 in a picture ten times smaller; so the photo is
shown to P-Net again and again, each time smaller by the factor 0.709, which is about 1 / sqrt(2): each level has half the
pixels of the one before, and all levels together cost as much as two of the first.

    scale_k = 12 / min_face_size * 0.709^k           k = 0, 1, ... until the short side is about 12 pixels

At level 0 a face of min_face_size pixels is 12 pixels tall, at the last level the largest face of the photo is.

A level is made by averaging: output pixel i covers the stretch from i n / m to (i + 1) n / m of the n input pixels (m
output pixels), and is the mean over it, with the pixels at both ends weighted by the part that is covered. Nothing of
the photo is skipped, as it would be by taking every tenth pixel.
"""

import numpy as np

from pipeline.detection.boxes import CELL

FACTOR = 0.709
# The package mtcnn has round(log(side / 12) / log(1 / 0.709) - 1) levels, whatever min_face_size is. For its default, 20
# pixels, that ends at this side. For faces above 22 its last level is too small for P-Net, and it silently finds nothing.
SMALLEST_SIDE = CELL * 12 / 20 * FACTOR**-1.5


def scales(height: int, width: int, min_face_size: int = 20) -> list[float]:
    """The scales of all levels; none for a photo that is too small for any face."""
    found = []
    scale = CELL / min_face_size
    while min(height, width) * scale >= SMALLEST_SIDE:
        found.append(scale)
        scale = CELL / min_face_size * FACTOR ** len(found)
    return found


def area_resize(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """(C, H, W) of any dtype -> (C, height, width) float32, by the mean over the covered area."""
    rows, columns = _covers(picture.shape[1], height), _covers(picture.shape[2], width)
    return (rows @ picture.astype(np.float32) @ columns.T).astype(np.float32)


def _covers(n: int, m: int) -> np.ndarray:
    """(m, n): which part of output pixel i is input pixel j; rows add up to 1."""
    edges = np.arange(m + 1) * (n / m)
    pixels = np.arange(n)
    common = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.maximum(common, 0).astype(np.float32) * np.float32(m / n)
