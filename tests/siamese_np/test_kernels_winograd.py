"""Winograd's minimal filtering against scipy.signal, square by square."""

import numpy as np
import pytest
from scipy.signal import correlate

from siamese_np.kernels.compiled import winograd, winograd_products
from siamese_np.kernels.compiled.phases import VECTOR_BLOCK

pytestmark = pytest.mark.kernels

WQ = 7  # places per row


def workspace(number):
    """Space for the transforms of so many channels: 0 for the missing ones, else what an earlier call left."""
    transformed = np.full(winograd.transformed_length(number), 99.0)
    transformed[number * winograd.PLANE_STRIDE :] = 0
    return transformed


def lines(number, places, rng):
    """The phases of so many channels: (number, 2, 2, places and those behind them that taps read)."""
    return rng.standard_normal((number, 2, 2, places + 2 * WQ + 5))


def square(planes, i):
    """The 4 x 4 numbers (C, 4, 4) that the square at place i is made of."""
    rows = [[planes[:, r % 2, c % 2, i + r // 2 * WQ + c // 2] for c in range(4)] for r in range(4)]
    return np.array(rows).transpose(2, 0, 1)


# one strip; a strip and a little more; numbers of filters and channels that are no multiple of four
shapes = pytest.mark.parametrize(
    "filters, channels, places",
    [(4, 4, VECTOR_BLOCK), (6, 5, 2 * VECTOR_BLOCK), (5, 9, winograd.STRIP + VECTOR_BLOCK)],
    ids=["whole_fours", "filled_up_to_fours", "two_strips"],
)


@shapes
def test_it_is_the_convolution(filters, channels, places, rng):
    planes = lines(channels, places, rng)
    weight, bias = rng.standard_normal((filters, channels, 3, 3)), rng.standard_normal(filters)
    found = np.full((filters, 2, 2, places + 4), 7.0)
    u = winograd.transform_weights(weight)
    transformed = (workspace(channels), workspace(filters))
    winograd_products.correlate_winograd(planes, u, bias, places, WQ, *transformed, 0, filters, found)
    for i in range(places):
        expected = [correlate(square(planes, i), w, "valid", "direct")[0] + b for w, b in zip(weight, bias)]
        np.testing.assert_allclose(found[..., i], expected, rtol=0, atol=1e-12)
    assert (found[..., places:] == 7).all(), "written behind the last place"


@shapes
def test_its_gradient_of_the_weights_is_that_of_the_convolution(filters, channels, places, rng):
    planes, dy = lines(channels, places, rng), rng.standard_normal((filters, 2, 2, places))
    top, left = 2, 1  # dy stands behind this border
    g = np.zeros((filters, 2, 2, places + 2 * WQ + 5))
    for p in range(2):
        for q in range(2):
            start = (p + top) // 2 * WQ + (q + left) // 2
            g[:, (p + top) % 2, (q + left) % 2, start : start + places] = dy[:, p, q]
    begun = rng.standard_normal((16, filters + -filters % 4, channels + -channels % 4))
    du = begun.copy()
    transformed = (workspace(channels), workspace(filters))
    winograd_products.add_winograd_gradient(g, top, left, planes, places, WQ, *transformed, du)
    expected = np.zeros((filters, channels, 3, 3))
    for i in range(places):
        for f in range(filters):
            for c, x in enumerate(square(planes, i)):
                expected[f, c] += correlate(x, dy[f, ..., i], "valid", "direct")
    found = winograd.transform_weight_gradient(du - begun, filters, channels)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_the_transform_of_a_weight_gradient_is_that_of_the_weights_transposed(dtype, rng):
    weight, du = rng.standard_normal((5, 6, 3, 3)).astype(dtype), rng.standard_normal((16, 8, 8)).astype(dtype)
    u, dweight = winograd.transform_weights(weight), winograd.transform_weight_gradient(du, 5, 6)
    assert u.dtype == dweight.dtype == dtype
    assert u.shape == (16, 8, 8) and not u[:, 5:].any() and not u[:, :, 6:].any()
    np.testing.assert_allclose(np.sum(u * du), np.sum(weight * dweight), rtol=1e-4 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize(
    "shape",
    [(3, 8, 3, 3), (8, 3, 3, 3), (8, 8, 3, 2), (8, 8, 5, 5)],
    ids=["three_filters", "three_channels", "kernel_3x2", "kernel_5x5"],
)
def test_other_kernels_and_very_few_filters_or_channels_are_not_transformed(shape):
    assert winograd.transform_weights(np.ones(shape)).shape == (0, 0, 0)


@pytest.mark.parametrize("bad", [np.nan, np.inf], ids=["nan", "inf"])
def test_weights_that_are_not_finite_are_not_transformed(bad):
    weight = np.ones((4, 4, 3, 3))
    weight[1, 2, 0, 1] = bad
    assert winograd.transform_weights(weight).shape == (0, 0, 0)
