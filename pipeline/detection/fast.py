"""The compiled loops of kernels.py under the names and arguments of their readable twins."""

import numpy as np

from pipeline.detection import kernels
from pipeline.detection.boxes import best_first


def area_resize(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """pyramid.area_resize, of uint8."""
    resized = np.empty((len(picture), height, width), np.float32)
    kernels.area_resize(picture, resized)
    return resized


def suppress(boxes: np.ndarray, confidence: np.ndarray, limit: float, of: str = "union") -> np.ndarray:
    """boxes.suppress."""
    order = best_first(confidence)
    stays = np.empty(len(order), bool)
    kernels.suppress(np.ascontiguousarray(boxes[order], np.float64), limit, of == "min", stays)
    return order[stays]


def prelu(x: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """PReLU of x (N, C) or (N, C, H, W), in place."""
    kernels.prelu(x.reshape(*x.shape[:2], -1), slopes)
    return x
