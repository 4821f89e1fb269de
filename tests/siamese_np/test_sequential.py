import numpy as np
import pytest

from siamese_np.layers import BatchNorm, Dense, Dropout, Flatten, ReLU, Sequential


def network(rng):
    return Sequential(
        [Dense(4, 3, rng=rng), ReLU(), BatchNorm(3), Dense(3, 2, rng=rng), Dropout(0.5, rng=np.random.default_rng(5))]
    )


def test_sequential_is_one_layer_after_another(rng):
    net, x = network(rng), rng.standard_normal((6, 4)).astype(np.float32)
    y = net.forward(x, train=True)
    dx = net.backward(y)
    grads = {name: g.copy() for name, g in net.grads.items()}
    net.layers[-1].rng = np.random.default_rng(5)
    by_hand = x
    for layer in net.layers:
        by_hand = layer.forward(by_hand, train=True)
    np.testing.assert_array_equal(by_hand, y)
    for layer in net.layers[::-1]:
        by_hand = layer.backward(by_hand)
    np.testing.assert_array_equal(by_hand, dx)
    for name, g in net.grads.items():
        np.testing.assert_array_equal(g, grads[name])


def test_arrays_are_named_after_their_layers(rng):
    net = network(rng)
    assert net.names == ["dense1", "relu1", "batchnorm1", "dense2", "dropout1"]
    expected = [f"{layer}.{array}" for layer in ("dense1", "batchnorm1", "dense2") for array in ("weight", "bias")]
    assert list(net.params) == list(net.grads) == expected
    assert list(net.state) == ["batchnorm1.running_mean", "batchnorm1.running_var"]


@pytest.mark.parametrize("which", ["params", "grads"])
def test_every_number_lies_once_in_one_flat_vector(which, rng):
    net = network(rng)
    flat = getattr(net, f"flat_{which}")
    flat[...] = np.arange(len(flat))
    views = getattr(net, which)
    np.testing.assert_array_equal(np.concatenate([a.ravel() for a in views.values()]), np.arange(len(flat)))
    for name, layer in zip(net.names, net.layers):
        for key, array in getattr(layer, which).items():
            assert array is views[f"{name}.{key}"]


def test_a_step_on_the_flat_vector_moves_the_network_and_backward_fills_the_other(rng):
    net, x = Sequential([Dense(4, 3, rng=rng)]), rng.standard_normal((6, 4)).astype(np.float32)
    before = net.forward(x, train=True)
    net.backward(np.ones_like(before))
    np.testing.assert_array_equal(net.flat_grads[:12].reshape(4, 3), net.grads["dense1.weight"])
    assert net.flat_grads.all()
    net.flat_params[12:] += 1  # the bias
    np.testing.assert_allclose(net.forward(x), before + 1, rtol=1e-6)


def test_the_weights_a_layer_came_with_are_kept(rng):
    layer = Dense(4, 3, rng=rng)
    weight = layer.params["weight"].copy()
    np.testing.assert_array_equal(Sequential([ReLU(), layer]).params["dense1.weight"], weight)


def test_a_list_without_parameters_works():
    net = Sequential([Flatten(), ReLU()])
    assert len(net.flat_params) == 0 and net.forward(np.ones((2, 3, 1))).shape == (2, 3)


@pytest.mark.parametrize("inner", [lambda layer: [layer, layer], lambda layer: [Sequential([layer])]])
def test_a_layer_listed_twice_or_a_sequential_in_a_sequential_is_refused(inner, rng):
    """Its parameters would be in two vectors, and a step would move only one of them."""
    with pytest.raises(ValueError, match="Sequential takes each layer once, and no other Sequential"):
        Sequential(inner(Dense(3, 3, rng=rng)))
