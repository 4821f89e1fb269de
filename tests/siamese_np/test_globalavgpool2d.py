import numpy as np

from siamese_np.layers import GlobalAvgPool2D


def test_a_feature_map_becomes_its_mean_and_the_gradient_is_shared_out_evenly():
    layer, x = GlobalAvgPool2D(), np.arange(12.0).reshape(1, 2, 2, 3)
    np.testing.assert_array_equal(layer.forward(x, train=True), [[2.5, 8.5]])
    dx = layer.backward(np.array([[6.0, 12]]))
    np.testing.assert_array_equal(dx, [[[[1, 1, 1], [1, 1, 1]], [[2, 2, 2], [2, 2, 2]]]])
