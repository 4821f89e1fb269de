"""The comparison of a plain and a fused network names the one that is wrong, and the entry."""

import numpy as np
import pytest

from siamese_np import fused
from siamese_np.layers import BatchNorm
from tests.siamese_np.plain_and_fused import assert_same_training_step, block


def make():
    return block(4, (8, 9), 1, norm=True)


def message(rng):
    with pytest.raises(AssertionError) as error:
        assert_same_training_step(make, rng.standard_normal((5, 2, 8, 9)), 1e-12)
    return str(error.value)


def test_a_wrong_gradient_of_a_plain_layer_accuses_the_plain_network(monkeypatch, rng):
    backward = BatchNorm.backward
    monkeypatch.setattr(BatchNorm, "backward", lambda self, dy: 1.5 * backward(self, dy))
    text = message(rng)
    assert "gradient of the plain network is WRONG" in text and "gradient of the fused network is right" in text


def test_a_wrong_gradient_of_a_fused_layer_accuses_the_fused_network(monkeypatch, rng):
    coefficients = fused.conv_pool.backward_coefficients

    def wrong_slope(*arguments):
        factor, slope, offset = coefficients(*arguments)
        return factor, -slope, offset

    monkeypatch.setattr(fused.conv_pool, "backward_coefficients", wrong_slope)
    text = message(rng)
    assert "gradient of the fused network is WRONG" in text and "gradient of the plain network is right" in text


def test_a_wrong_output_is_told_with_that_of_the_layers_on_compiled_kernels(monkeypatch, rng):
    monkeypatch.setattr(fused.conv_pool, "scale_and_shift", lambda norm, m, s: (norm.params["weight"] / s, -m))
    text = message(rng)
    plain, reference = text.split("y[")[1].split(" is ")[1].split()[0], text.split("kernels give ")[1].rstrip(".")
    np.testing.assert_allclose(float(plain), float(reference), rtol=1e-6)


def test_a_wrong_running_mean_is_named(monkeypatch, rng):
    batch_moments = fused.conv_pool.batch_moments

    def forgets(norm, *parts):
        kept = norm.state["running_mean"].copy()
        moments = batch_moments(norm, *parts)
        norm.state["running_mean"][...] = kept
        return moments

    monkeypatch.setattr(fused.conv_pool, "batch_moments", forgets)
    assert "batchnorm1.running_mean[" in message(rng)
