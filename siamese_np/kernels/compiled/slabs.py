"""Backward over a batch: gradients of weights and bias are sums over images, which are taken in SLABS.

Each slab of stacks sums into arrays of its own, and the slabs are added in order. Their number depends on the number of
images alone. So the result is the same on 1 core and on 16.
"""

import numpy as np

from siamese_np import threads
from siamese_np.kernels.compiled.convolution import rotate_180
from siamese_np.kernels.compiled.direct_gradient import FILTERS_AT_ONCE
from siamese_np.kernels.compiled.winograd import transform_weight_gradient, transform_weights
from siamese_np.kernels.compiled.workspace import workspace_for

MOST_SLABS = 16


def backward_in_slabs(kernel, arguments, weight, layout, images, dx, dweight, dbias):
    """dx, dweight (F, C, KH, KW) and dbias (F,) of a batch, written; without images, dx is left out.

    Calls, for the stacks first ... last - 1 of each slab,

        kernel(*arguments, layout, weight_rotated, u, dx, dweight, du, dbias, workspace, first, last)

    which writes dweight (F filled up, C, KH, KW), du (what Winograd sums in its place) and dbias of the slab.
    """
    slabs = 1 if images <= threads.FEW_IMAGES else min(layout.stacks, MOST_SLABS)
    filters, channels = weight.shape[:2]
    weight_rotated = rotate_180(weight)
    u = transform_weights(weight_rotated)
    dweights = np.empty((slabs, filters + -filters % FILTERS_AT_ONCE, *weight.shape[1:]), weight.dtype)
    dus = np.empty((slabs, len(u), u.shape[2], u.shape[1]), u.dtype)
    dbiases = np.empty((slabs, filters), weight.dtype)

    def work(first, last):
        workspace = workspace_for(layout, weight, u, dweights.shape[1], channels if len(u) else 1)
        for s in range(first, last):
            kernel(
                *arguments, layout, weight_rotated, u, dx, dweights[s], dus[s], dbiases[s], workspace,
                s * layout.stacks // slabs, (s + 1) * layout.stacks // slabs,
            )  # fmt: skip

    threads.share_out(work, slabs)
    np.sum(dweights[:, :filters], axis=0, out=dweight)
    if len(u):
        dweight += transform_weight_gradient(dus.sum(0), filters, channels)
    np.sum(dbiases, axis=0, out=dbias)
