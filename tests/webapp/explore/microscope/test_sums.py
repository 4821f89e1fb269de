"""The terms of a unit add up to what the layer has computed, forward and back, for each unit of each kind of layer."""

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
from siamese_np.losses import ContrastiveLoss
from siamese_np.trace import trace
from webapp.explore.microscope import in_training, kinds, sums
from webapp.explore.microscope.sums_back import BACK
from webapp.explore.microscope.sums_forward import FORWARD
from webapp.explore.microscope.terms import named

RNG = np.random.default_rng(11)
NETWORKS = {
    "all of the shipped networks": [
        Conv2D(1, 2, padding=1, rng=RNG), BatchNorm(2), ReLU(), MaxPool2D(2), Dropout(0.25, rng=RNG), Flatten(),
        Dense(24, 5, rng=RNG), L2Normalize(),
    ],
    "strides and overlapping windows": [
        Conv2D(1, 3, (2, 3), (1, 2), (1, 0), rng=RNG), PReLU(3), MaxPool2D(3, 2, "same"), GlobalAvgPool2D(),
        Dense(3, 4, rng=RNG),
    ],
}  # fmt: skip
TOTALS = (
    "Conv2D",
    "Dense",
    "MaxPool2D",
    "Flatten",
    "Dropout",
)  # whose value is the sum of the terms and of what is added


@pytest.fixture(params=NETWORKS, scope="module")
def steps(request):
    network = Sequential(NETWORKS[request.param])
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            layer.state["running_mean"][...], layer.state["running_var"][...] = (0.3, -0.2), (2, 0.5)
            layer.params["weight"][...], layer.params["bias"][...] = (1.5, 0.5), (0.1, -0.2)
    return trace(network, np.random.default_rng(0).normal(size=(2, 1, 6, 8)), [(0, 1)], ContrastiveLoss(), same=False)


def units(steps, of):
    """(step, image, unit, the number that was computed) for all units of the array `of` of each layer."""
    for step in steps:
        if step.layer is not None:
            for image, *unit in np.ndindex(getattr(step, of).shape):
                yield step, image, tuple(unit), getattr(step, of)[(image, *unit)]


def total(step, sum):
    """The value by the terms and numbers that are shown alone."""
    kind, terms = type(step.layer).__name__, np.sum([term.value for term in sum.terms])
    numbers = [number for _, number in sum.plus]
    back = sum.name.startswith("d")
    if kind in TOTALS:
        return terms + np.sum(numbers)
    if kind == "GlobalAvgPool2D":
        return terms / (step.x.shape[2] * step.x.shape[3])
    if kind == "FixedNorm":
        return (
            numbers[0] * numbers[1] / numbers[2]
            if back
            else numbers[3] * (numbers[0] - numbers[1]) / numbers[2] + numbers[4]
        )
    if kind == "L2Normalize":
        return (numbers[0] - numbers[1] * terms) / numbers[3] if back else numbers[0] / np.sqrt(terms)
    x = numbers[1] if back else numbers[0]  # ReLU and PReLU
    below = numbers[-1] if kind == "PReLU" else 0
    return numbers[0] * (1 if x > 0 else below)


@pytest.mark.parametrize("of, explain", [("y", sums.forward), ("dx", sums.back)])
def test_what_is_shown_of_a_unit_gives_its_value(steps, of, explain):
    for step, image, unit, computed in units(steps, of):
        found = explain(step, image, unit)
        assert found.value == computed and found.name == named(of, unit)
        assert total(step, found) == pytest.approx(computed, abs=1e-12), (step.name, found)


@pytest.mark.parametrize("explain, of, array", [(sums.forward, "y", "x"), (sums.back, "dx", "dy")])
def test_each_term_names_the_place_where_its_number_stands(steps, explain, of, array):
    for step, image, unit, _ in units(steps, of):
        for term in explain(step, image, unit).terms:
            assert getattr(step, array)[(image, *term.unit)] == term.left


def test_the_squares_of_the_differences_give_the_distance(steps):
    step = next(step for step in steps if step.name == "distance")
    assert np.sqrt(np.sum([term.value for term in sums.distance(step).terms])) == pytest.approx(step.y[0])


def test_what_comes_back_to_the_embeddings_is_opposite_and_made_of_what_is_shown(steps):
    step = next(step for step in steps if step.name == "distance")
    for i in range(step.x.shape[2]):
        (_, dd), (_, a), (_, b), (_, d) = sums.distance_back(step, 0, (i,)).plus
        da, db = sums.distance_back(step, 0, (i,)).value, sums.distance_back(step, 1, (i,)).value
        assert da == pytest.approx(dd * (a - b) / d) and db == -da


def test_the_largest_terms_come_first(steps):
    found = sums.forward(next(step for step in steps if step.name == "dense1"), 0, (0,))
    sizes = [abs(term.value) for term in found.largest(3)]
    assert sizes == sorted((abs(term.value) for term in found.terms), reverse=True)[:3]


def test_every_kind_of_layer_has_its_sums_and_its_words():
    known = set(layers.__all__) - {"Layer", "Sequential"} | {"FixedNorm"}
    assert set(FORWARD) == set(BACK) == set(kinds.KINDS) | set(in_training.KINDS) == known
