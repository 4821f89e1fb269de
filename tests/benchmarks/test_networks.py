import numpy as np
import pytest

from benchmarks import networks
from benchmarks.cases import CASES, Case, batch
from benchmarks.contenders import ours
from siamese_np import kernels, models
from siamese_np.layers import Layer


def test_a_step_of_the_original_network_counts_as_by_hand():
    conv1 = 2 * 6 * 9 * 78 * 78
    conv2 = 2 * 12 * 6 * 9 * 37 * 37
    dense1 = 2 * (12 * 18 * 18) * 128
    dense2 = 2 * 128 * 50
    case = CASES["S-train-16"]
    assert case.operations == 32 * (2 * conv1 + 3 * (conv2 + dense1 + dense2))
    assert CASES["S-embed-256"].operations == 256 * (conv1 + conv2 + dense1 + dense2)


def test_a_step_of_the_face_network_counts_as_by_hand():
    conv1, conv2, conv3 = 2 * 16 * 9 * 56 * 46, 2 * 32 * 16 * 9 * 28 * 23, 2 * 64 * 32 * 9 * 14 * 11
    dense = 2 * (64 * 7 * 5) * 64
    assert CASES["face-train-32"].operations == 64 * (2 * conv1 + 3 * (conv2 + conv3 + dense))


def test_parameters_count_as_by_hand():
    assert networks.parameters(networks.original()) == 60 + 660 + (3888 + 1) * 128 + 129 * 50
    blocks = (9 + 3) * 32 + (288 + 3) * 64 + (576 + 3) * 128  # weights, bias, and scale and shift of the normalisation
    assert networks.parameters(networks.wide()) == blocks + 129 * 128
    assert networks.parameters(networks.heavy()) > 40_000_000


@pytest.mark.parametrize("network", [networks.original((30, 26)), networks.wide(3, (17, 16)), networks.face((24, 26))])
def test_ours_has_the_parameters_and_the_output_that_were_counted(network):
    tower = ours.build(network, "numpy")
    *_, (_, _, shape) = networks.walk(network)
    images, _ = batch(Case("", network, "embed", 2))
    assert tower.flat_params.size == networks.parameters(network)
    assert tower.forward(images).shape == (2, *shape)


def shape_of(layer: Layer) -> tuple:
    """A layer without the way its first values are drawn."""
    return type(layer), {key: value for key, value in layer.config.items() if key != "initializer"}


@pytest.mark.parametrize("name", ["original", "face"])
def test_the_network_is_that_of_siamese_np_models(name):
    described = ours.build(getattr(networks, name)(), "numpy")
    real = models.NETWORKS[f"{name}_network"](np.random.default_rng(0), kernels.get("numpy"))
    assert list(map(shape_of, described.layers)) == list(map(shape_of, real.layers))


def test_a_batch_is_the_same_for_every_contender_and_half_of_its_pairs_are_same():
    images, same = batch(CASES["S-train-16"])
    again, _ = batch(CASES["S-train-16"])
    assert images.shape == (32, 1, 80, 80) and images.dtype == "float32" and (images == again).all()
    assert same.shape == (16,) and same.dtype == bool and same.sum() == 8
