"""The layer around the kernels; the kernels themselves have tests of their own."""

import numpy as np
import pytest

from siamese_np.layers import Conv2D


def test_conv2d_by_hand(rng, kernel):
    layer = Conv2D(1, 1, 2, rng=rng, kernels=kernel)
    layer.params["weight"][...] = [[[[1, 2], [3, 4]]]]
    layer.params["bias"][...] = 0.5
    x = np.array([[[[1, 0, 0], [0, 0, 1]]]], np.float32)
    np.testing.assert_array_equal(layer.forward(x, train=True), [[[[1.5, 4.5]]]])
    np.testing.assert_array_equal(layer.backward(np.array([[[[1, 10]]]], np.float32)), [[[[1, 12, 20], [3, 34, 40]]]])
    np.testing.assert_array_equal(layer.grads["weight"], [[[[1, 0], [0, 10]]]])
    np.testing.assert_array_equal(layer.grads["bias"], [11])


@pytest.mark.parametrize(
    "arguments, size",
    [((3,), (5, 7)), ((3, 1, 1), (7, 9)), ((3, 2), (3, 4)), (((2, 3), (3, 2), (0, 2)), (2, 6)), ((9, 1, 1), (1, 3))],
)
def test_the_output_has_the_size_that_the_formula_gives(arguments, size, rng, kernel):
    y = Conv2D(1, 2, *arguments, rng=rng, kernels=kernel).forward(np.ones((2, 1, 7, 9), np.float32))
    assert y.shape == (2, 2, *size)


def test_conv2d_starts_from_he_with_bias_zero(rng):
    layer = Conv2D(50, 80, (2, 3), rng=rng)
    assert layer.params["weight"].std() == pytest.approx(np.sqrt(2 / 300), rel=0.02)
    assert not layer.params["bias"].any()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"kernel_size": 0}, "Conv2D: kernel_size is a whole number from 1 on, or two of them, not 0"),
        ({"kernel_size": (3, 3, 3)}, r"Conv2D: kernel_size .* not \(3, 3, 3\)"),
        ({"stride": (1, 0)}, r"Conv2D: stride .* from 1 on.* not \(1, 0\)"),
        ({"padding": -1}, "Conv2D: padding .* from 0 on.* not -1"),
        ({"stride": 1.5}, "Conv2D: stride .* not 1.5"),
        ({"padding": "same"}, "Conv2D: padding .* not 'same'"),
    ],
)
def test_impossible_windows_are_refused_by_name(arguments, message, rng):
    with pytest.raises(ValueError, match=message):
        Conv2D(1, 1, **arguments, rng=rng)


@pytest.mark.parametrize("shape", [(1, 1, 4, 9), (1, 1, 9, 4)])
def test_an_image_smaller_than_the_kernel_is_refused(shape, rng):
    with pytest.raises(ValueError, match=r"a kernel of \(7, 7\) does not fit into an input of \(1, 1, "):
        Conv2D(1, 1, 7, padding=1, rng=rng).forward(np.ones(shape, np.float32))
