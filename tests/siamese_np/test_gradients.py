"""Every analytic gradient against the numeric one; `pytest -m gradcheck -v` prints a line for each."""

import functools

import numpy as np
import pytest

from siamese_np import gradcheck, gradcheck_cases, kernels
from siamese_np.gradcheck import numeric_gradient
from siamese_np.layers import BatchNorm, Conv2D, Sequential

pytestmark = pytest.mark.gradcheck


def gradients_of_each_case() -> dict[str, list[str]]:
    """The names alone, without computing anything."""
    rng = np.random.default_rng(1)
    k = kernels.get("numpy")
    layers = {case: ["input", *layer.params] for case, (layer, _) in gradcheck_cases.layer_cases(rng, k).items()}
    tower = [name for name in gradcheck_cases.small_network(rng, k).params if name != "conv2d1.bias"]
    return layers | {
        "distance": ["a", "b"],
        "ContrastiveLoss": ["distance"],
        "ContrastiveLoss power 1": ["distance"],
        "SiameseNetwork": ["images", *tower],
    }


GRADIENTS = gradients_of_each_case()


@functools.cache
def checked(kernels_name: str, case: str) -> dict[str, gradcheck.Comparison]:
    return {c.of: c for c in gradcheck_cases.cases(kernels_name)[case]()}


@pytest.mark.parametrize(
    "kernels_name, case, of",
    [
        pytest.param(name, case, of, id=f"{name}-{case}-{of}")
        for name in kernels.NAMES
        for case, gradients in GRADIENTS.items()
        for of in gradients
    ],
)
def test_gradient(kernels_name, case, of):
    c = checked(kernels_name, case)[of]
    assert c.correct, gradcheck_cases.line(case, c)


def test_every_gradient_of_every_case_has_its_line():
    assert {case: list(checked("numpy", case)) for case in gradcheck_cases.cases("numpy")} == GRADIENTS


def test_a_bias_before_batchnorm_has_gradient_zero(rng, kernel):
    conv = Conv2D(2, 3, rng=rng, kernels=kernel, dtype=np.float64)
    network = Sequential([conv, BatchNorm(3, dtype=np.float64)])
    x, u = rng.standard_normal((3, 2, 6, 5)), rng.standard_normal((3, 3, 4, 3))
    network.forward(x, train=True)
    network.backward(u)
    numeric = numeric_gradient(lambda: float(np.sum(u * network.forward(x, train=True))), conv.params["bias"])
    np.testing.assert_allclose(conv.grads["bias"], 0, atol=1e-12)
    np.testing.assert_allclose(numeric, 0, atol=1e-8)
