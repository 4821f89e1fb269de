"""FusedNorm: [ReLU], BatchNorm, for feature maps and vectors. The numbers cite moments.py.

A training forward keeps for backward its input and the moments. The ReLU is computed again.
"""

from types import ModuleType

import numpy as np

from siamese_np.fused.base import FusedLayer
from siamese_np.fused.moments import backward_coefficients, batch_moments, running_moments, scale_and_shift
from siamese_np.layers import BatchNorm


class FusedNorm(FusedLayer):
    """(N, C) or (N, C, H, W) -> the same shape. The kernels see planes (N, C, L); for a vector L is 1.

    relu: whether a ReLU before the normalisation belongs to it.
    """

    def __init__(self, norm: BatchNorm, relu: bool, kernels: ModuleType) -> None:
        super().__init__()
        self.norm, self.relu, self.kernels = norm, relu, kernels

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        self.norm.expect(x, "N", len(self.norm.params["weight"]), *"HW"[: max(x.ndim - 2, 0)])
        planes = np.ascontiguousarray(x).reshape(*x.shape[:2], -1)
        if not train:
            y = np.empty(x.shape, x.dtype)
            moments = running_moments(self.norm)
        else:
            y = self.buffer("y", x.shape, x.dtype)
            means, deviations = (self.buffer(name, x.shape[:2], x.dtype) for name in ("means", "deviations"))
            self.kernels.norm_moments(planes, self.relu, means, deviations)
            moments = batch_moments(self.norm, means, deviations, np.full(len(planes), planes.shape[2]))  # (2)
            self.remember(planes, moments, x.shape)
        scale, shift = scale_and_shift(self.norm, *moments)
        self.kernels.norm_apply(planes, self.relu, scale, shift, y.reshape(planes.shape))  # (1)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        planes, moments, shape = self.recall()
        upstream = np.ascontiguousarray(dy).reshape(planes.shape)
        sum_dz, sum_dz_y = (self.buffer(name, shape[:2], dy.dtype) for name in ("sum_dz", "sum_dz_y"))
        self.kernels.norm_sums(upstream, planes, self.relu, sum_dz, sum_dz_y)
        entries = planes.size // planes.shape[1]
        coefficients = backward_coefficients(self.norm, *moments, sum_dz, sum_dz_y, entries)
        dx = self.buffer("dx", shape, dy.dtype)
        self.kernels.norm_combine(upstream, planes, self.relu, *coefficients, dx.reshape(planes.shape))  # (3)
        return dx
