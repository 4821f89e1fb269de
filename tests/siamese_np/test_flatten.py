import numpy as np

from siamese_np.layers import Flatten


def test_flatten_reads_channels_then_rows_then_columns_and_backward_undoes_it():
    layer, x = Flatten(), np.arange(24.0).reshape(2, 3, 2, 2)
    y = layer.forward(x, train=True)
    np.testing.assert_array_equal(y, [np.arange(12), np.arange(12, 24)])
    np.testing.assert_array_equal(layer.backward(y), x)


def test_flatten_keeps_rows_and_an_empty_batch():
    assert Flatten().forward(np.ones((3, 5))).shape == (3, 5)
    assert Flatten().forward(np.ones((0, 3, 2, 2))).shape == (0, 12)
