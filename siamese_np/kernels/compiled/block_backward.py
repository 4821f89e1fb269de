"""The way back through a block of block_forward.py.

The gradient dp of the pooled output becomes the gradient dy of the convolution's output, which is written straight into
the layout in which both gradients of the convolution read it:

    dy = factor * (dp at the cells that passed) + slope * y + offset                                    (1)

With batch normalisation the coefficients are those of (3) in siamese_np/fused/moments.py, and `pool_sums` gives the
sums that they need. Without it factor is the dropout's scale, and slope and offset are 0.
"""

import numpy as np
from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled.block_pooling import gradient_of_cell, gradient_of_cell_and_norm, sums_of_passed
from siamese_np.kernels.compiled.convolution import backward_of_stack
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import shifted
from siamese_np.kernels.compiled.slabs import backward_in_slabs, zeros_of_slab
from siamese_np.kernels.compiled.stacks import put_pooled, put_stack, valid_places
from siamese_np.kernels.compiled.team import give, take
from siamese_np.kernels.compiled.workspace import clear, make_workspace


@njit(**COMPILED)
def _pool_sums(team, thread, number, dp, argmax, passed, layout, sum_dz, sum_dz_y):
    upstream = np.zeros(layout.length, dp.dtype)
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for s in range(first, last):
            for f in range(dp.shape[1]):
                put_pooled(dp, s, f, layout, upstream)
                sum_dz[s, f], sum_dz_y[s, f] = sums_of_passed(upstream, argmax[s, f], passed[s, f])
        first, last = take(team, thread, number)


def pool_sums(dp, argmax, passed, layout, sum_dz, sum_dz_y):
    """For each stack and filter the sum of dp where a cell passed, and of dp times the y that passed (stacks, F);
    written.

    dp at the cells that passed is dz, the gradient of the normalisation's output, up to the dropout's scale.
    """
    threads.share_out(_pool_sums, layout.stacks, dp, argmax, passed, layout, sum_dz, sum_dz_y)


@njit(**COMPILED)
def _backward(
    team, thread, slabs, dp, argmax, x, y, factor, slope, offset, top, left, size, layout, weight_rotated, u, dx,
    dweights, dus, dbiases, memory, plan,
):  # fmt: skip
    workspace = make_workspace(memory[thread], plan)
    channels, filters, kh, kw = weight_rotated.shape
    clear(workspace, channels, filters)
    planes, upstream, dy_planes = workspace.x_planes, workspace.pooled, workspace.dy_planes
    valid_in_whole, valid_in_last = valid_places(size, layout, x)
    give(team, thread)
    first, last = take(team, thread, slabs)
    while first < last:
        for slab in range(first, last):
            dweight, du, dbias = zeros_of_slab(slab, dweights, dus, dbiases)
            for s in range(slab * layout.stacks // slabs, (slab + 1) * layout.stacks // slabs):
                images = put_stack(x, s, top, left, layout, planes)
                valid = valid_in_whole if images == layout.images else valid_in_last
                for f in range(filters):
                    put_pooled(dp, s, f, layout, upstream)
                    for cell in range(4):
                        p, q = cell // 2, cell % 2
                        dy = shifted(dy_planes[f], p, q, kh - 1 - top, kw - 1 - left, layout.wq)
                        if len(y):
                            dbias[f] += gradient_of_cell_and_norm(
                                upstream, argmax[s, f], cell, y[s, f, p, q], valid[p, q],
                                factor[f], slope[f], offset[f], dy,
                            )  # fmt: skip  (1)
                        else:
                            dbias[f] += gradient_of_cell(upstream, argmax[s, f], cell, factor[f], dy)
                backward_of_stack(s, images, top, left, layout, size, weight_rotated, u, workspace, dx, dweight, du)
        first, last = take(team, thread, slabs)


def conv_pool_backward(dp, argmax, x, y, factor, slope, offset, weight, padding, layout, size, dx, dweight, dbias):
    """dp (N, F, PH, PW) -> dx, dweight and dbias of the convolution, written. size: (OH, OW).

    factor, slope, offset: (F,), of (1). y: as conv_moments left it, or without stacks where slope and offset are 0. dx
    without images is not computed.
    """
    arguments = (dp, argmax, x, y, factor, slope, offset, *padding, size)
    backward_in_slabs(_backward, arguments, weight, layout, len(x), dx, dweight, dbias)
