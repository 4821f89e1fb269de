"""A trace shows the numbers of the network itself, forward and backward, and leaves the network as it was."""

import numpy as np
import pytest

from siamese_np import distance, kernels
from siamese_np.gradcheck import check_layer, numeric_gradient
from siamese_np.layers import BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, PReLU, ReLU, Sequential
from siamese_np.losses import ContrastiveLoss
from siamese_np.models import face_network, original_network
from siamese_np.siamese import SiameseNetwork
from siamese_np.trace import FixedNorm, trace

PAIRS = np.array([(0, 1), (1, 2), (0, 3), (1, 1)])  # an image in several pairs, and a pair of an image with itself
SAME = np.array([True, False, False, True])
LOSS = ContrastiveLoss(margin=1.0)


@pytest.fixture
def images():
    return np.random.default_rng(5).standard_normal((4, 1, 16, 16))


@pytest.fixture
def network():
    """A small face network with running statistics that are no beginning."""
    rng = np.random.default_rng(3)
    small = face_network(rng, size=(16, 16), embedding=5, filters=(3, 4), dtype=np.float64)
    for name, state in small.state.items():
        state[...] = rng.uniform(0.5, 2, state.shape) if name.endswith("var") else rng.standard_normal(state.shape)
    return small


def everything(network):
    return {**network.params, **network.state, "flat_grads": network.flat_grads}


def test_as_in_a_prediction_the_numbers_are_those_of_the_network(network, images):
    steps = trace(network, images, PAIRS, LOSS, SAME)
    assert [step.name for step in steps] == [*network.names, "pairs", "distance", "loss"]
    x = images
    for layer, step in zip(network.layers, steps):
        np.testing.assert_allclose(step.x, x, atol=1e-12)
        x = layer.forward(x)
        np.testing.assert_allclose(step.y, x, atol=1e-12)
    z = network.forward(images)
    d = distance.forward(z[PAIRS[:, 0]], z[PAIRS[:, 1]])
    np.testing.assert_allclose(steps[-2].y, d, atol=1e-12)
    assert float(steps[-1].y) == pytest.approx(LOSS.forward(d, SAME))


@pytest.mark.gradcheck
def test_as_in_a_prediction_every_gradient_is_that_of_the_loss(network, images):
    steps = trace(network, images, PAIRS[:3], LOSS, SAME[:3])

    def loss():
        z = network.forward(images)
        return LOSS.forward(distance.forward(z[PAIRS[:3, 0]], z[PAIRS[:3, 1]]), SAME[:3])

    np.testing.assert_allclose(steps[0].dx, numeric_gradient(loss, images), atol=1e-8)
    for step in steps[: len(network.layers)]:
        for key, grad in step.grads.items():
            numeric = numeric_gradient(loss, network.params[f"{step.name}.{key}"])
            np.testing.assert_allclose(grad, numeric, atol=1e-8, err_msg=f"{step.name}.{key}")


@pytest.mark.gradcheck
@pytest.mark.parametrize("shape", [(5, 3), (2, 3, 3, 4)])
def test_the_gradients_of_a_fixed_norm_are_correct(shape):
    rng = np.random.default_rng(0)
    norm = BatchNorm(3, dtype=np.float64)
    for values in (*norm.params.values(), *norm.state.values()):
        values[...] = rng.uniform(0.5, 2, values.shape)
    x = rng.standard_normal(shape)
    np.testing.assert_allclose(FixedNorm(norm).forward(x), norm.forward(x), atol=1e-12)
    for comparison in check_layer(FixedNorm(norm), x, rng):
        assert comparison.correct, comparison


def test_as_in_training_the_numbers_are_those_of_a_training_step(images):
    rng = np.random.default_rng(7)
    network = original_network(rng, size=(16, 16), filters=(2, 3), hidden=6, embedding=4, dtype=np.float64)
    steps = trace(network, images, PAIRS, LOSS, SAME, train=True)
    siamese = SiameseNetwork(network)
    d = siamese.forward(images, PAIRS, train=True)  # it draws the masks that the trace has drawn
    dimages = siamese.backward(LOSS.backward(d, SAME))
    np.testing.assert_array_equal(steps[-2].y, d)
    np.testing.assert_array_equal(steps[0].dx, dimages)
    for step in steps[: len(network.layers)]:
        for key, grad in step.grads.items():
            np.testing.assert_array_equal(grad, network.grads[f"{step.name}.{key}"])


def test_batch_statistics_are_those_of_the_traced_images(network, images):
    steps = trace(network, images, PAIRS, LOSS, SAME, train=True)
    d = SiameseNetwork(network).forward(images, PAIRS, train=True)
    np.testing.assert_allclose(steps[-2].y, d, atol=1e-12)


@pytest.mark.parametrize("train", [True, False])
def test_the_traced_network_stays_as_it_was(images, train):
    rng = np.random.default_rng(3)
    network = Sequential([Conv2D(1, 2, rng=rng), BatchNorm(2), ReLU(), Dropout(0.5, rng=rng), Flatten(),
                          Dense(2 * 14 * 14, 3, rng=rng)])  # fmt: skip
    network.flat_grads[...] = 7
    before = {name: array.copy() for name, array in everything(network).items()}
    state = rng.bit_generator.state
    kept = images.copy()
    trace(network, images, PAIRS, LOSS, SAME, train=train, dtype=np.float32)[0].added_by(1)
    for name, array in everything(network).items():
        np.testing.assert_array_equal(array, before[name])
    assert rng.bit_generator.state == state
    np.testing.assert_array_equal(images, kept)


@pytest.mark.parametrize("train", [True, False])
def test_what_the_images_add_is_together_the_gradient(network, images, train):
    steps = trace(network, images, PAIRS, LOSS, SAME, train=train)
    with_params = [step for step in steps if step.params]
    assert len(with_params) == 5  # two convolutions, two norms, one dense layer
    for step in with_params:
        parts = [step.added_by(image) for image in range(len(images))]
        for key, grad in step.grads.items():
            np.testing.assert_allclose(sum(part[key] for part in parts), grad, atol=1e-12)
    assert not np.allclose(parts[0]["weight"], parts[1]["weight"]), "each image adds something of its own"
    assert steps[-1].added_by(0) == {}


def test_without_batch_statistics_an_image_adds_what_its_branch_alone_adds(network, images):
    steps = trace(network, images[:2], [(0, 1)], LOSS)
    conv = steps[0]
    alone = Conv2D(1, 3, padding=1, rng=np.random.default_rng(0), dtype=np.float64)
    alone.params["weight"][...] = network.params["conv2d1.weight"]
    for image in (0, 1):
        alone.forward(images[image : image + 1], train=True)
        alone.backward(conv.dy[image : image + 1])
        np.testing.assert_allclose(conv.added_by(image)["weight"], alone.grads["weight"], atol=1e-12)


def test_one_bool_stands_for_all_pairs_and_pairs_may_be_a_list(network, images):
    for same in (True, False):
        one = trace(network, images, [(0, 1), (2, 3)], LOSS, same)
        each = trace(network, images, np.array([(0, 1), (2, 3)]), LOSS, np.array([same, same]))
        assert one[-1].y == each[-1].y
    pulled, pushed = (trace(network, images, [(0, 1)], LOSS, same)[-1] for same in (True, False))
    assert pulled.dx > 0 > pushed.dx
    assert trace(network, images, [(0, 1)], LOSS)[-1].dx > 0, "same, unless it is told"


def test_the_dtype_is_chosen_whatever_the_network_has(network, images):
    for dtype in (np.float32, np.float64):
        steps = trace(network, images, PAIRS, LOSS, SAME, dtype=dtype)
        arrays = [a for step in steps for a in (step.x, step.y, step.dy, step.dx, *step.grads.values())]
        assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_compiled_and_fused_networks_are_traced_on_the_plain_layers(images):
    from siamese_np.fusion import fuse

    rng = np.random.default_rng(0)
    network = Sequential([Conv2D(1, 4, padding=1, rng=rng, kernels=kernels.get("numba")), BatchNorm(4), ReLU(),
                          MaxPool2D(2, kernels=kernels.get("numba")), Flatten(), Dense(256, 3, rng=rng), PReLU(3)])  # fmt: skip
    steps = trace(fuse(network), images, PAIRS, LOSS, SAME)
    assert len(steps) == len(network.layers) + 3
    np.testing.assert_allclose(steps[-4].y, network.forward(images.astype(np.float32)), atol=1e-4)


def test_a_step_prints_a_table_that_can_be_read(network, images):
    text = "".join(map(str, trace(network, images, PAIRS, LOSS, SAME)))
    assert "conv2d1" in text and "4x1x16x16" in text and "dweight" in text and "one number" in text
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    relu = lines.index(next(line for line in lines if line.startswith("relu1")))
    assert lines[relu + 2].split()[0] == "y" and 0 < int(lines[relu + 2].split()[-1].rstrip("%")) < 100


def test_images_and_pairs_that_do_not_fit_are_refused(network, images):
    with pytest.raises(ValueError, match="Conv2D expects"):
        trace(network, images[:, 0], PAIRS, LOSS, SAME)
    with pytest.raises(IndexError):
        trace(network, images, [(0, 4)], LOSS)
