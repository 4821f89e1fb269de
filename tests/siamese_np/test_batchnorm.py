import numpy as np
import pytest

from siamese_np.layers import BatchNorm


@pytest.mark.parametrize("shape, axes", [((8, 3), 0), ((4, 3, 5, 6), (0, 2, 3))])
def test_in_training_each_feature_gets_the_mean_and_deviation_that_were_learnt(shape, axes, rng):
    layer = BatchNorm(3, dtype=np.float64)
    layer.params["weight"][...] = [1, 2, 0.5]
    layer.params["bias"][...] = [0, -3, 7]
    y = layer.forward(rng.normal(5, 4, shape), train=True)
    np.testing.assert_allclose(y.mean(axes), [0, -3, 7], atol=1e-12)
    np.testing.assert_allclose(y.std(axes), [1, 2, 0.5], rtol=1e-5)  # eps makes it a little smaller


def test_a_constant_feature_becomes_zero_and_not_nan():
    layer = BatchNorm(1, dtype=np.float64)
    np.testing.assert_array_equal(layer.forward(np.full((4, 1), 3.0), train=True), np.zeros((4, 1)))
    assert np.isfinite(layer.backward(np.arange(4.0)[:, None])).all()


def test_running_values_follow_the_mean_and_the_unbiased_variance_by_a_tenth():
    layer = BatchNorm(2, dtype=np.float64)
    x = np.array([[1.0, 10], [2, 20], [6, 60]])  # means 3 and 30, unbiased variances 7 and 700
    layer.forward(x, train=True)
    np.testing.assert_allclose(layer.state["running_mean"], [0.3, 3])
    np.testing.assert_allclose(layer.state["running_var"], [0.9 + 0.7, 0.9 + 70])
    layer.forward(x, train=True)
    np.testing.assert_allclose(layer.state["running_mean"], [0.9 * 0.3 + 0.3, 0.9 * 3 + 3])


def test_the_unbiased_variance_of_feature_maps_counts_places_as_well(rng):
    layer, x = BatchNorm(2, momentum=1, dtype=np.float64), rng.standard_normal((3, 2, 4, 5))
    layer.forward(x, train=True)
    np.testing.assert_allclose(layer.state["running_var"], x.var((0, 2, 3), ddof=1))


def test_without_training_the_running_values_are_used_by_hand():
    layer = BatchNorm(1, eps=1, dtype=np.float64)
    layer.state["running_mean"][...], layer.state["running_var"][...] = 2, 8
    layer.params["weight"][...], layer.params["bias"][...] = 6, 1
    np.testing.assert_allclose(layer.forward(np.array([[2.0], [5]])), [[1], [7]])


@pytest.mark.parametrize("train", [True, False])
def test_images_of_a_batch_are_coupled_in_training_alone(train, rng):
    layer, x = BatchNorm(3, dtype=np.float64), rng.standard_normal((4, 3))
    other = x.copy()
    other[1:] += 1
    assert np.allclose(layer.forward(x, train)[0], layer.forward(other, train)[0]) != train


def test_one_entry_a_feature_is_too_few_to_train_but_enough_to_use():
    layer = BatchNorm(3)
    with pytest.raises(ValueError, match="at least 2 entries per feature"):
        layer.forward(np.ones((1, 3), np.float32), train=True)
    with pytest.raises(ValueError, match="at least 2 entries per feature"):
        layer.forward(np.ones((1, 3, 1, 1), np.float32), train=True)
    assert layer.forward(np.ones((1, 3), np.float32)).shape == (1, 3)
    assert layer.forward(np.ones((1, 3, 2, 1), np.float32), train=True).shape == (1, 3, 2, 1)
