"""Boxes: from the answers of a network to boxes, and from many boxes of one face to one box.

A box is a row (x1, y1, x2, y2) in pixels of the photo, x to the right, y down; many boxes are (N, 4), float64.
"""

import numpy as np

STRIDE, CELL = 2, 12  # of P-Net; networks.py derives them


def of_cells(rows: np.ndarray, columns: np.ndarray, shift: np.ndarray, scale: float) -> np.ndarray:
    """Rows and columns (N,) of P-Net's grid, and its `shift` (N, 4) there -> boxes (N, 4) in pixels of the photo.

    P-Net has seen the photo resized by `scale`. Answer (i, j) stands for the 12 pixels that begin at (2 i, 2 j).
    Counted from 1, as in the training of the networks, these are the pixels 2 i + 1 to 2 i + 12, and the edges are 11
    apart. The shift moves each edge, in units of these 11 pixels:

        x1 = (2 j + 1  + 11 shift[0]) / scale          x2 = (2 j + 12 + 11 shift[2]) / scale
        y1 = (2 i + 1  + 11 shift[1]) / scale          y2 = (2 i + 12 + 11 shift[3]) / scale          (1)
    """
    corner = np.stack([columns, rows, columns, rows], axis=1) * STRIDE
    edge = np.array([1, 1, CELL, CELL])
    return (corner + edge + shift.astype(np.float64) * (CELL - 1)) / scale  # (1)


def moved(boxes: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Each edge moved by `shift` (N, 4) times the side ("bounding box regression"). The side counts both end pixels:

        x1 + shift[0] (x2 - x1 + 1), and likewise y1, x2, y2                            (2)
    """
    return boxes + shift * np.tile(sides(boxes) + 1, 2)  # (2)


def sides(boxes: np.ndarray) -> np.ndarray:
    """Width and height (N, 2)."""
    return boxes[:, 2:] - boxes[:, :2]


def square(boxes: np.ndarray) -> np.ndarray:
    """The smallest square with the same middle: R-Net and O-Net look at squares."""
    size = sides(boxes)
    side = size.max(axis=1, keepdims=True)
    corner = boxes[:, :2] + size * 0.5 - side * 0.5
    return np.concatenate([corner, corner + side], axis=1)


def clipped(boxes: np.ndarray, height: int, width: int) -> np.ndarray:
    """The boxes with every edge inside the photo."""
    return np.clip(boxes, 0, np.array([width, height, width, height]) - 1)


def overlap(box: np.ndarray, others: np.ndarray, of: str = "union") -> np.ndarray:
    """The overlap of a box (4,) with others (N, 4) -> (N,): 1 for the same box, 0 for separate boxes.

        common area / area of the "union" of the two boxes                              (3)
        common area / area of the smaller box ("min")                                   (4)

    The second form is also 1 for a small box inside a large one.
    """
    common = np.maximum(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0).prod(axis=1)
    area, areas = (box[2:] - box[:2]).prod(), sides(others).prod(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):  # a box without area gives NaN, and NaN > threshold is False
        return common / (area + areas - common if of == "union" else np.minimum(area, areas))  # (3), (4)


def suppress(boxes: np.ndarray, confidence: np.ndarray, threshold: float, of: str = "union") -> np.ndarray:
    """Non-maximum suppression: the row numbers of the boxes that stay, the most confident first.

    Neighbouring squares find the same face many times. A box goes if it overlaps by more than `threshold` with ANY more
    confident box, even if that one goes itself. In the textbook, only boxes that stay suppress others. The rules differ
    for chains A - B - C, in which only neighbours overlap: the textbook keeps A and C, this rule keeps only A. (It is
    the rule of mtcnn 1.0.0, and our results equal those of that package.)
    """
    order = best_first(confidence)
    ranked = boxes[order]
    stays = np.ones(len(order), bool)
    for rank in range(len(order)):
        stays[rank + 1 :] &= ~(overlap(ranked[rank], ranked[rank + 1 :], of) > threshold)
    return order[stays]


def best_first(confidence: np.ndarray) -> np.ndarray:
    """The row numbers in order of falling confidence. Of equal ones the last comes first.

    The package sorts and reverses, with the same effect where its sort is stable; NumPy's is not on a processor with
    AVX-512. Many pairs of boxes have equal confidence in P-Net's float32, and the choice between them changes the
    result: here it is the same on every processor.
    """
    return np.argsort(confidence, kind="stable")[::-1]
