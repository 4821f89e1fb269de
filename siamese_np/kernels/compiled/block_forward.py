"""A block is a convolution and what follows it: [batch normalisation], ReLU, 2 x 2 max pooling, [dropout]. Forward.

    conv_pool       convolution, scale and shift of each filter, ReLU, pooling, dropout     in one pass
    conv_moments    convolution, and mean and squared deviations of each line               training: the first half
    norm_pool       scale and shift of each filter, ReLU, pooling, dropout                  training: the second half

The sums of the convolution are pooled while they are in the cache. In training, batch normalisation needs the mean over
the batch before it can normalise, hence the two halves. In inference its scale and shift are known before, and without
it they are 1 and 0.

y (stacks, F, 2, 2, length) and argmax (stacks, F, length) stay in the layout of phases.py from forward to backward; x
and p are ordinary arrays. `layout` is plan_layout(x.shape, padding).
"""

import numpy as np
from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled.block_pooling import pool_phases
from siamese_np.kernels.compiled.convolution import correlate
from siamese_np.kernels.compiled.direct import LINE_STRIDE, STRIP, correlate_strip
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import is_finite, whole_blocks
from siamese_np.kernels.compiled.stacks import put_pooled, put_stack, take_pooled, valid_places
from siamese_np.kernels.compiled.team import give, take
from siamese_np.kernels.compiled.winograd import CHANNELS_AT_ONCE, transform_weights
from siamese_np.kernels.compiled.winograd_products import correlate_winograd
from siamese_np.kernels.compiled.workspace import clear, make_workspace, memory_for, plan_workspace

ENOUGH_PRODUCTS = 400_000  # of a share: with fewer, what each share repeats takes as long as the others save


@njit(**COMPILED)
def _conv_pool(
    team, thread, number, x, weight, u, bias, scale, shift, top, left, layout, shares, random_bytes, dropped_bytes,
    dropout_scale, p, argmax, memory, plan,
):  # fmt: skip
    workspace = make_workspace(memory[thread], plan)
    filters, channels = weight.shape[:2]
    clear(workspace, channels, filters)
    planes, lines, sums, pooled = workspace.x_planes, workspace.lines, workspace.sums, workspace.pooled
    line_bytes, line_argmax = np.zeros(layout.length, np.uint8), np.empty(layout.length, np.int32)
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for part in range(first, last):
            s = part // shares
            first_filter, last_filter = _filters(part % shares, shares, filters)
            places = whole_blocks(put_stack(x, s, top, left, layout, planes) * layout.hq * layout.wq)
            by_winograd = len(u) and is_finite(planes.reshape(-1))
            if by_winograd:
                correlate_winograd(
                    planes, u, bias, places, layout.wq, workspace.transformed_x, workspace.transformed_y,
                    first_filter, last_filter, lines,
                )  # fmt: skip
            for f in range(first_filter, last_filter):
                if dropped_bytes:
                    put_pooled(random_bytes, s, f, layout, line_bytes)
                winners = argmax[s, f] if len(argmax) else line_argmax
                for start in range(0, places, STRIP):
                    stop = min(start + STRIP, places)
                    if by_winograd:
                        a, b = lines[f, 0, 0, start:], lines[f, 0, 1, start:]
                        c, d = lines[f, 1, 0, start:], lines[f, 1, 1, start:]
                    else:
                        correlate_strip(planes, weight[f], bias[f], start, stop - start, layout, sums)
                        a, b, c, d = sums[0:], sums[LINE_STRIDE:], sums[2 * LINE_STRIDE :], sums[3 * LINE_STRIDE :]
                    pool_phases(
                        a, b, c, d, scale[f], shift[f], line_bytes[start:stop], dropped_bytes, dropout_scale,
                        pooled[start:stop], winners[start:stop], None,
                    )  # fmt: skip
                take_pooled(pooled, s, f, layout, p)
        first, last = take(team, thread, number)


@njit(**COMPILED)
def _filters(share, shares, filters):
    """The first and behind the last filter of share number `share`: the first is a multiple of CHANNELS_AT_ONCE."""
    groups = (filters + CHANNELS_AT_ONCE - 1) // CHANNELS_AT_ONCE
    return share * groups // shares * CHANNELS_AT_ONCE, min((share + 1) * groups // shares * CHANNELS_AT_ONCE, filters)


def conv_pool(
    x, weight, u, bias, scale, shift, padding, layout, random_bytes, dropped_bytes, dropout_scale, p, argmax
):
    """x (N, C, H, W) -> p (N, F, PH, PW) and argmax, written. u: transform_weights(weight). scale and shift (F,);
    random_bytes (N, F, PH, PW) uint8, dropped_bytes and dropout_scale as in Dropout. An argmax without stacks is not
    kept; random_bytes may be empty where dropped_bytes is 0.

    A few images of a large network have fewer stacks than there are cores. Then the filters of a stack are shared out
    as well. Each share copies the stack into its layout and transforms it."""
    shares = _shares(layout.stacks, 4 * p.size * weight[0].size)
    dropout = (random_bytes, np.uint8(dropped_bytes), p.dtype.type(dropout_scale))
    plan = plan_workspace(layout, weight.shape, len(u) > 0, lines=len(weight) if len(u) else 0)
    threads.share_out(
        _conv_pool, layout.stacks * shares,
        x, weight, u, bias, scale, shift, *padding, layout, shares, *dropout, p, argmax, memory_for(plan, x.dtype), plan,
    )  # fmt: skip


def _shares(stacks, products):
    """Into how many shares the filters are cut: no core should be idle, but each share needs enough to do."""
    stacks = max(stacks, 1)
    return max(min(-(-threads.count() // stacks), products // ENOUGH_PRODUCTS // stacks), 1)


@njit(**COMPILED)
def _moments(y, valid, entries):
    """The mean of one filter of a stack, y (2, 2, length), and the sum of squared deviations from it."""
    zero = y.dtype.type(0)
    total, deviation = zero, zero
    for cell in range(4):
        line, inside = y[cell // 2, cell % 2], valid[cell // 2, cell % 2]
        for i in range(len(line)):
            total += line[i] * inside[i]
    mean = y.dtype.type(total / entries)
    for cell in range(4):
        line, inside = y[cell // 2, cell % 2], valid[cell // 2, cell % 2]
        for i in range(len(line)):
            away = (line[i] - mean) * inside[i]
            deviation += away * away
    return mean, deviation


@njit(**COMPILED)
def _conv_moments(
    team, thread, number, x, weight, u, bias, top, left, layout, size, y, means, deviations, memory, plan
):  # fmt: skip
    workspace = make_workspace(memory[thread], plan)
    filters, channels = weight.shape[:2]
    clear(workspace, channels, filters)
    planes = workspace.x_planes
    valid_in_whole, valid_in_last = valid_places(size, layout, x)
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for s in range(first, last):
            images = put_stack(x, s, top, left, layout, planes)
            valid = valid_in_whole if images == layout.images else valid_in_last
            correlate(
                planes, weight, u, bias, layout, workspace.transformed_x, workspace.transformed_y, workspace.sums, y[s]
            )  # fmt: skip
            for f in range(filters):
                means[s, f], deviations[s, f] = _moments(y[s, f], valid, images * size[0] * size[1])
        first, last = take(team, thread, number)


def conv_moments(x, weight, bias, padding, layout, size, y, means, deviations):
    """x (N, C, H, W) -> y, and for each stack and filter the mean and the sum of squared deviations from it (stacks,
    F), over images * OH * OW entries; all written. size: (OH, OW)."""
    u = transform_weights(weight)
    plan = plan_workspace(layout, weight.shape, len(u) > 0)
    threads.share_out(
        _conv_moments, layout.stacks,
        x, weight, u, bias, *padding, layout, size, y, means, deviations, memory_for(plan, x.dtype), plan,
    )  # fmt: skip


@njit(**COMPILED)
def _norm_pool(team, thread, number, y, scale, shift, layout, random_bytes, dropped_bytes, dropout_scale, p, argmax, passed):
    pooled, line_bytes = np.zeros(layout.length, y.dtype), np.zeros(layout.length, np.uint8)
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for s in range(first, last):
            for f in range(p.shape[1]):
                if dropped_bytes:
                    put_pooled(random_bytes, s, f, layout, line_bytes)
                pool_phases(
                    y[s, f, 0, 0], y[s, f, 0, 1], y[s, f, 1, 0], y[s, f, 1, 1], scale[f], shift[f],
                    line_bytes, dropped_bytes, dropout_scale, pooled, argmax[s, f], passed[s, f],
                )  # fmt: skip
                take_pooled(pooled, s, f, layout, p)
        first, last = take(team, thread, number)


def norm_pool(y, scale, shift, layout, random_bytes, dropped_bytes, dropout_scale, p, argmax, passed):
    """y, scale and shift (F,) -> p (N, F, PH, PW), argmax, and passed (as argmax): the y that passed, or 0."""
    dropout = (random_bytes, np.uint8(dropped_bytes), p.dtype.type(dropout_scale))
    threads.share_out(_norm_pool, layout.stacks, y, scale, shift, layout, *dropout, p, argmax, passed)
