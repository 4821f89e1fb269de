"""Room to work in for the kernels of blocks.py: each thread has its own, and keeps it from one stack, and step, to the next.

Memory fresh from the system is handed out page by page, at the first touch of each: for a single image that took longer
than its convolutions.
"""

import functools
import math
from typing import NamedTuple

import numpy as np
from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled import direct, winograd
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import STEP, Layout

ALIGNED = 16  # numbers, so that each array begins where a line of the cache does


class Room(NamedTuple):
    """What the numbers are is undefined, but for those that `clear` sets."""

    planes: np.ndarray  # (C, 2, 2, length and slack): a stack of x inside its border
    g: np.ndarray  # (F, 2, 2, length and slack): the same of the upstream
    lines: np.ndarray  # (any, 2, 2, length): results of all filters, or channels
    line: np.ndarray  # (length,): of one filter, pooled; backward the upstream of one
    sums: np.ndarray  # for walks.py
    x_points: np.ndarray  # for winograd.py, of all channels
    y_points: np.ndarray  # of all filters


def room_for(lay: Layout, weight: np.ndarray, u: np.ndarray, upstream: int = 0, lines: int = 0) -> Room:
    """For weight (F, C, KH, KW), its points u (without any: no room for points), and so many planes of g and lines."""
    size, parts = _plan(lay, weight.shape, len(u) > 0, upstream, lines)
    flat = threads.workspace(size, weight.dtype)
    return Room(*[flat[start:stop].reshape(shape) for start, stop, shape in parts])


@functools.lru_cache
def _plan(lay, weight_shape, has_points, upstream, lines) -> tuple[int, list[tuple[int, int, tuple[int, ...]]]]:
    """How many numbers that is, and of each array where it lies and its shape."""
    filters, channels, kh, kw = weight_shape
    wide = lay.length + (kh // 2 + 1) * lay.wq + kw + STEP  # the taps of a kernel read behind the end of a line
    shapes = Room(
        planes=(channels, 2, 2, wide),
        g=(upstream, 2, 2, wide),
        lines=(lines, 2, 2, lay.length),
        line=(lay.length,),
        sums=(4 * direct.ROOM,),
        x_points=(winograd.room_for_points(channels) if has_points else 0,),
        y_points=(winograd.room_for_points(filters) if has_points else 0,),
    )
    start, parts = 0, []
    for shape in shapes:
        parts.append((start, start + math.prod(shape), shape))
        start += -(-math.prod(shape) // ALIGNED) * ALIGNED
    return start, parts


@njit(**COMPILED)
def clear(room, channels, filters):
    """0 in planes, g and line, which stays around the images and between their rows; and for the points of missing
    channels and filters."""
    room.planes[:] = 0
    room.g[:] = 0
    room.line[:] = 0
    room.x_points[channels * winograd.PLANE :] = 0
    room.y_points[filters * winograd.PLANE :] = 0
