import numpy as np
import pytest

from siamese_np import distance
from siamese_np.layers import Dropout


def test_dropout_draws_one_byte_an_entry_and_drops_below_256_times_the_rate():
    x = np.random.default_rng(1).standard_normal((3, 5, 2))
    drawn = np.frombuffer(np.random.default_rng(7).bytes(30), np.uint8).reshape(3, 5, 2)
    layer = Dropout(0.3, rng=np.random.default_rng(7))
    expected = np.where(drawn < 77, 0, x * 256 / 179)  # round(256 * 0.3) = 77
    np.testing.assert_allclose(layer.forward(x, train=True), expected, rtol=1e-15)
    np.testing.assert_allclose(layer.backward(x), expected, rtol=1e-15)  # the same mask on the way back


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5, 0.9])
def test_dropout_keeps_the_mean_and_drops_its_share(rate, rng):
    y = Dropout(rate, rng=rng).forward(np.ones((100, 1000)), train=True)
    assert y.mean() == pytest.approx(1, abs=0.02)
    assert np.mean(y == 0) == pytest.approx(rate, abs=0.01)


def test_dropout_does_nothing_without_training_or_at_rate_zero(rng):
    x = rng.standard_normal((4, 5))
    np.testing.assert_array_equal(Dropout(0.5, rng=rng).forward(x), x)
    np.testing.assert_array_equal(Dropout(0, rng=rng).forward(x, train=True), x)


def test_an_image_that_stands_twice_in_a_batch_gets_two_masks_and_embedded_once_only_one(rng):
    layer, x = Dropout(0.5, rng=rng), np.ones((2, 20))
    z = layer.forward(x, train=True)
    assert distance.forward(z[:1], z[1:]) > 0
    assert distance.forward(z[:1], z[:1]) == 0  # the pair (0, 0): one row, one mask
    z = layer.forward(x)
    assert distance.forward(z[:1], z[1:]) == 0


@pytest.mark.parametrize("rate", [-0.1, -0.001, 0.999, 1, np.nan])
def test_a_rate_that_drops_nothing_sensible_is_refused(rate, rng):
    with pytest.raises(ValueError, match=f"Dropout: rate is at least 0 and at most 255/256, not {rate}"):
        Dropout(rate, rng=rng)
