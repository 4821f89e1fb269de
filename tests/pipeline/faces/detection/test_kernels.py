"""The compiled loops against the readable functions, and the networks as products against their layers."""

import numpy as np
import pytest

from pipeline.faces.detection import boxes, crops, fast, kernels, networks, products, pyramid, weights
from siamese_np.kernels import reference
from siamese_np.layers import MaxPool2D, PReLU

pytestmark = pytest.mark.kernels


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (12, 20), (9, 20), (12, 3), (11, 19)])
def test_compiled_area_resizing_equals_the_readable_one(size):
    picture = np.random.default_rng(0).integers(0, 256, (12, 20, 3), np.uint8)
    expected = pyramid.area_resize(picture, *size)
    np.testing.assert_allclose(fast.area_resize(picture, *size), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("of", ["union", "min"])
@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_compiled_suppression_equals_the_readable_one(of, threshold):
    rng = np.random.default_rng(0)
    corner = rng.integers(0, 30, (40, 2)).astype(float)
    found = np.concatenate([corner, corner + rng.integers(0, 30, (40, 2))], axis=1)  # some without area
    confidence = rng.integers(0, 10, 40) / 10  # many equal ones
    expected = boxes.suppress(found, confidence, threshold, of)
    np.testing.assert_array_equal(fast.suppress(found, confidence, threshold, of), expected)


def test_compiled_crops_equal_the_readable_ones():
    picture = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    found = np.array([[3, 4, 30.5, 31.5], [-10, 20, 25, 55], [0, 0, 40, 30], [50, 5, 60, 15]])
    np.testing.assert_allclose(fast.crops(picture, found, 12), crops.crops(picture, found, 12), atol=1e-5)


@pytest.mark.parametrize("side", [1, 2, 3])
def test_im2col_equals_the_columns_of_the_readable_convolution(side):
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 6)).astype(np.float32)  # two images of three channels
    columns = np.empty((3, side, side, 2, 6 - side, 7 - side), np.float32)
    kernels.im2col(np.ascontiguousarray(x.transpose(1, 0, 2, 3)), columns)
    expected = reference.im2col(x, (side, side), (1, 1), (0, 0))
    np.testing.assert_array_equal(columns.transpose(3, 0, 1, 2, 4, 5).reshape(expected.shape), expected)


def test_compiled_prelu_adds_the_bias_and_equals_the_layer():
    layer = PReLU(3)
    layer.params["weight"][...] = (0.1, -0.5, 2)
    bias = np.array([0.5, -0.5, 0], np.float32)
    x = np.random.default_rng(0).normal(size=(3, 20)).astype(np.float32)
    expected = layer.forward(x.T + bias).T
    kernels.prelu(x, bias, layer.params["weight"])
    np.testing.assert_array_equal(x, expected)


@pytest.mark.parametrize(("side", "padding"), [(2, "same"), (2, "valid"), (3, "same"), (3, "valid")])
@pytest.mark.parametrize("size", [(7, 8), (9, 5), (3, 3), (4, 4)])
def test_compiled_pooling_equals_the_layer(side, padding, size):
    layer = MaxPool2D(side, 2, padding)
    x = np.random.default_rng(0).normal(size=(2, 3, *size)).astype(np.float32) - 5  # below 0: a border of 0 would win
    expected = layer.forward(x)
    y = np.empty((6, *expected.shape[2:]), np.float32)
    kernels.max_pool(x.reshape(6, *size), side, *layer.window_grid(*size)[1], y)
    np.testing.assert_array_equal(y.reshape(expected.shape), expected)


@pytest.mark.parametrize(
    ("name", "shape"), [("pnet", (1, 3, 23, 30)), ("rnet", (2, 3, 24, 24)), ("onet", (2, 3, 48, 48))]
)
def test_a_network_as_products_equals_its_layers(name, shape):
    readable = getattr(networks, name)(weights.load(name))
    fast_one = products.Products(readable.trunk, readable.heads)
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    expected, answer = readable.answer(x), fast_one.answer(x)
    assert answer.keys() == expected.keys()
    for head in expected:
        assert answer[head].shape == expected[head].shape
        np.testing.assert_allclose(answer[head], expected[head], atol=2e-5, rtol=1e-4)
