"""fuse: which layers become one fused layer, and that the fused network is the plain one, run in fewer passes."""

import threading

import numpy as np
import pytest

from siamese_np import models
from siamese_np.fused import ConvPool, FusedConv
from siamese_np.fusion import fuse
from siamese_np.layers import Conv2D, MaxPool2D, ReLU, Sequential
from tests.siamese_np.plain_and_fused import COMPILED, block


@pytest.mark.parametrize(
    "build, size", [(models.face_network, (30, 22)), (models.original_network, (30, 28))], ids=["face", "original"]
)
def test_a_fused_model_equals_the_plain_one_in_float32_over_several_steps(build, size, rng):
    x = rng.standard_normal((10, 1, *size)).astype(np.float32)
    plain, fused = (build(np.random.default_rng(1), COMPILED, size) for _ in range(2))
    fused = fuse(fused)
    blocks = [layer for layer in fused.run_layers if isinstance(layer, ConvPool)]
    assert len(blocks) == sum(isinstance(layer, Conv2D) for layer in plain.layers)
    dy = rng.standard_normal((10, plain.layers[-1 if build is models.original_network else -2].config["outputs"]))
    for _ in range(3):
        for network in (plain, fused):
            network.forward(x, train=True)
            network.backward(dy.astype(np.float32))
            network.flat_params -= 1e-4 * network.flat_grads  # so small that rounding does not grow from step to step
    np.testing.assert_allclose(fused.flat_params, plain.flat_params, rtol=0, atol=2e-5)
    np.testing.assert_allclose(fused.forward(x), plain.forward(x), rtol=0, atol=1e-4)


def test_the_fused_network_shares_parameters_gradients_and_state_with_the_plain_one():
    plain = block(4, (8, 8), 1, norm=True, rate=0)
    fused = fuse(plain)
    for which in ("params", "grads", "state"):
        for name, array in getattr(plain, which).items():
            assert np.shares_memory(array, getattr(fused, which)[name])
    assert fused.names == plain.names and fused.layers is plain.layers
    assert plain.run_layers is plain.layers, "fusing must leave the plain network as it was"


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
        lambda rng: [Conv2D(1, 2, rng=rng), ReLU(), MaxPool2D(2)],
        lambda rng: [Conv2D(1, 2, 1, padding=1, rng=rng, kernels=COMPILED), ReLU(), MaxPool2D(2, kernels=COMPILED)],
    ],
    ids=["strided_convolution", "numpy_kernels", "windows_in_the_border_alone"],
)
def test_a_convolution_that_is_not_done_on_phases_stays_as_it_is(layers):
    network = Sequential(layers(np.random.default_rng(0)))
    assert fuse(network).run_layers == network.layers


@pytest.mark.parametrize(
    "rest",
    [
        [ReLU(), MaxPool2D(3, 2, kernels=COMPILED)],
        [ReLU(), MaxPool2D(2, padding="same", kernels=COMPILED)],
        [ReLU(), MaxPool2D(2, 1, kernels=COMPILED)],
        [MaxPool2D(2, kernels=COMPILED), ReLU()],
    ],
    ids=["pooling_3x3", "pooling_with_padding", "overlapping_pooling", "pooling_before_relu"],
)
def test_where_another_pooling_follows_a_convolution_is_fused_alone(rest):
    network = Sequential([Conv2D(1, 2, rng=np.random.default_rng(0), kernels=COMPILED), *rest])
    first, *others = fuse(network).run_layers
    assert isinstance(first, FusedConv) and first.conv is network.layers[0] and others == network.layers[1:]


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
