"""The compiled loops against their readable twins."""

import numpy as np
import pytest

from pipeline.detection import boxes, fast, pyramid
from pipeline.detection.crops import crops
from siamese_np.layers import MaxPool2D, PReLU

pytestmark = pytest.mark.kernels


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (12, 20), (15, 33), (11, 19)])
def test_compiled_area_resizing_equals_the_readable_one(size):
    picture = np.random.default_rng(0).integers(0, 256, (3, 12, 20), np.uint8)
    np.testing.assert_allclose(fast.area_resize(picture, *size), pyramid.area_resize(picture, *size), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("of", ["union", "min"])
@pytest.mark.parametrize("limit", [0.3, 0.5, 0.7])
def test_compiled_suppression_equals_the_readable_one(of, limit):
    rng = np.random.default_rng(0)
    corner = rng.integers(0, 30, (40, 2)).astype(float)
    found = np.concatenate([corner, corner + rng.integers(0, 30, (40, 2))], axis=1)  # some without area
    confidence = rng.integers(0, 10, 40) / 10  # many equal ones
    np.testing.assert_array_equal(fast.suppress(found, confidence, limit, of), boxes.suppress(found, confidence, limit, of))


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4, 5)])
def test_compiled_prelu_equals_the_layer(shape):
    layer = PReLU(3)
    layer.params["weight"][...] = (0.1, -0.5, 2)
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    expected = layer.forward(x)
    np.testing.assert_array_equal(fast.prelu(x, layer.params["weight"]), expected)


@pytest.mark.parametrize(("side", "stride", "padding"), [(2, 2, "same"), (3, 2, "same"), (3, 2, "valid")])
@pytest.mark.parametrize("size", [(7, 8), (9, 5), (3, 3)])
def test_compiled_pooling_equals_the_layer(side, stride, padding, size):
    layer = MaxPool2D(side, stride, padding)
    x = np.random.default_rng(0).normal(size=(2, 3, *size)).astype(np.float32)
    np.testing.assert_array_equal(fast.max_pool(x, layer), layer.forward(x))


def test_compiled_crops_equal_the_readable_ones():
    planes = np.random.default_rng(0).integers(0, 256, (3, 30, 40), np.uint8)
    boxes = np.array([[3.0, 4.0, 30.5, 31.5], [-10.0, 20.0, 25.0, 55.0], [0.0, 0.0, 40.0, 30.0]])
    np.testing.assert_allclose(crops(planes, boxes, 12, fast.mix), crops(planes, boxes, 12), atol=1e-5)
