"""FusedConv equals Conv2D in output, every gradient and inference, also where it falls back on plain loops."""

import numpy as np
import pytest

from siamese_np.fused import FusedConv
from siamese_np.fusion import fuse
from siamese_np.layers import Conv2D, Flatten, Sequential
from tests.siamese_np.plain_and_fused import COMPILED, assert_same_training_step


def make(channels=2, filters=5, kernel=3, padding=1, layers=1):
    rng = np.random.default_rng(1)
    settings = {"padding": padding, "rng": rng, "kernels": COMPILED, "dtype": np.float64}
    convolutions = [Conv2D(filters if n else channels, filters, kernel, **settings) for n in range(layers)]
    for conv in convolutions:
        conv.params["bias"][...] = rng.standard_normal(filters)
    return Sequential([*convolutions, Flatten()])


@pytest.mark.parametrize("images", [1, 9], ids="{}_images".format)
@pytest.mark.parametrize("settings", [{}, {"kernel": 2, "padding": 0}, {"channels": 4, "filters": 8, "layers": 2}])
def test_it_equals_the_layer_in_output_and_every_gradient(settings, images, rng):
    x = rng.standard_normal((images, settings.get("channels", 2), 9, 7))
    assert isinstance(fuse(make(**settings)).run_layers[0], FusedConv)
    assert_same_training_step(lambda: make(**settings), x, 1e-12)
    np.testing.assert_array_equal(fuse(make(**settings)).forward(x), make(**settings).forward(x))


def test_batches_of_other_sizes_in_turn_get_what_each_gets_alone(rng):
    network = fuse(make(), input_gradient=True)
    for images in (9, 2, 9, 1):
        x = rng.standard_normal((images, 2, 9, 7))
        y = network.forward(x, train=True)
        dx = network.backward(np.ones_like(y))
        alone = make()
        np.testing.assert_array_equal(y, alone.forward(x, train=True))
        np.testing.assert_array_equal(dx, alone.backward(np.ones_like(y)))
        np.testing.assert_array_equal(network.flat_grads, alone.flat_grads)


def test_weights_that_are_not_finite_give_what_the_layer_gives(rng):
    x, networks = rng.standard_normal((3, 2, 9, 7)), [make(), fuse(make(), input_gradient=True)]
    found = []
    for network in networks:
        network.layers[0].params["weight"][0, 0, 0, 0] = np.nan
        y = network.forward(x, train=True)
        found.append((y, network.backward(np.ones_like(y)), network.flat_grads))
    for plain, fused in zip(*found):
        np.testing.assert_array_equal(plain, fused)


def test_without_the_images_gradient_none_is_computed(rng):
    x = rng.standard_normal((3, 2, 9, 7))
    network = fuse(make())
    y = network.forward(x, train=True)
    assert network.backward(np.ones_like(y).reshape(3, -1)) is None


def test_a_wrong_input_is_refused_as_by_the_layer(rng):
    network = fuse(make())
    with pytest.raises(ValueError, match="Conv2D expects"):
        network.forward(rng.standard_normal((3, 1, 9, 7)), train=True)
    with pytest.raises(TypeError, match="Conv2D expects float64"):
        network.forward(rng.standard_normal((3, 2, 9, 7)).astype(np.float32), train=True)
