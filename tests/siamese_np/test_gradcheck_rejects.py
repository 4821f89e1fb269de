"""For every formula there is a wrong gradient that the check must reject."""

import sys

import numpy as np
import pytest

from siamese_np import distance, kernels
from siamese_np.gradcheck import check_layer, layer_cases, numeric_gradient, table
from siamese_np.layers import BatchNorm
from siamese_np.losses import ContrastiveLoss
from siamese_np.siamese import SiameseNetwork

pytestmark = pytest.mark.gradcheck

# A wrong backward of a layer: a function of the layer, its right backward, dy and x. It returns dx and may spoil grads.
# In WRONG_LAYERS each stands beside its case and the gradients that must be found wrong, no others.


def spoil(layer, name, change):
    layer.grads[name][...] = change(layer.grads[name])


def dense_weight_averaged(layer, right, dy, x):
    dx = right(dy)
    spoil(layer, "weight", lambda dw: dw / len(dy))
    return dx


def dense_bias_forgotten(layer, right, dy, x):
    dx = right(dy)
    spoil(layer, "bias", np.zeros_like)
    return dx


def prelu_slope_over_every_entry(layer, right, dy, x):
    dx = right(dy)
    spoil(layer, "weight", lambda _: np.sum(x * dy, axis=(0, 2, 3)))
    return dx


def prelu_without_its_slope(layer, right, dy, x):
    right(dy)
    return dy * (x > 0)


def dropout_with_another_mask(layer, right, dy, x):
    layer.forward(x, train=True)
    return right(dy)


def length(x):
    return np.linalg.norm(x, axis=1, keepdims=True)


def normalised(x):
    """h and s of the formulas, and the axes that a feature runs over."""
    axes = (0, *range(2, x.ndim))
    s = np.sqrt(x.var(axes, keepdims=True) + 1e-5)
    return (x - x.mean(axes, keepdims=True)) / s, s, axes


def batchnorm_blind_to_the_variance(layer, right, dy, x):
    _, s, axes = normalised(x)
    right(dy)
    return (dy - dy.mean(axes, keepdims=True)) / s


def batchnorm_blind_to_the_mean(layer, right, dy, x):
    h, s, axes = normalised(x)
    right(dy)
    return (dy - h * np.mean(dy * h, axes, keepdims=True)) / s


def batchnorm_weight_without_normalising(layer, right, dy, x):
    h, s, axes = normalised(x)
    dx = right(dy)
    spoil(layer, "weight", lambda _: np.sum(dy * h * s, axes))
    return dx


def conv_with_the_kernel_rotated(layer, right, dy, x):
    weight = layer.params["weight"].copy()
    layer.params["weight"][...] = weight[:, :, ::-1, ::-1]
    dx = right(dy)
    layer.params["weight"][...] = weight
    return dx


def conv_weight_of_the_rotated_image(layer, right, dy, x):
    dx = right(dy)
    spoil(layer, "weight", lambda dw: dw[:, :, ::-1, ::-1].copy())
    return dx


def conv_bias_of_the_first_image_alone(layer, right, dy, x):
    dx = right(dy)
    spoil(layer, "bias", lambda _: dy[0].sum((1, 2)))
    return dx


def maxpool_to_all_cells(layer, right, dy, x):
    dx = np.zeros_like(x)
    dx[:, :, : 2 * dy.shape[2], : 2 * dy.shape[3]] = dy.repeat(2, axis=2).repeat(2, axis=3)
    return dx


def maxpool_to_the_first_cell(layer, right, dy, x):
    dx = np.zeros_like(x)
    dx[:, :, : 2 * dy.shape[2] : 2, : 2 * dy.shape[3] : 2] = dy
    return dx


def maxpool_overwriting_where_windows_overlap(layer, right, dy, x):
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dy.shape):
        k, l = divmod(int(x[n, c, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3].argmax()), 3)
        dx[n, c, 2 * i + k, 2 * j + l] = dy[n, c, i, j]
    return dx


def swapped(pair):
    return pair[1], pair[0]


def conv_with_rows_and_columns_of_the_stride_swapped(layer, right, dy, x):
    """As a kernel that steps by (sx, sy) in place of (sy, sx): what it would write beyond the image is dropped."""
    dx, weight = np.zeros_like(x), layer.params["weight"]
    right(dy)
    (sy, sx), (kh, kw) = swapped(layer.stride), layer.kernel_size
    for n, f, i, j in np.ndindex(dy.shape):
        window = dx[n, :, i * sy : i * sy + kh, j * sx : j * sx + kw]
        window += dy[n, f, i, j] * weight[f, :, : window.shape[1], : window.shape[2]]
    return dx


def conv_with_rows_and_columns_of_the_padding_swapped(layer, right, dy, x):
    """The border is cut off by (1, 2) in the place of (2, 1), which moves dx by a row and a column."""
    return np.roll(right(dy), (1, -1), axis=(2, 3))


def maxpool_with_rows_and_columns_of_the_stride_swapped(layer, right, dy, x):
    dx, (sy, sx) = np.zeros_like(x), swapped(layer.stride)
    for n, c, i, j in np.ndindex(dy.shape):
        k, l = divmod(int(x[n, c, i : i + 2, 2 * j : 2 * j + 2].argmax()), 2)
        if i * sy + k < x.shape[2]:
            dx[n, c, i * sy + k, j * sx + l] += dy[n, c, i, j]
    return dx


WRONG_LAYERS = {
    "dense weight averaged over the batch": ("Dense", dense_weight_averaged, {"weight"}),
    "dense bias forgotten": ("Dense", dense_bias_forgotten, {"bias"}),
    "dense input through another weight": ("Dense", lambda layer, right, dy, x: right(dy)[:, ::-1], {"input"}),
    "relu without its mask": ("ReLU", lambda layer, right, dy, x: dy, {"input"}),
    "prelu slope summed over every entry": ("PReLU", prelu_slope_over_every_entry, {"weight"}),
    "prelu without its slope": ("PReLU", prelu_without_its_slope, {"input"}),
    "flatten in another order": ("Flatten", lambda layer, right, dy, x: right(dy[:, ::-1]), {"input"}),
    "dropout with another mask": ("Dropout", dropout_with_another_mask, {"input"}),
    "dropout without its scale": ("Dropout", lambda layer, right, dy, x: right(dy) / 2, {"input"}),
    "l2normalize without the projection": ("L2Normalize", lambda layer, right, dy, x: dy / length(x), {"input"}),
    "l2normalize without the length": ("L2Normalize", lambda layer, right, dy, x: right(dy) * length(x), {"input"}),
    "batchnorm 1-d blind to the variance": ("BatchNorm 1-d", batchnorm_blind_to_the_variance, {"input"}),
    "batchnorm 2-d blind to the variance": ("BatchNorm 2-d", batchnorm_blind_to_the_variance, {"input"}),
    "batchnorm 1-d blind to the mean": ("BatchNorm 1-d", batchnorm_blind_to_the_mean, {"input"}),
    "batchnorm 2-d blind to the mean": ("BatchNorm 2-d", batchnorm_blind_to_the_mean, {"input"}),
    "batchnorm zeros": ("BatchNorm 2-d", lambda layer, right, dy, x: 0 * right(dy), {"input"}),
    "batchnorm weight not normalised": ("BatchNorm 1-d", batchnorm_weight_without_normalising, {"weight"}),
    "globalavgpool without 1/HW": ("GlobalAvgPool2D", lambda layer, right, dy, x: right(dy) * 12, {"input"}),
    "conv with the kernel rotated by 180°": ("Conv2D", conv_with_the_kernel_rotated, {"input"}),
    "conv weight of the rotated image": ("Conv2D padding 1", conv_weight_of_the_rotated_image, {"weight"}),
    "conv bias of the first image alone": ("Conv2D 9 images", conv_bias_of_the_first_image_alone, {"bias"}),
    "conv with a swapped stride (1, 2)": (
        "Conv2D stride (1, 2)", conv_with_rows_and_columns_of_the_stride_swapped, {"input"}
    ),
    "conv with a swapped padding": (
        "Conv2D padding (2, 1)", conv_with_rows_and_columns_of_the_padding_swapped, {"input"}
    ),
    "maxpool with a swapped stride": (
        "MaxPool2D stride (1, 2)", maxpool_with_rows_and_columns_of_the_stride_swapped, {"input"}
    ),
    "maxpool to all cells": ("MaxPool2D", maxpool_to_all_cells, {"input"}),
    "maxpool to the first cell": ("MaxPool2D", maxpool_to_the_first_cell, {"input"}),
    "maxpool overwriting": ("MaxPool2D overlapping", maxpool_overwriting_where_windows_overlap, {"input"}),
}  # fmt: skip


@pytest.mark.parametrize("case, wrong, expected", WRONG_LAYERS.values(), ids=WRONG_LAYERS.keys())
def test_gradcheck_rejects_a_layer(case, wrong, expected):
    layer, x, rng = layer_cases.layer_case(case, kernels.get("numpy"))
    right = layer.backward
    layer.backward = lambda dy: wrong(layer, right, dy, x)
    verdicts = {c.of: c.verdict for c in check_layer(layer, x, rng)}
    assert verdicts == {of: "WRONG" if of in expected else "correct" for of in verdicts}


def verdicts_of(name, implementation):
    kernels_name = "numpy" if implementation == "plain NumPy" else "numba"
    (case,) = [c for c in table.cases(kernels_name) if (c.name, c.implementation) == (name, implementation)]
    return {c.of: c.verdict for c in case.check()}


def contrastive_backward(change):
    right = ContrastiveLoss.backward
    return ContrastiveLoss, "backward", lambda self, d, same: change(self, right(self, d, same), d, same)


def distance_backward(change):
    right = distance.backward
    return distance, "backward", lambda dd, a, b, d: change(*right(dd, a, b, d), d)


def siamese_backward(change):
    def wrong(self, dd):
        z, (i, j) = self._z, self._pairs.T
        da, db = distance.backward(dd, z[i], z[j], self._d)
        return self.tower.backward(change(np.zeros_like(z), i, j, da, db))

    return SiameseNetwork, "backward", wrong


def last_pair_wins(dz, i, j, da, db):
    dz[i] += da
    dz[j] += db
    return dz


def one_branch_alone(dz, i, j, da, db):
    np.add.at(dz, i, da)
    return dz


WRONG_FORMULAS = {
    "loss without 1/P": ("ContrastiveLoss", contrastive_backward(lambda self, dd, d, same: dd * len(d))),
    "loss with half the slope": ("ContrastiveLoss", contrastive_backward(lambda self, dd, d, same: dd / 2)),
    "loss that pulls different people": ("ContrastiveLoss", contrastive_backward(lambda self, dd, d, same: abs(dd))),
    "loss pushing beyond the margin": (
        "ContrastiveLoss",
        contrastive_backward(lambda self, dd, d, same: 2 / len(d) * np.where(same, d, d - self.margin)),
    ),
    "power 1 with the slope of power 2": (
        "ContrastiveLoss power 1",
        contrastive_backward(lambda self, dd, d, same: dd * 2 * np.where(same, d, self.margin - d)),
    ),
    "distance without 1/d": ("distance", distance_backward(lambda da, db, d: (da * d[:, None], db * d[:, None]))),
    "distance pulling both the same way": ("distance", distance_backward(lambda da, db, d: (da, da))),
    "siamese keeping the last pair of an image": ("face_network", siamese_backward(last_pair_wins)),
    "siamese with one branch alone": ("face_network", siamese_backward(one_branch_alone)),
}


@pytest.mark.parametrize("case, wrong", WRONG_FORMULAS.values(), ids=WRONG_FORMULAS.keys())
def test_gradcheck_rejects_a_formula(case, wrong, monkeypatch):
    monkeypatch.setattr(*wrong)
    assert "WRONG" in verdicts_of(case, "plain NumPy").values()


# A wrong part of the fused code: the name of a function, patched in every module of siamese_np that uses it; what makes
# a wrong one of the right one; and for some cases the gradients that must be found wrong.


def without_slope_times_m(right):
    def wrong(norm, m, *others):
        factor, slope, offset = right(norm, m, *others)
        return factor, slope, offset + slope * m

    return wrong


def without_the_way_through_the_variance(right):
    def wrong(*arguments):
        factor, slope, offset = right(*arguments)
        return factor, 0 * slope, offset

    return wrong


WRONG_FUSED = {
    "batch normalisation without slope * m": (
        "backward_coefficients", without_slope_times_m,
        {
            ("conv block, BatchNorm", "fused direct"): {"input", "conv2d1.weight", "conv2d1.bias"},
            ("conv block, BatchNorm", "fused Winograd"): {"input", "conv2d1.weight", "conv2d1.bias"},
            ("conv block", "fused direct"): set(),
            ("ReLU, BatchNorm 2-d", "fused"): {"input"},
        },
    ),
    "batch normalisation blind to the variance": (
        "backward_coefficients", without_the_way_through_the_variance,
        {("conv block, two strips, BatchNorm", "fused direct"): {"input", "conv2d1.weight", "conv2d1.bias"}},
    ),
    "Winograd's gradient of the weights mirrored": (
        "transform_weight_gradient", lambda right: lambda *arguments: right(*arguments)[..., ::-1],
        {
            ("conv block", "fused Winograd"): {"conv2d1.weight"},
            ("conv block, four stacks", "fused Winograd"): {"conv2d1.weight"},
            ("conv block", "fused direct"): set(),
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name, change, expected", WRONG_FUSED.values(), ids=WRONG_FUSED.keys())
def test_gradcheck_rejects_wrong_fused_code_in_the_rows_of_that_code(name, change, expected, monkeypatch):
    patched = 0
    for module in [module for key, module in sys.modules.items() if key.startswith("siamese_np")]:
        if hasattr(module, name):
            monkeypatch.setattr(module, name, change(getattr(module, name)))
            patched += 1
    assert patched
    for case, wrong in expected.items():
        assert {of for of, verdict in verdicts_of(*case).items() if verdict == "WRONG"} == wrong


def test_an_all_ones_upstream_cannot_tell_batchnorm_from_zeros(rng):
    """For sum(y) the true dx is 0: the reason why the upstream is random."""
    layer, x = BatchNorm(3, dtype=np.float64), rng.standard_normal((4, 3))

    def gradient(upstream):
        return numeric_gradient(lambda: float(np.sum(upstream * layer.forward(x, train=True))), x)

    np.testing.assert_allclose(gradient(np.ones((4, 3))), np.zeros((4, 3)), atol=1e-9)
    assert np.abs(gradient(rng.standard_normal((4, 3)))).max() > 0.1
