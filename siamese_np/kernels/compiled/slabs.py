"""Backward over a batch: gradients of weights and bias are sums over images, which are taken in SLABS.

Each slab of stacks sums into arrays of its own, and the slabs are added in order. Their number depends on the number of
images alone. So the result is the same on 1 core and on 16.
"""

import numpy as np
from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled.convolution import rotate_180
from siamese_np.kernels.compiled.direct_gradient import FILTERS_AT_ONCE
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.winograd import transform_weight_gradient, transform_weights
from siamese_np.kernels.compiled.workspace import memory_for, plan_workspace

MOST_SLABS = 16
FEW_IMAGES = 8  # for up to so many images there is one slab: the sums of several would take as long as they save


@njit(**COMPILED)
def zeros_of_slab(slab, dweights, dus, dbiases):
    """dweight, du and dbias of a slab, set to 0."""
    dweight, du, dbias = dweights[slab], dus[slab], dbiases[slab]
    dweight[:] = 0
    du[:] = 0
    dbias[:] = 0
    return dweight, du, dbias


def backward_in_slabs(kernel, arguments, weight, layout, images, dx, dweight, dbias):
    """dx, dweight (F, C, KH, KW) and dbias (F,) of a batch, written; without images, dx is left out.

    Calls, with as many threads as there are cores (team.py),

        kernel(team, thread, slabs, *arguments, layout, weight_rotated, u, dx, dweights, dus, dbiases, memory, plan)

    which writes for each slab a dweight (F filled up, C, KH, KW), a du (what Winograd sums in its place) and a dbias.
    The stacks of slab number s are s * stacks // slabs up to, but without, (s + 1) * stacks // slabs.
    """
    slabs = 1 if images <= FEW_IMAGES else min(layout.stacks, MOST_SLABS)
    filters, channels = weight.shape[:2]
    weight_rotated = rotate_180(weight)
    u = transform_weights(weight_rotated)
    dweights = np.empty((slabs, filters + -filters % FILTERS_AT_ONCE, *weight.shape[1:]), weight.dtype)
    dus = np.empty((slabs, len(u), u.shape[2], u.shape[1]), u.dtype)
    dbiases = np.empty((slabs, filters), weight.dtype)
    plan = plan_workspace(layout, weight.shape, len(u) > 0, dweights.shape[1], channels if len(u) else 1)
    threads.share_out(
        kernel, slabs,
        *arguments, layout, weight_rotated, u, dx, dweights, dus, dbiases, memory_for(plan, weight.dtype), plan,
    )  # fmt: skip
    np.sum(dweights[:, :filters], axis=0, out=dweight)
    if len(u):
        dweight += transform_weight_gradient(dus.sum(0), filters, channels)
    np.sum(dbiases, axis=0, out=dbias)
