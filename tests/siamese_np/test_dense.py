import numpy as np
import pytest

from siamese_np.layers import Dense


def test_dense_by_hand():
    layer = Dense(2, 3, rng=np.random.default_rng(0))
    layer.params["weight"][...] = [[1, 2, 3], [4, 5, 6]]
    layer.params["bias"][...] = [0.5, 0, -1]
    x = np.array([[1, 10], [2, 0]], np.float32)
    np.testing.assert_array_equal(layer.forward(x, train=True), [[41.5, 52, 62], [2.5, 4, 5]])
    np.testing.assert_array_equal(layer.backward(np.array([[1, 0, 0], [0, 0, 1]], np.float32)), [[1, 4], [3, 6]])
    np.testing.assert_array_equal(layer.grads["weight"], [[1, 0, 2], [10, 0, 0]])
    np.testing.assert_array_equal(layer.grads["bias"], [1, 0, 1])


@pytest.mark.parametrize("initializer, deviation", [("he", np.sqrt(2 / 400)), ("glorot", np.sqrt(2 / 1000))])
def test_dense_starts_from_its_initializer_with_bias_zero(initializer, deviation, rng):
    layer = Dense(400, 600, initializer, rng=rng)
    assert layer.params["weight"].std() == pytest.approx(deviation, rel=0.01)
    assert not layer.params["bias"].any()


def test_another_initializer_is_refused(rng):
    with pytest.raises(ValueError, match='"he" or "glorot", not \'zeros\''):
        Dense(2, 3, "zeros", rng=rng)
