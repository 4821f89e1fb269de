import numpy as np

from siamese_np.layers import PReLU


def test_each_channel_of_prelu_has_a_slope_of_its_own_that_starts_at_a_quarter():
    layer = PReLU(2, dtype=np.float64)
    np.testing.assert_array_equal(layer.params["weight"], [0.25, 0.25])
    layer.params["weight"][...] = [0.5, 2]
    x = np.array([[[[-2.0, 4]], [[-3, 0]]], [[[6, -8]], [[-1, 5]]]])  # (2, 2, 1, 2)
    np.testing.assert_array_equal(layer.forward(x, train=True), [[[[-1, 4]], [[-6, 0]]], [[[6, -4]], [[-2, 5]]]])
    np.testing.assert_array_equal(layer.backward(np.ones_like(x)), [[[[0.5, 1]], [[2, 2]]], [[[1, 0.5]], [[2, 1]]]])
    np.testing.assert_array_equal(layer.grads["weight"], [-10, -4])


def test_prelu_takes_rows_as_well():
    layer = PReLU(2, dtype=np.float64)
    np.testing.assert_array_equal(layer.forward(np.array([[-4.0, 8], [1, -2]]), train=True), [[-1, 8], [1, -0.5]])
    layer.backward(np.array([[1.0, 1], [1, 3]]))
    np.testing.assert_array_equal(layer.grads["weight"], [-4, -6])
