"""Four ways to one convolution: each against the kernels that compute whole batches."""

import numpy as np
import pytest

from siamese_np.kernels import compiled, four_ways, reference
from siamese_np.kernels.compiled import conv2d, winograd

pytestmark = pytest.mark.kernels

SIZES = [(8, 9), (7, 6), (3, 3)]  # of xp: odd and even numbers of outputs, and a single one


def arrays(size, rng, kernel=(3, 3)):
    """xp, w, and dy of the size of their output."""
    xp, w = rng.standard_normal(size), rng.standard_normal(kernel)
    return xp, w, rng.standard_normal(four_ways.output_size(xp, w))


def convolution(xp, w, dy):
    """y, dxp, dw of the reference."""
    x, weight = xp[None, None], w[None, None]
    y = reference.conv2d_forward(x, weight, np.zeros(1), (1, 1), (0, 0))
    dx, dw, _ = reference.conv2d_backward(dy[None, None], x, weight, (1, 1), (0, 0))
    return y[0, 0], dx[0, 0], dw[0, 0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", four_ways.WAYS.values(), ids=four_ways.WAYS.keys())
def test_each_way_gives_the_convolution(way, size, rng):
    xp, w, dy = arrays(size, rng)
    np.testing.assert_allclose(way(xp, w), convolution(xp, w, dy)[0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["window", "columns", "lines"])
def test_rows_and_columns_of_the_kernel_are_not_swapped(name, rng):
    xp, w, dy = arrays((7, 9), rng, (2, 4))
    np.testing.assert_allclose(four_ways.WAYS[name](xp, w), convolution(xp, w, dy)[0], rtol=0, atol=1e-12)


def test_a_column_holds_the_numbers_of_its_window(rng):
    xp, w, _ = arrays((7, 6), rng)
    assert np.array_equal(four_ways.columns(xp, (3, 3)).reshape(3, 3, 5, 4)[:, :, 2, 1], xp[2:5, 1:4])


def test_a_shifted_line_holds_the_same_tap_of_every_window(rng):
    xp, w, _ = arrays((7, 6), rng)
    lines = four_ways.tap_lines(xp, w).reshape(3, 3, 5, 6)
    np.testing.assert_array_equal(lines[2, 1, :, :4], w[2, 1] * xp[2:7, 1:5])


def test_the_transform_of_the_kernel_is_that_of_the_compiled_kernels(rng):
    w = rng.standard_normal((4, 4, 3, 3))
    compiled_u = winograd.transform_weights(w)
    np.testing.assert_allclose(four_ways.transform_kernel(w[1, 2]).ravel(), compiled_u[:, 1, 2], rtol=0, atol=1e-12)


def test_a_row_of_two_outputs_takes_four_products(rng):
    x, g = rng.standard_normal(4), rng.standard_normal(3)
    found = four_ways.row_steps(x, g)
    np.testing.assert_allclose(found["y"], [g @ x[:3], g @ x[1:]], rtol=0, atol=1e-12)
    (g0, g1, g2), (x0, x1, x2, x3) = g, x
    np.testing.assert_allclose(found["u"], [g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found["v"], [x0 - x2, x1 + x2, x2 - x1, x1 - x3], rtol=0, atol=1e-12)
    assert np.array_equal(found["m"], found["u"] * found["v"])


def test_winograd_takes_no_other_kernel(rng):
    with pytest.raises(ValueError, match="3 x 3"):
        four_ways.by_winograd(rng.standard_normal((6, 6)), rng.standard_normal((2, 2)))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("back", [four_ways.back_by_columns, four_ways.back_by_lines, four_ways.back_by_rotation])
def test_each_way_back_gives_the_gradient_of_the_image(back, size, rng):
    xp, w, dy = arrays(size, rng)
    np.testing.assert_allclose(back(dy, w), convolution(xp, w, dy)[1], rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_both_gradients_of_the_weights_are_that_of_the_reference(size, rng):
    xp, w, dy = arrays(size, rng)
    expected = convolution(xp, w, dy)[2]
    by_columns = four_ways.weight_gradient_by_columns(dy, xp, (3, 3))
    np.testing.assert_allclose(by_columns, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(four_ways.weight_gradient_by_winograd(dy, xp), expected, rtol=0, atol=1e-12)


def test_the_compiled_convolution_gives_the_same_direct_and_by_winograd(rng):
    x, weight, bias = rng.standard_normal((3, 5, 9, 8)), rng.standard_normal((6, 5, 3, 3)), rng.standard_normal(6)
    expected = reference.conv2d_forward(x, weight, bias, (1, 1), (1, 1))
    for u in (np.empty((0, 0, 0)), winograd.transform_weights(weight)):
        y = np.empty_like(expected)
        conv2d.forward_on_phases(x, weight, u, bias, (1, 1), y)
        np.testing.assert_allclose(y, expected, rtol=0, atol=1e-11)
    np.testing.assert_array_equal(compiled.conv2d_forward(x, weight, bias, (1, 1), (1, 1)), y)
