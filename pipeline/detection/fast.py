"""The compiled loops of kernels.py under the names and arguments of their readable twins."""

import numpy as np

from pipeline.detection import kernels
from pipeline.detection.boxes import best_first
from siamese_np.layers import MaxPool2D


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


def max_pool(x: np.ndarray, layer: MaxPool2D) -> np.ndarray:
    """What `layer` makes of x (N, C, H, W), for square windows."""
    size, before = layer.window_grid(*x.shape[2:])
    y = np.empty((*x.shape[:2], *size), x.dtype)
    kernels.max_pool(x, layer.pool_size[0], layer.stride[0], *before, y)
    return y


def mix(picture: np.ndarray, rows: tuple, columns: tuple, cut: np.ndarray) -> None:
    """crops.mix."""
    kernels.mix(picture, *rows, *columns, cut)
