"""The workspace of a convolution: one per thread, which keeps it from one stack, and one call, to the next.

Memory fresh from the system is handed out page by page, at the first touch of each page: for a single image that took
longer than its convolutions.
"""

import functools
import math
from typing import NamedTuple

import numpy as np
from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled import direct, winograd
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import VECTOR_BLOCK, Layout

ALIGNMENT = 16  # numbers, so that each array begins at the beginning of a cache line


class Workspace(NamedTuple):
    """The arrays for one stack at a time. Their contents are undefined, except for the zeros that `clear` sets."""

    x_planes: np.ndarray  # (C, 2, 2, length and slack): x inside its border
    dy_planes: np.ndarray  # (F filled up, 2, 2, length and slack): the upstream gradient inside its border
    lines: np.ndarray  # (filters or channels, 2, 2, length): results
    pooled: np.ndarray  # (length,): one filter after pooling, or its upstream gradient
    sums: np.ndarray  # for direct.py
    transformed_x: np.ndarray  # for winograd.py, of all channels
    transformed_y: np.ndarray  # of all filters


def workspace_for(layout: Layout, weight: np.ndarray, u: np.ndarray, dy_planes: int = 0, lines: int = 0) -> Workspace:
    """The calling thread's workspace for weight (F, C, KH, KW) and so many dy_planes and lines.

    u: what transform_weights gives; where it is empty, there is no space for Winograd.
    """
    size, parts = _plan(layout, weight.shape, len(u) > 0, dy_planes, lines)
    flat = threads.workspace(size, weight.dtype)
    return Workspace(*[flat[start:stop].reshape(shape) for start, stop, shape in parts])


@functools.lru_cache
def _plan(
    layout: Layout, weight_shape: tuple[int, int, int, int], uses_winograd: bool, dy_planes: int, lines: int
) -> tuple[int, list[tuple[int, int, tuple[int, ...]]]]:
    """How many numbers that is, and for each array its beginning, end and shape."""
    filters, channels, kh, kw = weight_shape
    wide = layout.length + (kh // 2 + 1) * layout.wq + kw + VECTOR_BLOCK  # the taps read behind the end of a line
    shapes = Workspace(
        x_planes=(channels, 2, 2, wide),
        dy_planes=(dy_planes, 2, 2, wide),
        lines=(lines, 2, 2, layout.length),
        pooled=(layout.length,),
        sums=(4 * direct.LINE_STRIDE,),
        transformed_x=(winograd.transformed_length(channels) if uses_winograd else 0,),
        transformed_y=(winograd.transformed_length(filters) if uses_winograd else 0,),
    )
    start, parts = 0, []
    for shape in shapes:
        parts.append((start, start + math.prod(shape), shape))
        start += -(-math.prod(shape) // ALIGNMENT) * ALIGNMENT
    return start, parts


@njit(**COMPILED)
def clear(workspace, channels, filters):
    """Zeros in the planes and in `pooled`, which stay around the images and between their rows; and in the transforms
    of missing channels and filters."""
    workspace.x_planes[:] = 0
    workspace.dy_planes[:] = 0
    workspace.pooled[:] = 0
    workspace.transformed_x[channels * winograd.PLANE_STRIDE :] = 0
    workspace.transformed_y[filters * winograd.PLANE_STRIDE :] = 0
