"""The pyramid: one photo in many sizes.

P-Net finds only faces of 12 pixels. A face of 120 pixels has 12 in a picture that is ten times smaller. So P-Net
processes the photo several times, each time smaller by the factor 0.709, which is about 1 / sqrt(2). Each level has
half the pixels of the one before, and all levels together cost twice as much as the first.

    scale_k = 12 / min_face_size * 0.709^k           k = 0, 1, ... until the short side has about 12 pixels        (1)

At level 0 a face of min_face_size pixels is 12 pixels tall, at the last level the largest face of the photo is.

A level is made by averaging. With n input and m output pixels along an axis, output pixel i covers the interval
from i n / m to (i + 1) n / m, and is the mean over it; the pixels at both ends are weighted by the part that is
covered. So no pixel of the photo is skipped, as it would be by taking every tenth pixel.
"""

import numpy as np

from pipeline.faces.detection.boxes import CELL

FACTOR = 0.709
# The package mtcnn has round(log(side / 12) / log(1 / 0.709) - 1) levels for every min_face_size. For its default, 20
# pixels, the last level has this side. For faces above 22 pixels it is too small for P-Net, which finds nothing.
SMALLEST_SIDE = CELL * 12 / 20 * FACTOR**-1.5
PLACES = 4000  # of P-Net's grid in a strip: few enough for the cache, many compared with those that two strips share


def scales(height: int, width: int, min_face_size: int = 20) -> list[float]:
    """The scales of all levels; an empty list for a photo that is too small for any face."""
    found = []
    scale = CELL / min_face_size
    while min(height, width) * scale >= SMALLEST_SIDE:
        found.append(scale)
        scale = CELL / min_face_size * FACTOR ** len(found)  # (1)
    return found


def area_resize(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """(H, W, 3) uint8 -> (3, height, width) float32, by the mean over the covered area."""
    rows, columns = (_matrix(n, m) for n, m in zip(picture.shape, (height, width)))
    return (rows @ picture.astype(np.float32).transpose(2, 0, 1) @ columns.T).astype(np.float32)


def covers(n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Which of n input pixels each of m output pixels covers -> starts (m,), shares (m, T) float32.

    starts[j] is the first input pixel of output pixel j, and shares[j, t] the weight of input pixel starts[j] + t in
    its mean. T is the largest number of input pixels that any output pixel needs. Each row of shares adds up to 1.
    """
    edges = np.arange(m + 1)[:, None] * (n / m)
    edges[-1] = n
    starts = edges[:-1].astype(np.intp)
    pixels = starts + np.arange(np.max(np.ceil(edges[1:]) - starts))
    common = np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)
    return starts[:, 0], np.maximum(common, 0).astype(np.float32) * np.float32(m / n)


def _matrix(n: int, m: int) -> np.ndarray:
    """The shares of `covers` as a matrix (m, n)."""
    starts, shares = covers(n, m)
    matrix = np.zeros((m, n + shares.shape[1]), np.float32)  # a share of 0 may lie beyond the end
    for j, start in enumerate(starts):
        matrix[j, start : start + shares.shape[1]] = shares[j]
    return matrix[:, :n]


def grid(level: np.ndarray) -> tuple[int, int]:
    """The rows and columns of P-Net's answers for a level (3, h, w), one for each square of 12 pixels (networks.py)."""
    rows, columns = (-(-(n - 2) // 2) - 4 for n in level.shape[1:])  # (2) of networks.py
    return rows, columns


def strips(level: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """A level (3, h, w) in horizontal strips: (first row of P-Net's grid, the rows of the level that belong to it).

    Neighbouring strips share 10 rows of the level, so P-Net gives the same answers as for the whole (networks.py).
    """
    rows, columns = grid(level)
    count = min(-(-rows * columns // PLACES), rows)
    bounds = [rows * n // count for n in range(count + 1)]
    return [(first, level[:, 2 * first : 2 * last + CELL - 2]) for first, last in zip(bounds, bounds[1:])]
