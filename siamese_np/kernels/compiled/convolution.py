"""The convolution of one stack, forward and backward: by Winograd where that applies, else direct.

Forward. Winograd applies where transform_weights gives numbers u (it gives an empty array otherwise) and the stack is
finite.

Backward. Output (i, j) took x through tap (k, l) from (i + k, j + l) inside the border. So x at (h, w) gets its
gradient from the outputs (h - k, w - l):

    dx[c, h, w] = sum_{f,k,l} w[f, c, k, l] dy[f, h - k, w - l]                                         (1)

That is a convolution as well: of dy, inside a border of KH - 1 - padding, with the kernels rotated by 180 degrees and
filters and channels exchanged. The gradient of the weights is in direct_gradient.py and winograd_products.py.
"""

import numpy as np
from numba import njit

from siamese_np.kernels.compiled.direct import correlate_line
from siamese_np.kernels.compiled.direct_gradient import add_direct_gradient
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import is_finite
from siamese_np.kernels.compiled.stacks import take_channel
from siamese_np.kernels.compiled.winograd_products import add_winograd_gradient, correlate_winograd


def runs_on_phases(kernel_size, stride, padding):
    """Whether a convolution can be done here: stride 1, and no window that lies in the border alone."""
    return stride == (1, 1) and all(pad < k for pad, k in zip(padding, kernel_size))


def rotate_180(weight):
    """weight (F, C, KH, KW) -> (C, F, KH, KW), each kernel rotated by 180 degrees, for (1)."""
    return np.ascontiguousarray(weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3))


@njit(**COMPILED)
def correlate(planes, weight, u, bias, layout, transformed_x, transformed_y, sums, lines):
    """All filters at all places of a stack: planes (C, 2, 2, more) -> lines (F, 2, 2, length), written."""
    if len(u) and is_finite(planes.reshape(-1)):
        correlate_winograd(
            planes, u, bias, layout.length, layout.wq, transformed_x, transformed_y, 0, len(weight), lines
        )  # fmt: skip
    else:
        for f in range(len(weight)):
            correlate_line(planes, weight[f], bias[f], layout, sums, lines[f])


@njit(**COMPILED)
def correlate_into_images(planes, weight, u, bias, stack, layout, transformed_x, transformed_y, sums, lines, y):
    """The same, without the gaps: planes of a stack -> its images in y (N, F, OH, OW), written.

    lines (F, 2, 2, length), or (1, 2, 2, length) where u is empty: so one filter stays in the cache until it is copied.
    """
    if len(u) and is_finite(planes.reshape(-1)):
        correlate_winograd(
            planes, u, bias, layout.length, layout.wq, transformed_x, transformed_y, 0, len(weight), lines
        )  # fmt: skip
        for f in range(len(weight)):
            take_channel(lines[f], stack, f, layout, y)
    else:
        for f in range(len(weight)):
            correlate_line(planes, weight[f], bias[f], layout, sums, lines[0])
            take_channel(lines[0], stack, f, layout, y)


@njit(**COMPILED)
def backward_of_stack(stack, images, top, left, layout, size, weight_rotated, u, workspace, dx, dweight, du):
    """The gradients of a stack whose x and dy stand in the workspace: added to dweight or du, written to dx.

    x stands behind a border of top rows and left columns, dy behind KH - 1 - top and KW - 1 - left. weight_rotated and
    its transform u as rotate_180 gives them. dweight (F filled up, C, KH, KW) is summed by direct_gradient.py, du by
    Winograd. dx (N, C, H, W); without images it is left out.
    """
    channels, filters, kh, kw = weight_rotated.shape
    planes, dy_planes = workspace.x_planes, workspace.dy_planes
    dy_top, dy_left = kh - 1 - top, kw - 1 - left
    if len(u) and is_finite(planes.reshape(-1)) and is_finite(dy_planes.reshape(-1)):
        add_winograd_gradient(
            dy_planes[:filters], dy_top, dy_left, planes, layout.length, layout.wq,
            workspace.transformed_x, workspace.transformed_y, du,
        )  # fmt: skip
    else:
        add_direct_gradient(dy_planes, dy_top, dy_left, planes, images, layout, size, workspace.finite, dweight)
    if len(dx):
        correlate_into_images(
            dy_planes[:filters], weight_rotated, u, workspace.zeros, stack, layout,
            workspace.transformed_y, workspace.transformed_x, workspace.sums, workspace.lines, dx,
        )  # fmt: skip
