"""Every layer, the distance and the loss: values and gradients as PyTorch has them."""

import numpy as np
import pytest

from siamese_np import distance, kernels
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
)
from siamese_np.losses import ContrastiveLoss

torch = pytest.importorskip("torch")
F = torch.nn.functional

pytestmark = pytest.mark.parity


def tensor(array):
    return torch.tensor(array, requires_grad=True)


def assert_same_function(layer, theirs, x, rng, agree):
    """layer against theirs(x, **params) on value, dx and the gradient of every parameter, for a random upstream."""
    for name, param in layer.params.items():
        param[...] = rng.standard_normal(param.shape)
    x_torch, params = tensor(x), {name: tensor(param) for name, param in layer.params.items()}
    y, y_torch = layer.forward(x, train=True), theirs(x_torch, **params)
    agree(y, y_torch)
    dy = rng.standard_normal(y.shape).astype(x.dtype)
    dx = layer.backward(dy)
    y_torch.backward(torch.tensor(dy))
    agree(dx, x_torch.grad)
    for name, param in params.items():
        agree(layer.grads[name], param.grad)


SIMPLE = {
    "Dense": (lambda dtype: Dense(5, 4, rng=np.random.default_rng(0), dtype=dtype),
              lambda x, weight, bias: F.linear(x, weight.T, bias), (7, 5)),
    "ReLU": (lambda dtype: ReLU(), F.relu, (7, 3, 4)),
    "PReLU": (lambda dtype: PReLU(3, dtype=dtype), F.prelu, (4, 3, 5, 2)),
    "Flatten": (lambda dtype: Flatten(), lambda x: torch.flatten(x, 1), (4, 3, 5, 2)),
    "L2Normalize": (lambda dtype: L2Normalize(), lambda x: F.normalize(x, dim=1), (7, 5)),
    "GlobalAvgPool2D": (lambda dtype: GlobalAvgPool2D(), lambda x: F.avg_pool2d(x, (5, 2)).flatten(1), (4, 3, 5, 2)),
    "BatchNorm 1-d": (lambda dtype: BatchNorm(5, dtype=dtype),
                      lambda x, weight, bias: F.batch_norm(x, None, None, weight, bias, training=True), (7, 5)),
    "BatchNorm 2-d": (lambda dtype: BatchNorm(3, dtype=dtype),
                      lambda x, weight, bias: F.batch_norm(x, None, None, weight, bias, training=True), (4, 3, 5, 2)),
}  # fmt: skip


@pytest.mark.parametrize("build, theirs, shape", SIMPLE.values(), ids=SIMPLE.keys())
def test_layer(build, theirs, shape, dtype, agree, rng):
    assert_same_function(build(dtype), theirs, rng.standard_normal(shape).astype(dtype), rng, agree)


def test_dropout_with_the_mask_that_was_drawn(dtype, agree, rng):
    layer, x = Dropout(0.25, rng=np.random.default_rng(1)), rng.standard_normal((8, 9)).astype(dtype)
    mask = torch.tensor(Dropout(0.25, rng=np.random.default_rng(1)).forward(np.ones_like(x), train=True))
    assert set(np.unique(mask)) == {0, np.unique(mask)[-1]} and mask.max().item() == pytest.approx(1 / 0.75)
    assert_same_function(layer, lambda x: x * mask, x, rng, agree)


@pytest.mark.parametrize("name", kernels.NAMES)
@pytest.mark.parametrize("images", [3, 17])
@pytest.mark.parametrize(
    "kernel_size, stride, padding", [(3, 1, 0), (3, 1, 1), (5, 2, 2), ((2, 3), (3, 2), (0, 2)), (1, 1, 0)]
)
def test_conv2d(name, images, kernel_size, stride, padding, dtype, agree, rng):
    more = {"rng": rng, "kernels": kernels.get(name), "dtype": dtype}
    layer = Conv2D(2, 3, kernel_size, stride, padding, **more)
    x = rng.standard_normal((images, 2, 9, 8)).astype(dtype)
    assert_same_function(
        layer, lambda x, weight, bias: F.conv2d(x, weight, bias, stride, padding), x, rng, agree
    )


def same_by_explicit_padding(pool, stride):
    """MaxPool "same" of TensorFlow, for PyTorch: minus infinity all round, the smaller half above and left."""

    def pooled(x):
        border = []
        for n, p, s in zip(x.shape[:1:-1], pool[::-1], stride[::-1]):  # columns first, as F.pad wants them
            total = max((-(-n // s) - 1) * s + p - n, 0)
            border += [total // 2, total - total // 2]
        return F.max_pool2d(F.pad(x, border, value=-torch.inf), pool, stride)

    return pooled


@pytest.mark.parametrize("name", kernels.NAMES)
@pytest.mark.parametrize("images", [3, 17])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("pool, stride", [((2, 2), (2, 2)), ((3, 3), (2, 2)), ((2, 3), (1, 2)), ((3, 2), (4, 3))])
def test_maxpool2d(name, images, padding, pool, stride, dtype, agree, rng):
    layer = MaxPool2D(pool, stride, padding, kernels=kernels.get(name))
    valid, same = (lambda x: F.max_pool2d(x, pool, stride)), same_by_explicit_padding(pool, stride)
    x = rng.standard_normal((images, 2, 8, 7)).astype(dtype)
    assert_same_function(layer, same if padding == "same" else valid, x, rng, agree)
    ties = rng.integers(0, 2, x.shape).astype(dtype)  # of equal values the same one has to win
    assert_same_function(layer, same if padding == "same" else valid, ties, rng, agree)


def test_batchnorm_running_values_and_their_use(dtype, agree, rng):
    ours, theirs = BatchNorm(3, dtype=dtype), torch.nn.BatchNorm2d(3, dtype=torch.tensor(dtype(0)).dtype)
    for _ in range(3):
        x = rng.normal(2, 3, (4, 3, 5, 2)).astype(dtype)
        agree(ours.forward(x, train=True), theirs(torch.tensor(x)))
    agree(ours.state["running_mean"], theirs.running_mean)
    agree(ours.state["running_var"], theirs.running_var)
    agree(ours.forward(x), theirs.eval()(torch.tensor(x)))


def test_distance(dtype, agree, rng):
    a, b, dd = (rng.standard_normal(shape).astype(dtype) for shape in ((6, 5), (6, 5), (6,)))
    a[0] = b[0]  # PyTorch, too, defines the gradient at distance 0 as 0
    d = distance.forward(a, b)
    a_torch, b_torch = tensor(a), tensor(b)
    d_torch = torch.linalg.vector_norm(a_torch - b_torch, dim=1)
    d_torch.backward(torch.tensor(dd))
    agree(d, d_torch)
    for ours, theirs in zip(distance.backward(dd, a, b, d), (a_torch.grad, b_torch.grad), strict=True):
        agree(ours, theirs)


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("margin", [1.0, 2.5])
def test_contrastive_loss(power, margin, dtype, agree, rng):
    loss, d, same = ContrastiveLoss(margin, power), rng.uniform(0, 3, 20).astype(dtype), rng.random(20) < 0.5
    d_torch = tensor(d)
    each = torch.where(torch.tensor(same), d_torch, torch.clamp(margin - d_torch, min=0)) ** power
    each.mean().backward()
    assert loss.forward(d, same) == pytest.approx(each.mean().item(), rel=1e-6)
    agree(loss.backward(d, same), d_torch.grad)
