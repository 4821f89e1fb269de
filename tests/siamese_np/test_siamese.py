"""The Siamese network: two images, one network."""

import numpy as np
import pytest

from siamese_np import distance, kernels
from siamese_np.layers import BatchNorm, Conv2D, Dense, Flatten, L2Normalize, MaxPool2D, ReLU, Sequential
from siamese_np.losses import ContrastiveLoss
from siamese_np.optimizers import SGD, Adam
from siamese_np.siamese import SiameseNetwork

PAIRS = np.array([[0, 1], [0, 2], [3, 0], [1, 2], [2, 1], [3, 4]])  # image 0 in three pairs, (1, 2) both ways round
SAME = np.array([True, False, False, False, False, True])


def tower(rng, k=None, dtype=np.float64, norm=False):
    """A small face_network for images (1, 8, 6)."""
    more = {"rng": rng, "dtype": dtype}
    middle = [BatchNorm(3, dtype=dtype)] if norm else []
    blocks = [Conv2D(1, 3, padding=1, kernels=k, **more), *middle, ReLU(), MaxPool2D(2, kernels=k)]
    return Sequential([*blocks, Flatten(), Dense(36, 5, "glorot", **more), L2Normalize()])


def images(rng, n=5, dtype=np.float64):
    return rng.standard_normal((n, 1, 8, 6)).astype(dtype)


def test_the_siamese_network_equals_two_separate_passes_whose_gradients_are_added(rng, kernel):
    network, loss, x = SiameseNetwork(tower(rng, kernel)), ContrastiveLoss(), images(rng)
    d = network.forward(x, PAIRS, train=True)
    dx = network.backward(loss.backward(d, SAME))
    together = {name: g.copy() for name, g in network.tower.grads.items()}

    def branch(side, upstream):
        """One of the two towers of the papers: its own copy of each image of its side, one after another."""
        network.tower.forward(x[PAIRS[:, side]], train=True)
        dside = network.tower.backward(upstream)
        return dside, {name: g.copy() for name, g in network.tower.grads.items()}

    a, b = (network.tower.forward(x[PAIRS[:, side]]) for side in (0, 1))
    np.testing.assert_allclose(d, distance.forward(a, b), rtol=1e-12)
    da, db = distance.backward(loss.backward(d, SAME), a, b, d)
    (left, left_grads), (right, right_grads) = branch(0, da), branch(1, db)
    for name, g in together.items():
        np.testing.assert_allclose(g, left_grads[name] + right_grads[name], rtol=1e-10, atol=1e-14)
    by_loop = np.zeros_like(x)
    for p, (i, j) in enumerate(PAIRS):
        by_loop[i] += left[p]
        by_loop[j] += right[p]
    np.testing.assert_allclose(dx, by_loop, rtol=1e-10, atol=1e-14)


def test_the_textbook_form_of_two_stacks_is_the_pairs_p_and_p_plus_count(rng):
    network, loss, x = SiameseNetwork(tower(rng)), ContrastiveLoss(), images(rng)
    d = network.forward(x, PAIRS, train=True)
    network.backward(loss.backward(d, SAME))
    grads = network.tower.flat_grads.copy()
    stacked = np.concatenate([x[PAIRS[:, 0]], x[PAIRS[:, 1]]])
    p = np.arange(len(PAIRS))
    d_stacked = network.forward(stacked, np.stack([p, len(p) + p], axis=1), train=True)
    network.backward(loss.backward(d_stacked, SAME))
    np.testing.assert_allclose(d_stacked, d, rtol=1e-12)
    np.testing.assert_allclose(network.tower.flat_grads, grads, rtol=1e-10, atol=1e-14)


def test_an_image_in_several_pairs_collects_the_gradient_of_each(rng):
    """With the embedding as the image itself, dz is what comes back: three equal pairs pull three times as hard."""
    network, x = SiameseNetwork(Sequential([Flatten()])), rng.standard_normal((2, 3))
    gradients = {}
    for count in (1, 3):
        network.forward(x, np.array([[0, 1]] * count), train=True)
        gradients[count] = network.backward(np.ones(count))
    np.testing.assert_allclose(gradients[3], 3 * gradients[1])
    np.testing.assert_allclose(gradients[1][0], -gradients[1][1])


def test_batchnorm_shares_its_statistics_over_the_whole_batch(rng):
    """Both branches are normalised by one mean and variance, and the running values follow the batch once."""
    net, x = tower(rng, norm=True), images(rng)
    network, conv, norm = SiameseNetwork(net), net.layers[0], net.layers[1]
    d = network.forward(x, PAIRS, train=True)
    maps = conv.forward(x)
    np.testing.assert_allclose(norm.state["running_mean"], 0.1 * maps.mean((0, 2, 3)), rtol=1e-12)
    a, b = (net.forward(x[PAIRS[:, side]], train=True) for side in (0, 1))
    assert np.abs(distance.forward(a, b) - d).max() > 0.01  # branches on their own: other statistics, other distances
    z = net.forward(x, train=True)
    np.testing.assert_allclose(distance.forward(z[PAIRS[:, 0]], z[PAIRS[:, 1]]), d, rtol=1e-12)


def test_pairs_may_be_chosen_between_embedding_and_comparing(rng):
    network, x = SiameseNetwork(tower(rng)), images(rng)
    at_once = network.forward(x, PAIRS, train=True)
    network.backward(np.ones(6))
    grads = network.tower.flat_grads.copy()
    z = network.embed(x, train=True)
    assert z.shape == (5, 5)
    np.testing.assert_array_equal(network.compare(PAIRS), at_once)
    network.backward(np.ones(6))
    np.testing.assert_array_equal(network.tower.flat_grads, grads)


def test_distances_without_training_leave_nothing_on_the_network(rng):
    network, x = SiameseNetwork(tower(rng)), images(rng)
    before = set(vars(network))
    np.testing.assert_allclose(network.forward(x, PAIRS), network.forward(x, PAIRS, train=True), rtol=1e-12)
    network = SiameseNetwork(network.tower)
    network.forward(x, PAIRS)
    assert set(vars(network)) == before


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_siamese_network_keeps_the_dtype(dtype, rng):
    network = SiameseNetwork(tower(rng, dtype=dtype))
    d = network.forward(images(rng, dtype=dtype), PAIRS, train=True)
    dx = network.backward(ContrastiveLoss().backward(d, SAME))
    assert d.dtype == dx.dtype == dtype and dx.shape == (5, 1, 8, 6)


@pytest.mark.parametrize("weights", ["as drawn", "all zero"])
def test_the_same_image_as_a_same_pair_and_as_a_different_pair_stays_finite(weights, rng):
    net = tower(rng, dtype=np.float32)
    if weights == "all zero":
        net.flat_params[...] = 0
    network, loss, x = SiameseNetwork(net), ContrastiveLoss(), images(rng, dtype=np.float32)
    x[1] = x[0]
    same = np.array([True, False, True, False])
    d = network.forward(x, np.array([[0, 1], [0, 1], [2, 2], [3, 3]]), train=True)
    assert (d[:2] < 1e-5).all()  # a matrix product may round equal rows differently
    assert not d[2:].any()  # one row with itself: exactly 0
    dx = network.backward(loss.backward(d, same))
    assert np.isfinite(loss.forward(d, same)) and np.isfinite(dx).all() and np.isfinite(net.flat_grads).all()


@pytest.mark.parametrize("seed", range(5))
def test_one_step_of_sgd_brings_same_pairs_nearer_and_different_pairs_apart(seed):
    """There are enough weights for the four pairs to hardly move each other."""
    rng = np.random.default_rng(seed)
    more = {"rng": rng, "dtype": np.float64}
    net = Sequential([Flatten(), Dense(48, 64, **more), ReLU(), Dense(64, 16, "glorot", **more), L2Normalize()])
    network, x = SiameseNetwork(net), images(rng, 8)
    pairs, same = np.arange(8).reshape(4, 2), np.array([True, True, False, False])
    before = network.forward(x, pairs, train=True)
    network.backward(ContrastiveLoss(margin=2.0).backward(before, same))
    SGD(net.flat_params, net.flat_grads, learning_rate=0.01).step()
    after = network.forward(x, pairs)
    assert (after[same] < before[same]).all() and (after[~same] > before[~same]).all()


@pytest.mark.parametrize("norm", [False, True])
def test_eight_pairs_are_learnt_by_heart(norm, rng):
    """A network that can't overfit a handful of pairs has a fault somewhere."""
    network = SiameseNetwork(tower(rng, kernels.get("numba"), np.float32, norm))
    loss, x = ContrastiveLoss(margin=1.0), images(rng, 16, np.float32)
    pairs, same = np.arange(16).reshape(8, 2), np.arange(8) < 4
    optimizer = Adam(network.tower.flat_params, network.tower.flat_grads, learning_rate=1e-2)
    first = loss.forward(network.forward(x, pairs, train=True), same)
    for _ in range(200):
        d = network.forward(x, pairs, train=True)
        network.backward(loss.backward(d, same))
        optimizer.step()
    d = network.forward(x, pairs, train=True)
    assert loss.forward(d, same) < 1e-3 < first / 100
    assert d[same].max() < 0.1 and d[~same].min() > 0.9
