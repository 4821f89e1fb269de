"""FusedNorm and WideDense equal their layers in output, every gradient, state and inference."""

import numpy as np
import pytest

from siamese_np.fused import FusedNorm, WideDense
from siamese_np.fusion import fuse
from siamese_np.layers import BatchNorm, Conv2D, Flatten, ReLU, Sequential
from tests.siamese_np.plain_and_fused import COMPILED, assert_same_training_step, block


@pytest.mark.parametrize("images", [2, 9], ids="{}_images".format)
@pytest.mark.parametrize("relu", [False, True], ids=["norm", "relu_norm"])
@pytest.mark.parametrize("shape", [(5,), (5, 7, 6)], ids=["vectors", "feature_maps"])
def test_a_norm_equals_its_layers_in_output_and_every_gradient(shape, relu, images, rng):
    x = rng.standard_normal((images, 1, *shape[1:])) if len(shape) > 1 else rng.standard_normal((images, 5))

    def make():
        start = np.random.default_rng(1)
        norm = BatchNorm(5, dtype=np.float64)
        norm.params["weight"][...], norm.params["bias"][...] = start.standard_normal((2, 5))
        # the convolution brings the compiled kernels; without a pooling after it, it is in no block
        conv = [Conv2D(1, 5, 1, rng=start, kernels=COMPILED, dtype=np.float64)] if len(shape) > 1 else []
        tail = [] if conv else [Unused()]
        return Sequential([*conv, *([ReLU()] if relu else []), norm, *tail])

    class Unused(Flatten):
        """It changes nothing, and tells `fuse` that the network's kernels are the compiled ones."""

        kernels = COMPILED

    assert any(isinstance(layer, FusedNorm) for layer in fuse(make()).run_layers)
    assert_same_training_step(make, x, 1e-12)
    np.testing.assert_allclose(fuse(make()).forward(x), make().forward(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("in_parts", [False, True], ids=["one_core", "in_parts"])
@pytest.mark.parametrize("images", [1, 9], ids="{}_images".format)
def test_a_wide_dense_equals_the_layer_in_output_and_every_gradient(images, in_parts, rng, monkeypatch):
    monkeypatch.setattr(WideDense, "ENOUGH_PRODUCTS", 0 if in_parts else 10**9)
    x = rng.standard_normal((images, 2, 40, 40))

    def make():
        return block(16, (40, 40), 1, norm=False, rate=0, dtype=np.float64, outputs=20)

    assert isinstance(fuse(make()).run_layers[-1], WideDense)
    assert_same_training_step(make, x, 1e-12)
    np.testing.assert_allclose(fuse(make()).forward(x), make().forward(x), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("inputs", [1, 3, 4, 5, 90])
@pytest.mark.parametrize("images", [1, 2, 5])
def test_the_kernel_of_the_input_gradient_equals_the_sum_written_out(images, inputs, dtype, rng):
    dy, weight = rng.standard_normal((images, 37)).astype(dtype), rng.standard_normal((inputs, 37)).astype(dtype)
    dx = np.full((images, inputs), np.nan, dtype)
    COMPILED.dense_input_gradient(dy, weight, dx)
    wanted = np.einsum("nj,ij->ni", dy.astype(np.float64), weight.astype(np.float64))
    np.testing.assert_allclose(dx, wanted, rtol=0, atol=1e-5 if dtype == np.float32 else 1e-12)
