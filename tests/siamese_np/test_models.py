import numpy as np
import pytest

from siamese_np import kernels
from siamese_np.losses import ContrastiveLoss
from siamese_np.models import NETWORKS, face_network, original_network
from siamese_np.siamese import SiameseNetwork
from siamese_np.weights import architecture


def lines(network):
    """The layers, each as its name and the values of its arguments."""
    return [" ".join(map(str, line.values())) for line in architecture(network)]


def test_the_original_network_is_the_one_this_project_grew_from(rng):
    network = original_network(rng)
    assert lines(network) == [
        "Conv2D 1 6 3 1 0", "ReLU", "MaxPool2D 2 None valid", "Dropout 0.25",
        "Conv2D 6 12 3 1 0", "ReLU", "MaxPool2D 2 None valid", "Dropout 0.25",
        "Flatten", "Dense 3888 128 he", "ReLU", "Dropout 0.1", "Dense 128 50 he",
    ]  # fmt: skip
    assert network.flat_params.size == (9 + 1) * 6 + (6 * 9 + 1) * 12 + (3888 + 1) * 128 + (128 + 1) * 50
    assert network.forward(np.zeros((2, 1, 80, 80), np.float32)).shape == (2, 50)


def test_the_face_network_ends_linear_on_the_unit_sphere(rng):
    network = face_network(rng)
    blocks = [
        line
        for channels, filters in ((1, 16), (16, 32), (32, 64))
        for line in (
            f"Conv2D {channels} {filters} 3 1 1", f"BatchNorm {filters} 0.1 1e-05", "ReLU", "MaxPool2D 2 None valid",
        )  # fmt: skip
    ]
    assert lines(network) == [*blocks, "Flatten", "Dense 2240 64 glorot", "L2Normalize"]
    convolutions = (9 + 1) * 16 + (16 * 9 + 1) * 32 + (32 * 9 + 1) * 64
    assert network.flat_params.size == convolutions + 2 * (16 + 32 + 64) + (2240 + 1) * 64
    z = network.forward(rng.standard_normal((3, 1, 56, 46)).astype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("size", [(56, 46), (31, 40), (8, 9)])
@pytest.mark.parametrize("embedding", [64, 5])
def test_the_face_network_takes_other_sizes(size, embedding, rng):
    network = face_network(rng, size=size, embedding=embedding)
    assert network.forward(np.zeros((2, 1, *size), np.float32)).shape == (2, embedding)


@pytest.mark.parametrize("size", [(40, 33), (11, 10)])
def test_the_original_network_takes_other_sizes(size, rng):
    assert original_network(rng, size=size).forward(np.zeros((2, 1, *size), np.float32)).shape == (2, 50)


def test_the_networks_take_other_numbers_of_filters(rng):
    original = original_network(rng, size=(11, 12), filters=(3, 4), hidden=6, embedding=2)
    assert [line for line in lines(original) if line.startswith(("Conv2D", "Dense"))] == [
        "Conv2D 1 3 3 1 0", "Conv2D 3 4 3 1 0", "Dense 4 6 he", "Dense 6 2 he",
    ]  # fmt: skip
    face = face_network(rng, size=(9, 13), embedding=3, filters=(2, 5))
    assert [line for line in lines(face) if line.startswith(("Conv2D", "BatchNorm", "Dense"))] == [
        "Conv2D 1 2 3 1 1", "BatchNorm 2 0.1 1e-05", "Conv2D 2 5 3 1 1", "BatchNorm 5 0.1 1e-05", "Dense 30 3 glorot",
    ]  # fmt: skip


@pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS.keys())
def test_the_kernels_are_passed_down_and_both_give_the_same_network(build):
    networks = [build(np.random.default_rng(3), kernels.get(name), size=(16, 14)) for name in kernels.NAMES]
    for name, net in zip(kernels.NAMES, networks):
        assert {layer.kernels for layer in net.layers if hasattr(layer, "kernels")} == {kernels.get(name)}
    images = np.random.default_rng(4).standard_normal((9, 1, 16, 14)).astype(np.float32)
    grads = []
    for net in networks:
        siamese = SiameseNetwork(net)
        d = siamese.forward(images, np.array([[0, 1], [2, 3], [4, 8]]), train=True)
        siamese.backward(ContrastiveLoss(margin=3.0).backward(d, np.array([True, False, False])))
        grads.append(net.flat_grads)
    np.testing.assert_allclose(*grads, rtol=1e-3, atol=1e-5 * np.abs(grads[0]).max())


@pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS.keys())
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_a_network_is_of_one_dtype_and_its_generator_decides_its_weights(build, dtype):
    a, b, c = (build(np.random.default_rng(seed), size=(16, 14), dtype=dtype) for seed in (1, 1, 2))
    assert {array.dtype for array in (*a.params.values(), *a.state.values())} == {np.dtype(dtype)}
    assert np.array_equal(a.flat_params, b.flat_params) and not np.array_equal(a.flat_params, c.flat_params)
