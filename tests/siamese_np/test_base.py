"""The contract of a layer, held by every layer there is."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from siamese_np import layers
from siamese_np.layers import (
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    L2Normalize,
    MaxPool2D,
    PReLU,
    ReLU,
    Sequential,
)


def network(dtype, k):
    rng = np.random.default_rng(0)
    more = {"rng": rng, "dtype": dtype}
    blocks = [Conv2D(3, 2, padding=1, kernels=k, **more), BatchNorm(2, dtype=dtype), ReLU(), MaxPool2D(2, kernels=k)]
    return Sequential([*blocks, Dropout(0.25, rng=rng), Flatten(), Dense(12, 4, **more), L2Normalize()])


# name -> (how to build the layer from a dtype and kernels, shape of an input). 9 images meet the parallel kernels.
ZOO = {
    "Dense": (lambda dtype, k: Dense(5, 4, rng=np.random.default_rng(0), dtype=dtype), (9, 5)),
    "ReLU": (lambda dtype, k: ReLU(), (9, 3, 4)),
    "PReLU": (lambda dtype, k: PReLU(3, dtype=dtype), (9, 3, 4, 5)),
    "Flatten": (lambda dtype, k: Flatten(), (9, 3, 4, 5)),
    "Dropout": (lambda dtype, k: Dropout(0.5, rng=np.random.default_rng(0)), (9, 7)),
    "L2Normalize": (lambda dtype, k: L2Normalize(), (9, 5)),
    "BatchNorm": (lambda dtype, k: BatchNorm(3, dtype=dtype), (9, 3, 4, 5)),
    "GlobalAvgPool2D": (lambda dtype, k: GlobalAvgPool2D(), (9, 3, 4, 5)),
    "Conv2D": (lambda dtype, k: Conv2D(3, 2, rng=np.random.default_rng(0), kernels=k, dtype=dtype), (9, 3, 5, 6)),
    "MaxPool2D": (lambda dtype, k: MaxPool2D(2, kernels=k), (9, 3, 5, 6)),
    "Sequential": (network, (9, 3, 4, 6)),
}
every_layer = pytest.mark.parametrize("build, shape", ZOO.values(), ids=ZOO.keys())


def test_the_zoo_holds_every_layer():
    assert set(ZOO) == set(layers.__all__) - {"Layer"}


@every_layer
def test_params_and_grads_have_the_same_names_and_shapes(build, shape, kernel):
    layer = build(np.float32, kernel)
    assert {name: p.shape for name, p in layer.params.items()} == {name: g.shape for name, g in layer.grads.items()}


@every_layer
def test_forward_and_backward_do_not_change_what_they_are_handed(build, shape, kernel, rng):
    layer, x = build(np.float32, kernel), rng.standard_normal(shape).astype(np.float32)
    for train in (False, True):
        before = x.copy()
        y = layer.forward(x, train)
        np.testing.assert_array_equal(x, before)
    dy = rng.standard_normal(y.shape).astype(np.float32)
    before, params = dy.copy(), {name: p.copy() for name, p in layer.params.items()}
    layer.backward(dy)
    np.testing.assert_array_equal(dy, before)
    for name, p in layer.params.items():
        np.testing.assert_array_equal(p, params[name])


@every_layer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_that_goes_in_comes_out(build, shape, dtype, kernel, rng):
    layer, x = build(dtype, kernel), rng.standard_normal(shape).astype(dtype)
    y = layer.forward(x, train=True)
    dx = layer.backward(y)
    arrays = (layer.forward(x), y, dx, *layer.grads.values(), *layer.state.values())
    assert {a.dtype for a in arrays} == {np.dtype(dtype)} and dx.shape == shape


@every_layer
def test_backward_overwrites_the_gradients_in_place(build, shape, kernel, rng):
    layer, x = build(np.float32, kernel), rng.standard_normal(shape).astype(np.float32)
    dy = rng.standard_normal(layer.forward(x).shape).astype(np.float32)
    own = dict(layer.grads)

    def gradients(spoilt_by):
        for part in getattr(layer, "layers", [layer]):
            if hasattr(part, "rng"):
                part.rng.bit_generator.state = np.random.default_rng(1).bit_generator.state
        for grad in layer.grads.values():
            grad[...] = spoilt_by
        layer.forward(x, train=True)
        return [layer.backward(dy), *(grad.copy() for grad in layer.grads.values())]

    for a, b in zip(gradients(spoilt_by=0), gradients(spoilt_by=np.nan), strict=True):
        np.testing.assert_array_equal(a, b)
    assert all(layer.grads[name] is grad for name, grad in own.items())


@every_layer
def test_backward_needs_a_fresh_training_forward_and_says_whose(build, shape, kernel, rng):
    layer, x = build(np.float32, kernel), rng.standard_normal(shape).astype(np.float32)
    whose = "L2Normalize" if isinstance(layer, Sequential) else type(layer).__name__  # the first that is asked
    refused = pytest.raises(RuntimeError, match=rf"^{whose}.backward needs a forward\(x, train=True\) before it$")
    y = layer.forward(x)
    with refused:
        layer.backward(y)
    layer.forward(x, train=True)
    layer.forward(x)  # looking at the network between the two does no harm
    layer.backward(y)
    with refused:
        layer.backward(y)


@every_layer
def test_inference_leaves_nothing_on_the_layer(build, shape, kernel, rng):
    layer, x = build(np.float32, kernel), rng.standard_normal(shape).astype(np.float32)
    parts = getattr(layer, "layers", [layer])
    before = [dict(vars(part)) for part in parts]
    state = {name: a.copy() for name, a in layer.state.items()}
    layer.forward(x)
    for part, kept in zip(parts, before):
        assert vars(part).keys() == kept.keys() and all(vars(part)[name] is value for name, value in kept.items())
    for name, a in layer.state.items():
        np.testing.assert_array_equal(a, state[name])


@every_layer
def test_inference_in_many_threads_gives_each_its_own_answer(build, shape, kernel, rng):
    layer = build(np.float32, kernel)
    inputs = [rng.standard_normal(shape).astype(np.float32) for _ in range(16)]
    expected = [layer.forward(x) for x in inputs]
    with ThreadPoolExecutor(8) as pool:
        for y, alone in zip(pool.map(layer.forward, inputs), expected, strict=True):
            np.testing.assert_array_equal(y, alone)


@every_layer
def test_an_image_alone_gets_the_embedding_it_gets_in_a_batch(build, shape, kernel, rng):
    """Without training no layer couples the images. (A matrix product may round one row differently: 1e-6.)"""
    layer, x = build(np.float32, kernel), rng.standard_normal(shape).astype(np.float32)
    np.testing.assert_allclose(layer.forward(x[4:5])[0], layer.forward(x)[4], rtol=1e-6, atol=1e-6)


@every_layer
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool, complex])
def test_numbers_that_are_not_floats_are_refused(build, shape, dtype, kernel):
    name = type(build(np.float32, kernel)).__name__.replace("Sequential", "Conv2D")
    with pytest.raises(TypeError, match=rf"^{name} expects float32.*, got {np.dtype(dtype)}: convert the input first$"):
        build(np.float32, kernel).forward(np.ones(shape, dtype))


@pytest.mark.parametrize("name", ["Dense", "PReLU", "BatchNorm", "Conv2D"])
def test_a_layer_with_weights_refuses_the_other_float(name, kernel):
    build, shape = ZOO[name]
    with pytest.raises(TypeError, match=f"{name} expects float32, got float64"):
        build(np.float32, kernel).forward(np.ones(shape))
    with pytest.raises(TypeError, match=f"{name} expects float64, got float32"):
        build(np.float64, kernel).forward(np.ones(shape, np.float32))


@pytest.mark.parametrize(
    "name, wrong, message",
    [
        ("Dense", (9, 6), "Dense expects (N, 5), got (9, 6)"),
        ("Dense", (5,), "Dense expects (N, 5), got (5,)"),
        ("Dense", (9, 5, 1), "Dense expects (N, 5), got (9, 5, 1)"),
        ("PReLU", (9, 4, 4, 5), "PReLU expects (N, 3, H, W), got (9, 4, 4, 5)"),
        ("PReLU", (9, 4), "PReLU expects (N, 3), got (9, 4)"),
        ("L2Normalize", (9, 5, 1), "L2Normalize expects (N, D), got (9, 5, 1)"),
        ("BatchNorm", (9, 4), "BatchNorm expects (N, 3), got (9, 4)"),
        ("BatchNorm", (9, 4, 5, 3), "BatchNorm expects (N, 3, H, W), got (9, 4, 5, 3)"),
        ("BatchNorm", (3,), "BatchNorm expects (N, 3), got (3,)"),
        ("GlobalAvgPool2D", (9, 3), "GlobalAvgPool2D expects (N, C, H, W), got (9, 3)"),
        ("Conv2D", (8, 1, 40, 40), "Conv2D expects (N, 3, H, W), got (8, 1, 40, 40)"),
        ("Conv2D", (3, 40, 40), "Conv2D expects (N, 3, H, W), got (3, 40, 40)"),
        ("MaxPool2D", (40, 40), "MaxPool2D expects (N, C, H, W), got (40, 40)"),
        ("Sequential", (9, 1, 4, 6), "Conv2D expects (N, 3, H, W), got (9, 1, 4, 6)"),
    ],
)
def test_another_shape_is_refused_in_words(name, wrong, message, kernel):
    with pytest.raises(ValueError) as refused:
        ZOO[name][0](np.float32, kernel).forward(np.ones(wrong, np.float32))
    assert str(refused.value) == message
