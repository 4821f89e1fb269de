"""The way back through a block of blocks.py: dy of the convolution is made on the fly, and read by both its gradients at once.

The pooled gradient dp becomes that of the convolution's output, inside the layout that the convolution's gradients read:

    g = factor * (dp at the winners) + slope * y + offset

which without batch normalisation is factor = the dropout's scale, slope = offset = 0 (for the others see
siamese_np/blocks.py).
"""

import numpy as np
from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled.block_forward import correlate_all, put_stack, rows_of_stack_into_line, valid_places
from siamese_np.kernels.compiled.conv2d import slabs_for, turned
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import shifted, take_from_phases
from siamese_np.kernels.compiled.block_pooling import gradient_of_cell, gradient_of_cell_and_norm
from siamese_np.kernels.compiled.workspace import clear, room_for
from siamese_np.kernels.compiled.taps import is_finite
from siamese_np.kernels.compiled.direct import PAIR, add_dots_of_phases
from siamese_np.kernels.compiled.winograd import add_dots_of_points, points_of, room_for_gradients, weights_of_points


@njit(**COMPILED)
def _backward_of_slab(
    dp, code, x, y, factor, slope, offset, weight_turned, u, top, left, lay, size, dx, dweight, du, dbias, room, first, last
):
    channels, filters = x.shape[1], dp.shape[1]
    kh, kw = dweight.shape[2:]
    clear(room, channels, filters)
    planes, upstream, no_bias = room.planes, room.line, np.zeros(channels, x.dtype)
    g, g_top, g_left = room.g, kh - 1 - top, kw - 1 - left  # 0 for a missing filter, and around and between the images
    whole = valid_places(size, lay.images, lay, x)
    dweight[:] = 0
    du[:] = 0
    dbias[:] = 0
    for s in range(first, last):
        images = put_stack(x, s, top, left, lay, planes)
        valid = whole if images == lay.images else valid_places(size, images, lay, x)
        for f in range(filters):
            rows_of_stack_into_line(dp, s, f, lay, upstream)
            for cell in range(4):
                p, q = cell // 2, cell % 2
                line = shifted(g[f], p, q, g_top, g_left, lay.wq)
                if len(y):
                    dbias[f] += gradient_of_cell_and_norm(
                        upstream, code[s, f], cell, y[s, f, p, q], valid[p, q], factor[f], slope[f], offset[f], line
                    )
                else:
                    dbias[f] += gradient_of_cell(upstream, code[s, f], cell, factor[f], line)
        if len(u) and is_finite(planes.reshape(-1)) and is_finite(g.reshape(-1)):
            add_dots_of_points(
                g[:filters], g_top, g_left, planes, lay.length, lay.wq, room.x_points, room.y_points, du
            )  # fmt: skip
        else:
            add_dots_of_phases(g, g_top, g_left, planes, images, lay, size, dweight)
        if len(dx):
            correlate_all(
                g[:filters], weight_turned, u, no_bias, lay, room.y_points, room.x_points, room.sums, room.lines
            )  # fmt: skip
            for c in range(channels):
                for b in range(images):
                    take_from_phases(room.lines[c], b, lay, dx[s * lay.images + b, c])


def conv_pool_backward(dp, code, x, y, factor, slope, offset, weight, padding, lay, size, dx, dweight, dbias):
    """dp (N, F, PH, PW) -> dx, dweight and dbias, written. size: (OH, OW).

    factor, slope, offset (F,) as above; y as conv_moments left it, or without stacks where slope and offset are 0; dx
    without images is not computed.
    """
    dweights, dbiases = slabs_for(weight, len(x), lay.stacks, PAIR)
    weight_turned = turned(weight, 1)
    u = points_of(weight_turned)
    dus = room_for_gradients(u, len(dweights))
    slabs, lines = len(dweights), len(weight_turned) if len(dx) else 0
    arguments = (dp, code, x, y, factor, slope, offset, weight_turned, u, *padding, lay, size, dx)

    def work(first, last):
        room = room_for(lay, weight, u, dweights.shape[1], lines)
        for s in range(first, last):
            stacks = (s * lay.stacks // slabs, (s + 1) * lay.stacks // slabs)
            _backward_of_slab(*arguments, dweights[s], dus[s], dbiases[s], room, *stacks)

    threads.share_out(work, slabs)
    np.sum(dweights[:, : len(weight)], axis=0, out=dweight)
    if len(u):
        dweight += weights_of_points(dus.sum(0), *weight.shape[:2])
    np.sum(dbiases, axis=0, out=dbias)
