"""The compiled loops against their readable twins."""

import numpy as np
import pytest

from pipeline.detection import boxes, fast, pyramid
from siamese_np.layers import PReLU

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
