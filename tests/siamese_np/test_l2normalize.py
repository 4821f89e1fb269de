import numpy as np
import pytest

from siamese_np.layers import L2Normalize


def test_each_row_keeps_its_direction_and_gets_length_one(rng):
    np.testing.assert_allclose(L2Normalize().forward(np.array([[3.0, 4], [0, -2]])), [[0.6, 0.8], [0, -1]])
    y = L2Normalize().forward(rng.standard_normal((50, 8)).astype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(y, axis=1), 1, rtol=1e-6)


def test_the_gradient_has_no_part_along_the_row(rng):
    """A step along the row would change its length alone, which is taken out."""
    layer, x = L2Normalize(), rng.standard_normal((6, 5))
    layer.forward(x, train=True)
    np.testing.assert_allclose(np.sum(layer.backward(rng.standard_normal((6, 5))) * x, axis=1), 0, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_zero_row_stays_zero_with_zero_gradient(dtype):
    layer = L2Normalize()
    np.testing.assert_array_equal(layer.forward(np.zeros((2, 3), dtype), train=True), np.zeros((2, 3)))
    np.testing.assert_array_equal(layer.backward(np.ones((2, 3), dtype)), np.zeros((2, 3)))


def test_a_row_shorter_than_1e_12_is_divided_by_1e_12():
    layer, x = L2Normalize(), np.array([[3e-14, 4e-14]])
    np.testing.assert_allclose(layer.forward(x, train=True), [[0.03, 0.04]])
    np.testing.assert_allclose(layer.backward(np.array([[1.0, 2]])), [[1e12, 2e12]])
