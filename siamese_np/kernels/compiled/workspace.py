"""The workspace of a convolution: memory for each thread, kept from one call to the next.

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
SUMS = 4 * direct.LINE_STRIDE


class Workspace(NamedTuple):
    """The arrays for one stack at a time. Their contents are undefined, except for the zeros that `clear` sets."""

    x_planes: np.ndarray  # (C, 2, 2, length and slack): x inside its border
    dy_planes: np.ndarray  # (F filled up, 2, 2, length and slack): the upstream gradient inside its border
    lines: np.ndarray  # (filters or channels, 2, 2, length): results
    zeros: np.ndarray  # (C,)
    finite: np.ndarray  # (C,), for direct_gradient.py
    pooled: np.ndarray  # (length,): one filter after pooling, or its upstream gradient
    sums: np.ndarray  # (SUMS,), for direct.py
    transformed_x: np.ndarray  # for winograd.py, of all channels
    transformed_y: np.ndarray  # of all filters


class Plan(NamedTuple):
    """The sizes in the shapes of a Workspace, and how many numbers one takes in all."""

    channels: int
    wide: int
    dy_planes: int
    lines: int
    length: int
    transformed_x: int
    transformed_y: int
    size: int


@functools.lru_cache
def plan_workspace(
    layout: Layout, weight_shape: tuple[int, ...], uses_winograd: bool, dy_planes: int = 0, lines: int = 0
) -> Plan:
    """The plan for weight (F, C, KH, KW) and so many dy_planes and lines."""
    filters, channels, kh, kw = weight_shape
    wide = layout.length + (kh // 2 + 1) * layout.wq + kw + VECTOR_BLOCK  # the taps read behind the end of a line
    transformed = [winograd.transformed_length(n) if uses_winograd else 0 for n in (channels, filters)]
    sizes = [4 * channels * wide, 4 * dy_planes * wide, 4 * lines * layout.length, channels, channels, layout.length, SUMS]
    size = sum(math.ceil(n / ALIGNMENT) * ALIGNMENT for n in sizes + transformed)
    return Plan(channels, wide, dy_planes, lines, layout.length, *transformed, size)


def memory_for(plan: Plan, dtype: np.dtype) -> np.ndarray:
    """(threads, plan.size)"""
    return threads.workspaces(plan.size, dtype)


@njit(**COMPILED)
def _cut(memory, start, size):
    """memory[start : start + size], and where the next array begins."""
    return memory[start : start + size], start + (size + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT


@njit(**COMPILED)
def make_workspace(memory, plan):
    """The arrays in the memory of one thread, (plan.size,)."""
    x_planes, at = _cut(memory, 0, 4 * plan.channels * plan.wide)
    dy_planes, at = _cut(memory, at, 4 * plan.dy_planes * plan.wide)
    lines, at = _cut(memory, at, 4 * plan.lines * plan.length)
    zeros, at = _cut(memory, at, plan.channels)
    finite, at = _cut(memory, at, plan.channels)
    pooled, at = _cut(memory, at, plan.length)
    sums, at = _cut(memory, at, SUMS)
    transformed_x, at = _cut(memory, at, plan.transformed_x)
    transformed_y, at = _cut(memory, at, plan.transformed_y)
    return Workspace(
        x_planes.reshape((plan.channels, 2, 2, plan.wide)), dy_planes.reshape((plan.dy_planes, 2, 2, plan.wide)),
        lines.reshape((plan.lines, 2, 2, plan.length)), zeros, finite, pooled, sums, transformed_x, transformed_y,
    )  # fmt: skip


@njit(**COMPILED)
def clear(workspace, channels, filters):
    """Zeros in `zeros`; in the planes and in `pooled`, which stay around the images and between their rows; and in the
    transforms of missing channels and filters."""
    workspace.zeros[:] = 0
    workspace.x_planes[:] = 0
    workspace.dy_planes[:] = 0
    workspace.pooled[:] = 0
    workspace.transformed_x[channels * winograd.PLANE_STRIDE :] = 0
    workspace.transformed_y[filters * winograd.PLANE_STRIDE :] = 0
