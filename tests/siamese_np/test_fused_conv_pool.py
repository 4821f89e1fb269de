"""ConvPool equals its layers in output, every gradient, state and random numbers, and for NaN and infinity too."""

import numpy as np
import pytest

from siamese_np.fusion import fuse
from siamese_np.kernels.compiled import block_forward
from siamese_np.layers import Sequential
from tests.siamese_np.plain_and_fused import COMPILED, assert_same_training_step, block, fused, plain, training_step

norms = pytest.mark.parametrize("norm", [False, True], ids=["without_norm", "with_norm"])
bad_values = pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf], ids=["nan", "inf", "minus_inf"])

DIRECT = {  # one or two channels: the direct convolution
    "dropout": dict(filters=6, size=(10, 9), rate=0.25),
    "norm": dict(filters=5, size=(7, 8), padding=1, norm=True),
    "norm_dropout": dict(filters=4, size=(9, 7), padding=1, norm=True, rate=0.5),
    "one_channel": dict(filters=3, size=(9, 8), padding=1, norm=True, channels=1),
    "kernel_2x2_one_filter": dict(filters=1, size=(6, 11), kernel=2),
    "kernel_5x5_norm_dropout": dict(filters=9, size=(12, 5), padding=2, norm=True, rate=0.25, kernel=5),
    "kernel_3x2_norm": dict(filters=3, size=(9, 8), padding=1, norm=True, kernel=(3, 2)),
    "kernel_4x3_dropout": dict(filters=2, size=(8, 9), rate=0.25, kernel=(4, 3)),
    "one_image_a_stack": dict(filters=3, size=(40, 36), padding=1),
    "two_strips_norm_dropout": dict(filters=3, size=(66, 70), padding=1, norm=True, rate=0.25),
    "two_strips_odd_height_dropout": dict(filters=2, size=(67, 70), rate=0.25),
}
WINOGRAD = {  # at least four filters and channels
    "dropout": dict(filters=4, channels=4, size=(10, 9), rate=0.25),
    "norm": dict(filters=6, channels=5, size=(7, 8), padding=1, norm=True),
    "padding_2_norm_dropout": dict(filters=9, channels=12, size=(12, 5), padding=2, norm=True, rate=0.25),
    "three_strips_norm": dict(filters=5, channels=6, size=(40, 37), padding=1, norm=True),
    "three_strips_dropout": dict(filters=5, channels=6, size=(39, 40), rate=0.25),
}


@pytest.mark.parametrize("images", [1, 3, 9, 17], ids="{}_images".format)
@pytest.mark.parametrize("arguments", DIRECT.values(), ids=DIRECT.keys())
def test_a_block_equals_its_layers_in_output_and_every_gradient(images, arguments, rng):
    x = rng.standard_normal((images, arguments.get("channels", 2), *arguments["size"]))
    assert_same_training_step(lambda: block(**arguments), x, 1e-12)


@pytest.mark.parametrize("images", [1, 9], ids="{}_images".format)
@pytest.mark.parametrize("arguments", WINOGRAD.values(), ids=WINOGRAD.keys())
def test_a_block_by_winograd_equals_its_layers_in_output_and_every_gradient(images, arguments, rng):
    x = rng.standard_normal((images, arguments["channels"], *arguments["size"]))
    assert_same_training_step(lambda: block(**arguments), x, 1e-12)


@pytest.mark.parametrize(
    "images, stacks", [(0, 0), (1, 1), (3, 1), (4, 1), (5, 3), (64, 4), (1000, 48)], ids="{}".format
)
def test_a_stack_holds_as_many_images_as_there_are_and_fit(images, stacks):
    layout = COMPILED.plan_layout((images, 1, 9, 9), (1, 1))  # 5 x 5 places per image
    assert layout.stacks == stacks and layout.images * stacks >= images > layout.images * (stacks - 1) - (images == 0)
    assert layout.length < 25 * max(layout.images, 1) + 32 and layout.length <= 576


@norms
def test_what_an_earlier_stack_of_images_left_behind_a_shorter_one_counts_for_nothing(norm, rng):
    # 35 images, two per stack, more stacks than slabs: the last slab has a whole stack and then one of a single image
    x = rng.standard_normal((35, 2, 28, 30))
    assert COMPILED.plan_layout(x.shape, (0, 0))[:2] == (2, 18)
    assert_same_training_step(lambda: block(3, (28, 30), 0, norm, 0.25), x, 1e-12)


@norms
def test_inference_of_a_block_equals_that_of_its_layers(norm, rng):
    network = block(5, (9, 8), 1, norm, rate=0.25)
    for _ in range(3):  # the running mean and variance leave 0 and 1
        network.forward(1 + 2 * rng.standard_normal((9, 2, 9, 8)), train=True)
    for images in (1, 9):
        x = rng.standard_normal((images, 2, 9, 8))
        np.testing.assert_allclose(fuse(network).forward(x), network.forward(x), rtol=0, atol=1e-12)


@bad_values
@pytest.mark.parametrize("norm, rate", [(False, 0), (False, 0.5), (True, 0)], ids=["relu", "dropout", "norm"])
@pytest.mark.parametrize("channels", [2, 4], ids=["direct", "winograd"])
def test_nan_and_infinity_pass_through_a_block_as_through_its_layers(bad, norm, rate, channels, rng):
    x = rng.standard_normal((9, channels, 8, 9))
    x[2, 1, 3, 4] = bad
    with np.errstate(invalid="ignore", over="ignore"):
        expected, found = (
            form(Sequential(block(5, (8, 9), 1, norm, rate, channels).layers[: 3 + norm + bool(rate)])).forward(
                x, train=not norm  # in training the batch's mean spreads it everywhere
            )
            for form in (plain, fused)
        )
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    assert not np.isfinite(expected).all() or bad == -np.inf


@bad_values
@pytest.mark.parametrize("filters, channels", [(3, 2), (8, 4)], ids=["direct", "winograd"])
def test_the_gradients_of_a_block_are_finite_where_those_of_its_layers_are(bad, filters, channels, rng):
    x = rng.standard_normal((9, channels, 8, 8))
    x[4, 1, 0, 0] = bad  # in the corner: most taps of its channel never read it
    with np.errstate(invalid="ignore", over="ignore"):
        expected, found = (training_step(form(block(filters, (8, 8), channels=channels)), x) for form in (plain, fused))
    bad_weights = np.isnan(expected["conv2d1.weight"])
    assert bad_weights.any() and not bad_weights.all()
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=0, atol=1e-10, err_msg=name)


def test_infinity_in_the_upstream_passes_back_through_a_block_as_through_its_layers(rng):
    x = rng.standard_normal((9, 4, 8, 8))
    gradients = []
    with np.errstate(invalid="ignore", over="ignore"):
        for form in (Sequential, lambda layers: fused(Sequential(layers))):  # both on compiled kernels: NumPy's pooling
            network = form(block(4, (8, 8), channels=4).layers[:3])  # multiplies dy by 0 and 1, and 0 infinity is NaN
            y = network.forward(x, train=True)
            dy = np.zeros_like(y)
            dy.flat[np.argmax(y)] = np.inf
            network.backward(dy)
            gradients.append(network.grads["conv2d1.weight"].copy())
    assert np.isinf(gradients[0]).any()
    np.testing.assert_array_equal(gradients[1], gradients[0])


def test_a_broken_image_changes_nothing_in_another_stack(rng):
    x = rng.standard_normal((50, 6, 10, 10)).astype(np.float32)
    network = fuse(Sequential(block(6, (10, 10), 1, False, 0, 6, dtype=np.float32).layers[:3]))
    layout = COMPILED.plan_layout(x.shape, (1, 1))
    assert layout.stacks > 1 and len(x) % layout.images, "the last stack is shorter"
    last = layout.images * (layout.stacks - 1)
    alone = network.forward(x)[last:]
    x[last - 1, 0, 3, 3] = np.nan
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(network.forward(x)[last:], alone)


def test_a_training_step_reuses_its_buffers(rng):
    network = fuse(block(4, (10, 10), 1, norm=True, rate=0.25), input_gradient=True)
    x = rng.standard_normal((9, 2, 10, 10))
    places = []
    for _ in range(2):
        network.forward(x, train=True)
        dx = network.backward(np.ones((9, 3)))
        places.append([dx.ctypes.data, *(a.ctypes.data for a in network.run_layers[0].buffers.values())])
    assert places[0] == places[1]


def test_backward_of_a_block_without_a_training_forward_says_so(rng):
    network = fuse(block(4, (8, 8), 1, norm=False, rate=0))
    with pytest.raises(RuntimeError, match="backward needs a forward"):
        network.run_layers[0].backward(rng.standard_normal((2, 4, 4, 4)))


@pytest.mark.parametrize("images", [1, 2])
@pytest.mark.parametrize(
    "arguments",
    [
        dict(filters=3, size=(9, 8), channels=1, rate=0.25),  # fewer groups of filters than cores
        dict(filters=18, size=(9, 8), channels=2, rate=0.25),
        dict(filters=13, size=(12, 9), channels=5, padding=1, rate=0.25),
    ],
    ids=["one_group", "direct", "winograd"],
)
def test_filters_that_are_shared_out_give_the_same_numbers(arguments, images, rng, monkeypatch, three_threads):
    x, found = rng.standard_normal((images, arguments["channels"], *arguments["size"])), []
    for enough in (1, 10**12):
        monkeypatch.setattr(block_forward, "ENOUGH_PRODUCTS", enough)
        network = fused(block(**arguments))
        found.append([network.forward(x), *training_step(network, x).values()])
    for shared, alone in zip(*found, strict=True):
        np.testing.assert_array_equal(shared, alone)


@pytest.mark.parametrize("norm", [False, True])
def test_a_batch_without_images_has_no_embeddings(norm):
    network = block(filters=4, channels=5, size=(9, 8), norm=norm)
    x = np.empty((0, 5, 9, 8))
    assert fuse(network).forward(x).shape == network.forward(x).shape == (0, 3)


def test_inference_follows_weights_that_change_in_place(rng):
    arguments, x = dict(filters=6, channels=5, size=(9, 8), norm=True), rng.standard_normal((2, 5, 9, 8))
    network = fuse(block(**arguments))
    before = network.forward(x)
    for step in (1, -1):
        network.params["conv2d1.weight"][0, 0, 0] += step
        fresh = block(**arguments)
        fresh.flat_params[...] = network.flat_params
        np.testing.assert_array_equal(network.forward(x), fuse(fresh).forward(x))
    np.testing.assert_allclose(network.forward(x), before, rtol=1e-9)
