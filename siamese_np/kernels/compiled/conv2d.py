"""The layer Conv2D, compiled: over phases where that is possible, else as its definition (strided.py).

Loops made for this layer alone were up to a third faster with one to eight channels, and up to twice as fast with kernels
other than 3 x 3; with many channels they were up to a third slower. They were given up: trainings run block_forward.py.
"""

import numpy as np
from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled.convolution import backward_of_stack, correlate_into_images, runs_on_phases
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import images_in_stack, plan_layout
from siamese_np.kernels.compiled.slabs import backward_in_slabs, zeros_of_slab
from siamese_np.kernels.compiled.stacks import put_stack
from siamese_np.kernels.compiled.strided import strided_backward, strided_forward
from siamese_np.kernels.compiled.team import give, take
from siamese_np.kernels.compiled.winograd import transform_weights
from siamese_np.kernels.compiled.workspace import clear, make_workspace, memory_for, plan_workspace


@njit(**COMPILED)
def _forward(team, thread, number, x, weight, u, bias, top, left, layout, y, memory, plan):
    workspace = make_workspace(memory[thread], plan)
    filters, channels = weight.shape[:2]
    clear(workspace, channels, filters)
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for s in range(first, last):
            put_stack(x, s, top, left, layout, workspace.x_planes)
            correlate_into_images(
                workspace.x_planes, weight, u, bias, s, layout,
                workspace.transformed_x, workspace.transformed_y, workspace.sums, workspace.lines, y,
            )  # fmt: skip
        first, last = take(team, thread, number)


def output_shape(x, weight, stride, padding):
    """(N, F, OH, OW)"""
    size = ((n + 2 * pad - k) // step + 1 for n, pad, k, step in zip(x.shape[2:], padding, weight.shape[2:], stride))
    return len(x), len(weight), *size


def conv2d_forward(x, weight, bias, stride, padding, y=None):
    """x (N, C, H, W), weight (F, C, KH, KW), bias (F,) -> y (N, F, OH, OW), which may be given."""
    y = np.empty(output_shape(x, weight, stride, padding), x.dtype) if y is None else y
    x, weight, bias = map(np.ascontiguousarray, (x, weight, bias))
    if not runs_on_phases(weight.shape[2:], stride, padding):
        strided_forward(x, weight, bias, stride, padding, y)
        return y
    forward_on_phases(x, weight, transform_weights(weight), bias, padding, y)
    return y


def forward_on_phases(x, weight, u, bias, padding, y):
    """conv2d_forward with stride 1, y written: by Winograd, with u of transform_weights, or direct where u is empty."""
    layout = plan_layout(x.shape, padding)
    plan = plan_workspace(layout, weight.shape, len(u) > 0, lines=len(weight) if len(u) else 1)
    arguments = (x, weight, u, bias, *padding, layout, y, memory_for(plan, x.dtype), plan)
    threads.share_out(_forward, layout.stacks, *arguments)


@njit(**COMPILED)
def _add_sums(dy, stack, layout, dbias):
    """dbias (F,) += the sums of a stack of dy (N, F, OH, OW)."""
    begin = stack * layout.images
    for n in range(begin, begin + images_in_stack(stack, layout, len(dy))):
        for f in range(dy.shape[1]):
            total = dbias[f]
            for i in range(dy.shape[2]):
                for j in range(dy.shape[3]):
                    total += dy[n, f, i, j]
            dbias[f] = total


@njit(**COMPILED)
def _backward(
    team, thread, slabs, dy, x, top, left, layout, weight_rotated, u, dx, dweights, dus, dbiases, memory, plan
):  # fmt: skip
    workspace = make_workspace(memory[thread], plan)
    channels, filters, kh, kw = weight_rotated.shape
    clear(workspace, channels, filters)
    give(team, thread)
    first, last = take(team, thread, slabs)
    while first < last:
        for slab in range(first, last):
            dweight, du, dbias = zeros_of_slab(slab, dweights, dus, dbiases)
            for s in range(slab * layout.stacks // slabs, (slab + 1) * layout.stacks // slabs):
                images = put_stack(x, s, top, left, layout, workspace.x_planes)
                put_stack(dy, s, kh - 1 - top, kw - 1 - left, layout, workspace.dy_planes[:filters])
                _add_sums(dy, s, layout, dbias)
                backward_of_stack(
                    s, images, top, left, layout, dy.shape[2:], weight_rotated, u, workspace, dx, dweight, du
                )  # fmt: skip
        first, last = take(team, thread, slabs)


def conv2d_backward(dy, x, weight, stride, padding, dx=None):
    """dy (N, F, OH, OW) and what went into conv2d_forward -> dx, dweight, dbias. For dx an array may be given, without
    images where dx is not wanted; another one comes back where the way over phases does not apply."""
    dy, x, weight = map(np.ascontiguousarray, (dy, x, weight))
    # over phases there are zeros around dy, and 0 times a weight that is NaN would be NaN
    if not runs_on_phases(weight.shape[2:], stride, padding) or not np.isfinite(weight).all():
        return strided_backward(dy, x, weight, stride, padding)
    dx = np.empty_like(x) if dx is None else dx
    dweight, dbias = np.empty_like(weight), np.empty(len(weight), weight.dtype)
    layout = plan_layout(x.shape, padding)
    backward_in_slabs(_backward, (dy, x, *padding), weight, layout, len(x), dx, dweight, dbias)
    return dx, dweight, dbias
