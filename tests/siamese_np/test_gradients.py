"""Every analytic gradient against the numeric one; `pytest -m gradcheck -v` prints a line for each case of the
table."""

import functools

import numpy as np
import pytest

from siamese_np import kernels, layers
from siamese_np.fusion import fuse
from siamese_np.gradcheck import Comparison, fused_cases, layer_cases, network_cases, numeric_gradient, table
from siamese_np.gradcheck.cases import DIRECT, FUSED, WINOGRAD
from siamese_np.kernels.compiled import winograd
from siamese_np.layers import BatchNorm, Conv2D, Dense, MaxPool2D, ReLU, Sequential

pytestmark = pytest.mark.gradcheck

CASES = {f"{case.implementation}: {case.name}": case for case in table.cases("both")}
BLOCKS = fused_cases.DIRECT_BLOCKS | {f"{name} ": block for name, block in fused_cases.WINOGRAD_BLOCKS.items()}


@functools.cache
def checked(name: str) -> list[Comparison]:
    return CASES[name].check()


@pytest.mark.parametrize("name", CASES)
def test_gradients(name):
    wrong = [c for c in checked(name) if not c.correct]
    of = " and ".join(c.of for c in wrong)
    lines = (table.line(CASES[name], c) for c in wrong)
    assert not wrong, "\n".join([f"{name}: the backward's gradient of {of} is not the numeric one", *lines])


def test_every_kind_of_layer_has_a_case():
    rng, k = np.random.default_rng(0), kernels.get("numpy")
    kinds = {type(build(rng, k)).__name__ for build, _ in layer_cases.LAYERS.values()}
    assert kinds == set(layers.__all__) - {"Layer", "Sequential"}


def test_a_layer_with_kernels_is_checked_with_both_and_any_other_once():
    implementations = {}
    for case in table.cases("both"):
        implementations.setdefault(case.name, set()).add(case.implementation)
    assert implementations["Conv2D"] == implementations["MaxPool2D same"] == {"plain NumPy", "plain compiled"}
    assert implementations["Dense"] == implementations["distance"] == {"plain NumPy"}
    assert implementations["conv block, BatchNorm"] == {DIRECT, WINOGRAD}
    for network in ("face_network", "original_network"):
        assert implementations[network] == {"plain NumPy", "plain compiled", FUSED}


@pytest.mark.parametrize("network", ["face_network", "original_network"])
def test_a_fused_network_is_checked_in_its_images_and_every_parameter(network):
    build, *_ = network_cases.NETWORKS[network]
    params = build(np.random.default_rng(0), kernels.get("numpy")).params
    assert [c.of for c in checked(f"{FUSED}: {network}")] == ["images", *params]


def refuse(layer, x, train=False):
    raise AssertionError(f"the plain {type(layer).__name__} ran")


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_a_fused_block_runs_no_plain_layer_and_the_convolution_that_its_row_names(block, monkeypatch):
    network = block.build(np.random.default_rng(2))
    for kind in (Conv2D, BatchNorm, ReLU, MaxPool2D):
        monkeypatch.setattr(kind, "forward", refuse)
    fused = fuse(network, input_gradient=True)
    y = fused.forward(np.ones((block.images, block.channels, *block.size)), train=True)
    assert fused.backward(y).shape == (block.images, block.channels, *block.size)
    by_winograd = len(winograd.transform_weights(network.params["conv2d1.weight"])) > 0
    assert by_winograd == (block in fused_cases.WINOGRAD_BLOCKS.values())


@pytest.mark.parametrize("name", fused_cases.NORMS)
def test_a_fused_norm_runs_no_plain_layer(name, monkeypatch):
    network = fused_cases.norm_network(name, np.random.default_rng(2))
    for kind in (BatchNorm, ReLU):
        monkeypatch.setattr(kind, "forward", refuse)
    fuse(network).forward(np.ones((4, 3, 5, 4)), train=True)


@pytest.mark.parametrize("network", ["face_network", "original_network"])
def test_a_fused_network_runs_no_plain_convolution(network, monkeypatch):
    build, size, _ = network_cases.NETWORKS[network]
    fused = fuse(build(np.random.default_rng(0), kernels.get("numba")))
    for kind in (Conv2D, BatchNorm, MaxPool2D):
        monkeypatch.setattr(kind, "forward", refuse)
    fused.forward(np.ones((4, 1, *size)), train=True)


def test_the_stacks_and_strips_of_the_cases_are_several():
    compiled = kernels.get("numba")
    for name, block in BLOCKS.items():
        layout = compiled.plan_layout((block.images, block.channels, *block.size), Conv2D(
            1, 1, block.kernel_size, padding=block.padding, rng=np.random.default_rng(0)).padding)  # fmt: skip
        strip = 192 if block in fused_cases.WINOGRAD_BLOCKS.values() else 1024
        assert (layout.length > strip) == ("strips" in name)
        assert (layout.stacks > 1) == ("stacks" in name)
        assert "stacks" not in name or block.images % layout.images, "the last stack is shorter"


def test_a_bias_before_batchnorm_has_gradient_zero(rng, kernel):
    conv = Conv2D(2, 3, rng=rng, kernels=kernel, dtype=np.float64)
    network = Sequential([conv, BatchNorm(3, dtype=np.float64)])
    x, upstream = rng.standard_normal((3, 2, 6, 5)), rng.standard_normal((3, 3, 4, 3))
    network.forward(x, train=True)
    network.backward(upstream)
    numeric = numeric_gradient(lambda: float(np.sum(upstream * network.forward(x, train=True))), conv.params["bias"])
    np.testing.assert_allclose(conv.grads["bias"], 0, atol=1e-12)
    np.testing.assert_allclose(numeric, 0, atol=1e-8)


@pytest.mark.parametrize("channels, filters", [(2, 3), (4, 5)], ids=["direct", "Winograd"])
def test_a_bias_before_batchnorm_has_gradient_zero_in_a_fused_block_too(channels, filters, rng):
    block = fused_cases.Block(channels, filters, (7, 6), padding=1, norm=True)
    network = fuse(block.build(np.random.default_rng(2)))
    network.backward(network.forward(rng.standard_normal((3, channels, 7, 6)), train=True))
    tolerance = 1e-11 * np.abs(network.grads["conv2d1.weight"]).max()
    np.testing.assert_allclose(network.grads["conv2d1.bias"], 0, atol=tolerance)


def test_the_last_bias_of_the_original_network_has_gradient_zero_since_it_moves_all_embeddings_alike():
    found = {c.of: c for c in checked(f"{FUSED}: original_network")}
    assert abs(found["dense2.bias"].analytic) < 1e-12 * abs(found["dense2.weight"].analytic)


def test_a_wide_dense_is_its_own_implementation():
    assert not issubclass(fused_cases.WideDense, Dense)
