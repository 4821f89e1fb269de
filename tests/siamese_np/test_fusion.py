"""A fused network is the readable one, run in fewer steps: the same outputs, gradients, state and random numbers."""

import threading

import numpy as np
import pytest

from siamese_np import kernels, models, threads
from siamese_np.blocks import ConvPool, Norm, WideDense
from siamese_np.fusion import fuse
from siamese_np.layers import BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Sequential

COMPILED = kernels.get("numba")


def block(filters, size, padding, norm, rate, channels=2, kernel=3, dtype=np.float64, outputs=3):
    """A network of one run of layers and what follows it."""
    rng = np.random.default_rng(1)
    oh, ow = (n + 2 * padding - k + 1 for n, k in zip(size, (kernel, kernel) if isinstance(kernel, int) else kernel))
    layers = [Conv2D(channels, filters, kernel, padding=padding, rng=rng, kernels=COMPILED, dtype=dtype)]
    layers[0].params["bias"][...] = rng.standard_normal(filters)
    if norm:
        layers.append(BatchNorm(filters, dtype=dtype))
        layers[-1].params["weight"][...] = rng.standard_normal(filters)  # some scales are negative
        layers[-1].params["bias"][...] = rng.standard_normal(filters)
    layers += [ReLU(), MaxPool2D(2, kernels=COMPILED)]
    if rate:
        layers.append(Dropout(rate, rng=rng))
    return Sequential([*layers, Flatten(), Dense(filters * (oh // 2) * (ow // 2), outputs, rng=rng, dtype=dtype)])


def spoil_room():
    """NaN wherever kernels that are called next could read what they did not write."""
    for kept in vars(threads._own).get("room", {}).values():
        kept[:] = np.nan


def both(make, x):
    """Output, input gradient and everything the layers hold after a training step: of the plain and the fused network."""
    results = []
    for fused in (False, True):
        network = make()
        network = fuse(network, input_gradient=True) if fused else network
        spoil_room()
        y = network.forward(x, train=True)
        dy = np.random.default_rng(3).standard_normal(y.shape).astype(x.dtype)
        spoil_room()
        results.append({"y": y, "dx": network.backward(dy), **network.grads, **network.state})
    return results


def assert_close(plain, fused, tolerance):
    assert plain.keys() == fused.keys()
    for name, array in plain.items():
        assert fused[name].dtype == array.dtype
        np.testing.assert_allclose(fused[name], array, rtol=0, atol=tolerance * max(np.abs(array).max(), 1), err_msg=name)


@pytest.mark.parametrize("images", [1, 3, 9, 17])
@pytest.mark.parametrize(
    "filters, size, padding, norm, rate, kernel",
    [
        (6, (10, 9), 0, False, 0.25, 3),
        (5, (7, 8), 1, True, 0, 3),
        (4, (9, 7), 1, True, 0.5, 3),
        (1, (6, 11), 0, False, 0, (2)),
        (9, (12, 5), 2, True, 0.25, 5),
        (3, (9, 8), 1, True, 0, (3, 2)),
        (2, (8, 9), 0, False, 0.25, (4, 3)),
        (3, (40, 36), 1, False, 0, 3),
        (3, (66, 70), 1, True, 0.25, 3),  # more than one strip
        (2, (67, 70), 0, False, 0.25, 3),
    ],
)
def test_a_block_equals_its_layers_in_output_and_every_gradient(images, filters, size, padding, norm, rate, kernel, rng):
    x = rng.standard_normal((images, 2, *size))
    plain, fused = both(lambda: block(filters, size, padding, norm, rate, kernel=kernel), x)
    assert_close(plain, fused, 1e-12)


@pytest.mark.parametrize("images", [1, 9])
@pytest.mark.parametrize(
    "filters, channels, size, padding, norm, rate",
    [
        (4, 4, (10, 9), 0, False, 0.25),
        (6, 5, (7, 8), 1, True, 0),
        (9, 12, (12, 5), 2, True, 0.25),
        (5, 6, (40, 37), 1, True, 0),  # more than one strip
        (5, 6, (39, 40), 0, False, 0.25),
    ],
)
def test_so_does_one_of_many_channels(images, filters, channels, size, padding, norm, rate, rng):
    x = rng.standard_normal((images, channels, *size))
    plain, fused = both(lambda: block(filters, size, padding, norm, rate, channels), x)
    assert_close(plain, fused, 1e-12)


@pytest.mark.parametrize("images, stacks", [(0, 0), (1, 1), (3, 1), (4, 1), (5, 3), (64, 4), (1000, 48)])
def test_a_stack_holds_as_many_images_as_there_are_and_fit(images, stacks):
    lay = COMPILED.layout((images, 1, 9, 9), (1, 1))  # 5 x 5 places an image
    assert lay.stacks == stacks and lay.images * stacks >= images > lay.images * (stacks - 1) - (images == 0)
    assert lay.length < 25 * max(lay.images, 1) + 32 and lay.length <= 576


@pytest.mark.parametrize("norm", [False, True])
def test_what_an_earlier_stack_of_images_left_behind_a_shorter_one_counts_for_nothing(norm, rng):
    # 35 images, two a stack, more stacks than slabs: the last slab has a whole stack and then one of a single image
    x = rng.standard_normal((35, 2, 28, 30))
    assert COMPILED.layout(x.shape, (0, 0))[:2] == (2, 18)
    assert_close(*both(lambda: block(3, (28, 30), 0, norm, 0.25), x), 1e-12)


@pytest.mark.parametrize("norm", [False, True])
def test_inference_of_a_block_equals_that_of_its_layers(norm, rng):
    network = block(5, (9, 8), 1, norm, rate=0.25)
    for _ in range(3):  # the running mean and variance leave 0 and 1
        network.forward(1 + 2 * rng.standard_normal((9, 2, 9, 8)), train=True)
    for images in (1, 9):
        x = rng.standard_normal((images, 2, 9, 8))
        np.testing.assert_allclose(fuse(network).forward(x), network.forward(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("build, size", [(models.face_network, (30, 22)), (models.original_network, (30, 28))])
def test_a_fused_model_equals_the_plain_one_in_float32_over_several_steps(build, size, rng):
    x = rng.standard_normal((10, 1, *size)).astype(np.float32)
    plain, fused = build(np.random.default_rng(1), COMPILED, size), fuse(build(np.random.default_rng(1), COMPILED, size))
    assert sum(isinstance(step, ConvPool) for step in fused.steps) == sum(isinstance(s, Conv2D) for s in plain.layers)
    dy = rng.standard_normal((10, plain.layers[-1 if build is models.original_network else -2].config["outputs"]))
    for _ in range(3):
        for network in (plain, fused):
            network.forward(x, train=True)
            network.backward(dy.astype(np.float32))
            network.flat_params -= 1e-4 * network.flat_grads  # so small that rounding does not grow from step to step
    np.testing.assert_allclose(fused.flat_params, plain.flat_params, rtol=0, atol=2e-5)
    np.testing.assert_allclose(fused.forward(x), plain.forward(x), rtol=0, atol=1e-4)


@pytest.mark.parametrize("images", [2, 9])
@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("shape", [(5,), (5, 7, 6)])
def test_a_norm_equals_its_layers_in_output_and_every_gradient(shape, relu, images, rng):
    x = rng.standard_normal((images, 1, *shape[1:])) if len(shape) > 1 else rng.standard_normal((images, 5))

    def make():
        start = np.random.default_rng(1)
        norm = BatchNorm(5, dtype=np.float64)
        norm.params["weight"][...], norm.params["bias"][...] = start.standard_normal((2, 5))
        # a convolution in front brings the compiled kernels, a 1 x 1 kernel with padding keeps it out of any block
        conv = [Conv2D(1, 5, 1, rng=start, kernels=COMPILED, dtype=np.float64)] if len(shape) > 1 else []
        tail = [] if conv else [Unused()]
        return Sequential([*conv, *([ReLU()] if relu else []), norm, *tail])

    class Unused(Flatten):
        """Does nothing, and tells that the network's kernels are the compiled ones."""

        kernels = COMPILED

    assert any(isinstance(step, Norm) for step in fuse(make()).steps)
    plain, fused = both(make, x)
    assert_close(plain, fused, 1e-12)
    np.testing.assert_allclose(fuse(make()).forward(x), make().forward(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("images", [1, 9])
def test_a_wide_dense_equals_the_layer_in_output_and_every_gradient(images, rng):
    x = rng.standard_normal((images, 2, 40, 40))

    def make():
        return block(16, (40, 40), 1, norm=False, rate=0, dtype=np.float64, outputs=20)

    assert isinstance(fuse(make()).steps[-1], WideDense)
    assert_close(*both(make, x), 1e-12)
    np.testing.assert_allclose(fuse(make()).forward(x), make().forward(x), rtol=1e-12)


def test_the_fused_network_shares_parameters_gradients_and_state_with_the_plain_one():
    plain = block(4, (8, 8), 1, norm=True, rate=0)
    fused = fuse(plain)
    for which in ("params", "grads", "state"):
        for name, array in getattr(plain, which).items():
            assert np.shares_memory(array, getattr(fused, which)[name])
    assert fused.names == plain.names and fused.layers is plain.layers
    assert plain.steps is plain.layers, "fusing must leave the plain network as it was"


def test_a_block_at_the_beginning_leaves_out_the_gradient_of_the_images_unless_asked(rng):
    x = rng.standard_normal((3, 2, 8, 8))
    for asked in (False, True):
        network = fuse(block(4, (8, 8), 1, norm=True, rate=0), input_gradient=asked)
        network.forward(x, train=True)
        dx = network.backward(rng.standard_normal((3, 3)))
        assert (dx is not None) == asked


@pytest.mark.parametrize(
    "layers",
    [
        lambda rng: [Conv2D(1, 2, stride=2, rng=rng, kernels=COMPILED), ReLU(), MaxPool2D(2, kernels=COMPILED)],
        lambda rng: [Conv2D(1, 2, rng=rng, kernels=COMPILED), ReLU(), MaxPool2D(3, 2, kernels=COMPILED)],
        lambda rng: [Conv2D(1, 2, rng=rng, kernels=COMPILED), ReLU(), MaxPool2D(2, padding="same", kernels=COMPILED)],
        lambda rng: [Conv2D(1, 2, rng=rng, kernels=COMPILED), ReLU(), MaxPool2D(2, 1, kernels=COMPILED)],
        lambda rng: [Conv2D(1, 2, rng=rng, kernels=COMPILED), MaxPool2D(2, kernels=COMPILED), ReLU()],
        lambda rng: [Conv2D(1, 2, rng=rng), ReLU(), MaxPool2D(2)],
        lambda rng: [Conv2D(1, 2, 1, padding=1, rng=rng, kernels=COMPILED), ReLU(), MaxPool2D(2, kernels=COMPILED)],
    ],
)
def test_what_no_block_can_do_stays_as_it_is(layers):
    network = Sequential(layers(np.random.default_rng(0)))
    assert fuse(network).steps == network.layers


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("norm, rate", [(False, 0), (False, 0.5), (True, 0)])
@pytest.mark.parametrize("channels", [2, 4])
def test_nan_and_infinity_pass_through_a_block_as_through_its_layers(bad, norm, rate, channels, rng):
    x = rng.standard_normal((9, channels, 8, 9))
    x[2, 1, 3, 4] = bad
    with np.errstate(invalid="ignore", over="ignore"):
        outputs = []
        for fused in (False, True):
            network = Sequential(block(5, (8, 9), 1, norm, rate, channels).layers[: 3 + norm + bool(rate)])
            network = fuse(network) if fused else network
            outputs.append(network.forward(x, train=not norm))  # in training the batch's mean spreads it everywhere
    np.testing.assert_allclose(outputs[1], outputs[0], rtol=1e-12)
    assert not np.isfinite(outputs[0]).all() or bad == -np.inf


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("filters, channels", [(3, 2), (8, 4)])
def test_the_gradients_of_a_block_are_finite_where_those_of_its_layers_are(bad, filters, channels, rng):
    x = rng.standard_normal((9, channels, 8, 8))
    x[4, 1, 0, 0] = bad  # in the corner: most taps of its channel never read it
    with np.errstate(invalid="ignore", over="ignore"):
        plain, fused = both(lambda: block(filters, (8, 8), 0, False, 0, channels), x)
    bad_weights = np.isnan(plain["conv2d1.weight"])
    assert bad_weights.any() and not bad_weights.all()
    for name, array in plain.items():
        np.testing.assert_allclose(fused[name], array, rtol=0, atol=1e-10, err_msg=name)


def test_infinity_in_the_upstream_passes_back_through_a_block_as_through_its_layers(rng):
    x = rng.standard_normal((9, 4, 8, 8))
    gradients = []
    with np.errstate(invalid="ignore", over="ignore"):
        for fused in (False, True):
            network = Sequential(block(4, (8, 8), 0, False, 0, 4).layers[:3])
            network = fuse(network) if fused else network
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
    lay = COMPILED.layout(x.shape, (1, 1))
    assert lay.stacks > 1 and len(x) % lay.images, "the last stack is shorter"
    last = lay.images * (lay.stacks - 1)
    alone = network.forward(x)[last:]
    x[last - 1, 0, 3, 3] = np.nan
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(network.forward(x)[last:], alone)


def test_inference_of_a_block_leaves_nothing_on_it_and_is_the_same_from_many_threads(rng):
    network = fuse(models.face_network(np.random.default_rng(0), COMPILED, (24, 20)))
    network.forward(rng.standard_normal((9, 1, 24, 20)).astype(np.float32), train=True)
    probes = [rng.standard_normal((n, 1, 24, 20)).astype(np.float32) for n in (1, 2, 9, 12)]
    alone = [network.forward(x) for x in probes]
    found = [None] * 40

    def ask(i):
        found[i] = network.forward(probes[i % 4])

    crowd = [threading.Thread(target=ask, args=(i,)) for i in range(40)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    for i, z in enumerate(found):
        np.testing.assert_array_equal(z, alone[i % 4])


def test_a_training_step_reuses_its_buffers(rng):
    network = fuse(block(4, (10, 10), 1, norm=True, rate=0.25), input_gradient=True)
    x = rng.standard_normal((9, 2, 10, 10))
    places = []
    for _ in range(2):
        network.forward(x, train=True)
        dx = network.backward(np.ones((9, 3)))
        places.append([dx.ctypes.data, *(a.ctypes.data for a in network.steps[0].room.values())])
    assert places[0] == places[1]


def test_backward_of_a_block_without_a_training_forward_says_so(rng):
    network = fuse(block(4, (8, 8), 1, norm=False, rate=0))
    with pytest.raises(RuntimeError, match="backward needs a forward"):
        network.steps[0].backward(rng.standard_normal((2, 4, 4, 4)))
