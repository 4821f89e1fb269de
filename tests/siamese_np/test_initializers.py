import numpy as np
import pytest

from siamese_np.initializers import glorot_uniform, he_normal


def test_he_normal_has_variance_two_over_fan_in(rng):
    w = he_normal((300, 400), 300, rng, np.float64)
    assert w.var() == pytest.approx(2 / 300, rel=0.02) and w.mean() == pytest.approx(0, abs=1e-3)
    assert np.mean(np.abs(w) > np.sqrt(2 / 300)) == pytest.approx(0.317, abs=0.01)  # normal: 32 % beyond one deviation


def test_glorot_uniform_has_variance_two_over_both_fans_and_fills_its_range_evenly(rng):
    w = glorot_uniform((300, 500), 300, 500, rng, np.float64)
    limit = np.sqrt(6 / 800)
    assert w.var() == pytest.approx(2 / 800, rel=0.02)
    assert 0.999 * limit < np.abs(w).max() <= limit
    assert np.mean(np.abs(w) > limit / 2) == pytest.approx(0.5, abs=0.01)


def test_he_keeps_the_size_of_a_signal_through_twenty_relus(rng):
    x = rng.standard_normal((200, 256))
    for _ in range(20):
        x = np.maximum(x @ he_normal((256, 256), 256, rng, np.float64), 0)
    assert 0.3 < np.mean(x * x) < 3


@pytest.mark.parametrize("draw", [lambda *a: he_normal((3, 4), 3, *a), lambda *a: glorot_uniform((3, 4), 3, 4, *a)])
def test_the_generator_decides_and_the_dtype_is_the_one_asked_for(draw):
    a, b, c = (draw(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert a.dtype == np.float32 and draw(np.random.default_rng(1), np.float64).dtype == np.float64
    assert np.array_equal(a, b) and not np.array_equal(a, c)
