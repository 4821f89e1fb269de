"""As in a training step: mean and variance are those of the two faces, and a bias in front of them has gradient 0."""

import re

import numpy as np
import pytest

from siamese_np.layers import BatchNorm, Conv2D, Dense, Dropout, Flatten, L2Normalize, Sequential
from siamese_np.losses import ContrastiveLoss
from siamese_np.trace import trace
from tests.webapp.explore.microscope.conftest import shown
from tests.webapp.reader import read
from webapp.explore.common import faces
from webapp.explore.microscope import sums

ADDRESS = "/explore/microscope/"


def output(answer, id):
    """The text of the element with this id."""
    return re.search(rf'id="{id}"[^>]*>([^<]*)<', answer.get_data(as_text=True))[1]


@pytest.fixture
def in_training(app):
    """The steps of the first pair by name, as in a training step, traced here and not by the page."""
    with app.test_request_context(ADDRESS):
        recogniser = faces.present().recogniser
        a, b = faces.pair()
        x = faces.inputs(recogniser, 0, a, b)
        same = faces.same_person(a, b)
    steps = trace(recogniser.members[0], x, [(0, 1)], ContrastiveLoss(1.5, 2), same, train=True)
    return {step.name: step for step in steps}


def test_distance_and_gradients_are_those_of_a_training_step(client, in_training, traced):
    answer = client.get(f"{ADDRESS}?mode=training&stop=conv2d2-back")
    assert output(answer, "distance") == shown(in_training["distance"].y[0]) != shown(traced()["distance"].y[0])
    assert output(answer, "weight-both") == shown(np.linalg.norm(in_training["conv2d2"].grads["weight"]))
    assert "those of a training step whose batch is these two faces" in read(answer).text


def test_a_prediction_says_that_its_gradients_are_not_those_of_a_training(client, traced):
    answer = client.get(f"{ADDRESS}?stop=weights")
    text = read(answer).text
    assert "These gradients are those of a prediction" in text
    assert f"conv2d2.bias {shown(np.linalg.norm(traced()['conv2d2'].added_by(0)['bias']))}" in text


def test_in_a_training_step_a_bias_in_front_of_a_normalisation_has_gradient_0(client):
    text = read(client.get(f"{ADDRESS}?mode=training&stop=weights")).text
    together = float(re.search(r"conv2d2.bias \S+ \S+ (\S+)", text)[1].replace("−", "-"))
    weight = float(re.search(r"conv2d2.weight \S+ \S+ (\S+)", text)[1].replace("−", "-"))
    assert together < 1e-12 * weight


@pytest.mark.parametrize("stop", ["batchnorm1", "batchnorm1-back", "relu1", "conv2d1-back", "weights", "distance"])
def test_every_stop_has_its_pictures_in_this_mode(client, stop):
    page = read(client.get(f"{ADDRESS}?mode=training&stop={stop}"))
    assert page.all("a", id="mode-training", **{"aria-current": "true"})
    pictures = [picture["href"] for picture in page.all("image") if "legend" not in picture["href"]]
    assert all("mode=training" in one or "/faces/" in one for one in pictures)
    assert all(client.get(one).mimetype == "image/png" for one in pictures)


def test_a_bias_in_front_of_a_normalisation_gets_opposite_shares(in_training):
    a, b = (in_training["conv2d2"].added_by(n)["bias"] for n in (0, 1))
    assert a == pytest.approx(-b) and np.abs(a).max() > 1e-6


def test_the_distance_says_that_it_is_not_the_predicted_one(client):
    told = "This is not the distance that a prediction gives"
    assert told in read(client.get(f"{ADDRESS}?mode=training&stop=distance")).text
    assert told not in read(client.get(f"{ADDRESS}?stop=distance")).text


def test_a_unit_of_the_normalisation_is_made_of_what_is_shown(client, in_training):
    step = in_training["batchnorm2"]
    x = step.x[:, 1]
    answer = client.get(f"{ADDRESS}?mode=training&stop=batchnorm2&side=b&unit=1,4,5")
    assert output(answer, "value") == shown(step.y[1, 1, 4, 5])
    text = read(answer).text
    assert f"m[1] {shown(x.mean())} s[1] {shown(np.sqrt(x.var() + 1e-5))}" in text


@pytest.fixture(scope="module")
def steps():
    rng = np.random.default_rng(11)
    network = Sequential([Conv2D(1, 2, padding=1, rng=rng), BatchNorm(2), Dropout(0.25, rng=rng), Flatten(),
                          Dense(96, 3, rng=rng), BatchNorm(3), L2Normalize()])  # fmt: skip
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            layer.params["weight"][...] = rng.uniform(0.5, 2, layer.params["weight"].shape)
            layer.params["bias"][...] = rng.normal(size=layer.params["bias"].shape)
    images = np.random.default_rng(0).normal(size=(2, 1, 6, 8))
    found = trace(network, images, [(0, 1)], ContrastiveLoss(), same=False, train=True)
    return [step for step in found if step.layer is not None]


@pytest.mark.parametrize("of, explain", [("y", sums.forward), ("dx", sums.back)])
def test_what_is_shown_of_a_unit_gives_its_value(steps, of, explain):
    for step in steps:
        kind = type(step.layer).__name__
        for image, *unit in np.ndindex(getattr(step, of).shape):
            found = explain(step, image, tuple(unit))
            n = [number for _, number in found.plus]
            computed = getattr(step, of)[(image, *unit)]
            if kind == "BatchNorm":
                total = n[3] * (n[0] - n[1]) / n[2] + n[4] if of == "y" else n[4] / n[5] * (n[0] - n[1] - n[2] * n[3])
                assert total == pytest.approx(computed, abs=1e-12)
            if kind == "Dropout":
                (term,) = found.terms
                assert term.value == computed
                assert not term.taken or term.value == pytest.approx(term.left * 4 / 3, abs=1e-12)
            assert found.value == computed


def test_some_numbers_are_dropped_and_some_are_not(steps):
    (step,) = [step for step in steps if type(step.layer).__name__ == "Dropout"]
    taken = {sums.forward(step, 0, unit).terms[0].taken for unit in np.ndindex(step.y.shape[1:])}
    assert taken == {True, False}


def test_a_network_that_works_alike_in_both_has_no_switch(client, run, save_model):
    save_model(run)
    assert not read(client.get(ADDRESS)).all("a", id="mode-training")


def test_another_mode_is_refused(client):
    assert client.get(f"{ADDRESS}?mode=x").status_code == 400
