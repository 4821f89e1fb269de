import numpy as np

from siamese_np.layers import ReLU


def test_relu_passes_what_is_above_zero_and_its_gradient_at_zero_is_zero():
    layer = ReLU()
    x = np.array([[-2.0, -0.0, 0.0, 1e-30, 3.0]])
    np.testing.assert_array_equal(layer.forward(x, train=True), [[0, 0, 0, 1e-30, 3]])
    np.testing.assert_array_equal(layer.backward(np.full_like(x, 7)), [[0, 0, 0, 7, 7]])


def test_relu_does_not_hide_nan():
    assert np.isnan(ReLU().forward(np.array([[np.nan]]))).all()
