"""Boxes: from the answers of a network to boxes, and from many boxes of one face to one.

A box is a row (x1, y1, x2, y2) in pixels of the photo, x to the right, y down; many boxes are (N, 4), float64.
"""

import numpy as np

STRIDE, CELL = 2, 12  # of P-Net; networks.py derives them


def of_cells(rows: np.ndarray, columns: np.ndarray, shift: np.ndarray, scale: float) -> np.ndarray:
    """P-Net's answers at these rows and columns of its grid -> boxes in the photo, of which the picture was `scale` times as large.

    Answer (i, j) stands for 12 pixels from (2 i, 2 j) on. Counted from 1, as the networks were trained, they are the pixels
    2 i + 1 to 2 i + 12: the edges lie 11 apart. `shift` (N, 4) moves each edge by a share of them:

        x1 = (2 j + 1  + 11 shift[0]) / scale          x2 = (2 j + 12 + 11 shift[2]) / scale
        y1 = (2 i + 1  + 11 shift[1]) / scale          y2 = (2 i + 12 + 11 shift[3]) / scale
    """
    corner = np.stack([columns, rows, columns, rows], axis=1) * STRIDE
    edge = np.array([1, 1, CELL, CELL])
    return (corner + edge + shift.astype(np.float64) * (CELL - 1)) / scale


def moved(boxes: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Each edge moved by `shift` (N, 4) times the side: "bounding box regression". The side counts both its end pixels."""
    return boxes + shift * np.tile(sides(boxes) + 1, 2)


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
    """Every edge inside the photo."""
    return np.clip(boxes, 0, np.array([width, height, width, height]) - 1)


def overlap(box: np.ndarray, others: np.ndarray, of: str = "union") -> np.ndarray:
    """How much of two boxes is common to both: 1 for the same box, 0 for boxes apart. box (4,), others (N, 4) -> (N,).

    The common area is divided by that of the "union" of the two, or by the smaller of the two ("min"), which also tells
    a small box inside of a large one.
    """
    common = np.maximum(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0).prod(axis=1)
    area, areas = (box[2:] - box[:2]).prod(), sides(others).prod(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):  # a box without area: nothing is common to it, and NaN > limit is False
        return common / (area + areas - common if of == "union" else np.minimum(area, areas))


def suppress(boxes: np.ndarray, confidence: np.ndarray, limit: float, of: str = "union") -> np.ndarray:
    """Non-maximum suppression: the numbers of the boxes that stay, the most confident first.

    A face is found many times, by neighbouring squares. Of boxes that overlap by more than `limit` only the most confident
    stays. "Overlap" here is with ANY more confident box, also one that has itself gone. The textbook lets only boxes that
    stay suppress others; the difference shows in chains A - B - C, of which the textbook keeps A and C, this rule A alone.
    (It is the rule of mtcnn 1.0.0, whose results ours equal.)
    """
    order = best_first(confidence)
    ranked = boxes[order]
    stays = np.ones(len(order), bool)
    for rank in range(len(order)):
        stays[rank + 1 :] &= ~(overlap(ranked[rank], ranked[rank + 1 :], of) > limit)
    return order[stays]


def best_first(confidence: np.ndarray) -> np.ndarray:
    """The order of falling confidence. Of equal ones the last goes first, as in the package, which sorts and turns round:
    P-Net's float32 is exactly as sure of many a pair of boxes, and the choice is seen in the end result."""
    return np.argsort(confidence, kind="stable")[::-1]
