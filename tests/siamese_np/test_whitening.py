import numpy as np
import pytest

from siamese_np.layers import BatchNorm, Dense, L2Normalize, Sequential
from siamese_np.whitening import as_trained, is_whitened, whitened, whitening


@pytest.fixture
def z():
    """200 embeddings of length 1 whose variances differ a hundredfold, away from the origin."""
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    z = rng.normal(size=(200, 6)) * [3, 2, 1, 0.6, 0.4, 0.3] @ turn + 1
    return z / np.linalg.norm(z, axis=1, keepdims=True)


def test_with_hardly_any_shrinkage_every_direction_has_the_same_variance(z):
    weight, bias = whitening(z, 1e-9)
    y = z @ weight + bias
    np.testing.assert_allclose(y.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(y.T @ y / len(y), np.trace(np.cov(z.T, ddof=0)) / 6 * np.eye(6), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("shrinkage", [0.1, 0.3, 0.8])
def test_each_principal_direction_is_scaled_by_its_shrunk_variance(z, shrinkage):
    weight, bias = whitening(z, shrinkage)
    _, _, directions = np.linalg.svd(z - z.mean(0))  # not by way of the covariance
    along = (z - z.mean(0)) @ directions.T
    variances = (along**2).mean(0)
    gains = 1 / np.sqrt((1 - shrinkage) * variances / variances.mean() + shrinkage)
    np.testing.assert_allclose((z @ weight + bias) @ directions.T, along * gains, atol=1e-9)
    assert gains.max() < shrinkage**-0.5


def test_shrinkage_1_only_moves_the_mean_to_the_origin(z):
    weight, bias = whitening(z, 1.0)
    np.testing.assert_allclose(weight, np.eye(6), atol=1e-12)
    np.testing.assert_allclose(bias, -z.mean(0), atol=1e-12)


def test_equal_embeddings_give_0_and_no_division_by_0(z):
    weight, bias = whitening(np.tile(z[:1], (5, 1)), 0.3)
    np.testing.assert_allclose(z[0] @ weight + bias, 0, atol=1e-12)


@pytest.mark.parametrize("shrinkage", [0.0, -0.1, 1.1])
def test_a_shrinkage_outside_0_to_1_is_refused(z, shrinkage):
    with pytest.raises(ValueError, match="more than 0 and at most 1"):
        whitening(z, shrinkage)


def test_a_whitened_network_is_the_network_its_whitening_and_a_scaling_to_length_1(z):
    rng = np.random.default_rng(1)
    network = Sequential([Dense(6, 4, "glorot", rng=rng), L2Normalize()])
    x = z.astype(np.float32)
    before = network.forward(x)
    new = whitened(network, before, 0.3)
    weight, bias = whitening(before, 0.3)
    expected = before @ weight + bias
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(new.forward(x), expected, atol=1e-5)
    np.testing.assert_array_equal(network.forward(x), before)
    assert new.forward(x).dtype == np.float32
    assert is_whitened(new) and not is_whitened(network)


def test_as_trained_a_network_is_without_its_whitening(z):
    rng = np.random.default_rng(1)
    network = Sequential([Dense(6, 4, "glorot", rng=rng), BatchNorm(4), L2Normalize()])
    network.state["batchnorm1.running_mean"][...] = 0.5
    x = z.astype(np.float32)
    before = network.forward(x)
    assert as_trained(network) is network
    trained = as_trained(whitened(network, before, 0.3))
    np.testing.assert_array_equal(trained.forward(x), before)
    trained.params["dense1.weight"][...] = 0
    np.testing.assert_array_equal(network.forward(x), before)
