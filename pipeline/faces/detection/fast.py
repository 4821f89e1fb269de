"""The compiled loops of kernels.py, with the names and arguments of the readable functions that they replace."""

import numpy as np

from pipeline.faces.detection import kernels
from pipeline.faces.detection.boxes import best_first
from pipeline.faces.detection.crops import between
from pipeline.faces.detection.pyramid import covers


def area_resize(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """Like pyramid.area_resize."""
    resized = np.empty((3, height, width), np.float32)
    kernels.area_resize(picture, *covers(picture.shape[1], width), resized)
    return resized


def suppress(boxes: np.ndarray, confidence: np.ndarray, threshold: float, of: str = "union") -> np.ndarray:
    """Like boxes.suppress."""
    order = best_first(confidence)
    stays = np.empty(len(order), bool)
    kernels.suppress(np.ascontiguousarray(boxes[order], np.float64), threshold, of == "min", stays)
    return order[stays]


def crops(picture: np.ndarray, boxes: np.ndarray, side: int) -> np.ndarray:
    """Like crops.crops."""
    cut = np.empty((len(boxes), 3, side, side), np.float32)
    rows = between(boxes[:, 1::2], picture.shape[0], side)
    columns = between(boxes[:, ::2], picture.shape[1], side)
    kernels.cut(picture, *rows, *columns, cut)
    return cut
