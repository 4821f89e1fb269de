"""The microscope: its stops, its pictures, and its numbers against those of a trace that the test makes."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from pipeline import photos
from pipeline.faces import way_in
from siamese_np.losses import ContrastiveLoss
from siamese_np.trace import trace
from tests.webapp.explore.microscope.conftest import shown
from tests.webapp.reader import read
from webapp.explore.common import colours

ADDRESS = "/explore/microscope/"
LAYERS = ("conv2d1", "batchnorm1", "relu1", "maxpool2d1", "conv2d2", "batchnorm2", "relu2", "maxpool2d2", "flatten1",
          "dense1", "l2normalize1")  # fmt: skip
STOPS = (
    "faces",
    *LAYERS,
    "distance",
    "loss",
    "distance-back",
    *(f"{name}-back" for name in reversed(LAYERS)),
    "weights",
)


def output(answer, id):
    """The text of the element with this id."""
    return re.search(rf'id="{id}"[^>]*>([^<]*)<', answer.get_data(as_text=True))[1]


@pytest.mark.parametrize("stop", STOPS)
def test_every_stop_answers_with_all_its_pictures_and_leads_to_the_next(client, stop):
    answer = client.get(f"{ADDRESS}?stop={stop}")
    page = read(answer)
    assert answer.status_code == 200 and page.all("a", **{"aria-current": "step", "id": f"to-{stop}"})
    number = STOPS.index(stop)
    if number + 1 < len(STOPS):
        (link,) = page.all("a", id="after")
        assert f"stop={STOPS[number + 1]}" in link["href"]
    for picture in page.all("image"):
        assert client.get(picture["href"]).mimetype == "image/png"


@pytest.mark.parametrize("query, same", [("same=1", True), ("same=0", False)])
def test_distance_loss_and_branch_are_those_of_the_trace(client, traced, query, same):
    steps = traced(query)
    answer = client.get(f"{ADDRESS}?stop=loss&{query}")
    assert output(answer, "distance") == shown(steps["distance"].y[0])
    assert output(answer, "loss") == shown(steps["loss"].y) and output(answer, "dd") == shown(steps["loss"].dx[0])
    branch = (
        "Same"
        if same
        else "Different, within the margin"
        if steps["loss"].x[0] < 1.5
        else "Different, beyond the margin"
    )
    assert output(answer, "branch") == branch


def test_the_curve_of_the_loss_passes_through_the_pair(client, traced):
    d = traced("same=0")["distance"].y[0]
    page = client.get(f"{ADDRESS}?stop=loss&same=0").get_data(as_text=True)
    x, y = map(float, re.search(r'<circle cx="([\d.]+)" cy="([\d.]+)"', page).groups())
    reach, loss = max(1.25 * 1.5, 1.1 * d), ContrastiveLoss(1.5)
    assert x == pytest.approx(300 * d / reach, abs=0.01)
    assert y == pytest.approx(150 - 150 * loss.forward(np.array([d]), np.array([False])) / 1.5**2, abs=0.01)


def test_a_sheet_holds_the_numbers_of_its_layer_in_the_colours_of_its_legend(client, traced):
    y = traced()["relu1"].y
    picture = Image.open(io.BytesIO(client.get(f"{ADDRESS}sheet.png?stop=relu1&side=b").data))
    columns = colours.grid(2, 28, 23)[1]
    expected = colours.indices(colours.sheet(y[1], columns), np.abs(y).max())
    assert np.array_equal(np.asarray(picture), expected)


@pytest.mark.parametrize("stop, step, array", [("conv2d2", "conv2d2", "y"), ("maxpool2d1-back", "maxpool2d1", "dx")])
def test_the_facts_of_a_layer_are_those_of_the_trace(client, traced, stop, step, array):
    values = getattr(traced()[step], array)
    text = read(client.get(f"{ADDRESS}?stop={stop}")).text
    for one in values:
        zeros = np.mean(one == 0)
        share = "none" if zeros == 0 else f"{np.ceil(1000 * zeros) / 10:.1f} %"
        range_of = f"Smallest {shown(one.min())} Largest {shown(one.max())}"
        assert f"Shape {' × '.join(map(str, one.shape))} {range_of} Zeros {share}" in text


def test_a_unit_of_the_address_is_shown_with_its_terms(client, traced):
    step = traced()["conv2d2"]
    page = client.get(f"{ADDRESS}?stop=conv2d2&side=b&unit=1,4,5&terms=all")
    assert output(page, "value") == shown(step.y[1, 1, 4, 5])
    window = step.x[1, :, 3:6, 4:7] * step.params["weight"][1]
    assert output(page, "sum") == shown(window.sum())
    text = read(page).text
    for product in window.ravel():
        assert shown(product) in text


def test_a_term_leads_to_the_unit_that_it_came_from(client, traced):
    page = read(client.get(f"{ADDRESS}?stop=conv2d2&unit=1,4,5&terms=all"))
    (link,) = [
        a for a in page.all("a") if "unit=1,4,5" in a["href"].replace("%2C", ",") and "stop=maxpool2d1" in a["href"]
    ]
    assert output(client.get(link["href"]), "value") == shown(traced()["maxpool2d1"].y[0, 1, 4, 5])


def test_without_a_unit_in_the_address_the_strongest_one_is_shown(client, traced):
    y = traced()["dense1"].y[0]
    assert output(client.get(f"{ADDRESS}?stop=dense1"), "value") == shown(y[np.argmax(np.abs(y))])


@pytest.mark.parametrize("query", ["stop=nothing", "stop=conv2d1&unit=9,9,9", "stop=conv2d1&unit=1",
                                   "stop=dense1&unit=a", "side=c", "stop=conv2d1&unit=-1,0,0"])  # fmt: skip
def test_a_state_that_is_not_there_is_refused(client, query):
    assert client.get(f"{ADDRESS}?{query}").status_code == 400


def test_the_two_branches_add_up_in_the_one_set_of_weights(client, traced):
    step = traced()["conv2d2"]
    a, b = step.added_by(0)["weight"], step.added_by(1)["weight"]
    answer = client.get(f"{ADDRESS}?stop=conv2d2-back")
    for part, gradient in {"a": a, "b": b, "both": a + b}.items():
        assert output(answer, f"weight-{part}") == shown(np.linalg.norm(gradient))
    text = read(client.get(f"{ADDRESS}?stop=weights")).text
    lengths = " ".join(shown(np.linalg.norm(gradient)) for gradient in (a, b, a + b))
    assert f"conv2d2.weight {lengths}" in text


def test_pictures_of_two_gradients_add_up_to_the_third(client, traced):
    step = traced()["conv2d2"]
    parts = [step.added_by(0)["bias"], step.added_by(1)["bias"], step.grads["bias"]]
    for part, values in zip(("a", "b", "both"), parts):
        picture = Image.open(
            io.BytesIO(client.get(f"{ADDRESS}parameter.png?stop=conv2d2-back&name=bias&part={part}").data)
        )
        assert np.array_equal(np.asarray(picture), colours.indices(values[None], colours.limit_of(*parts)))


def test_units_that_are_zero_for_every_photo_of_the_gallery_are_counted(client, app):
    assert "silent-count" not in client.get(f"{ADDRESS}?stop=relu1").get_data(as_text=True)
    events = client.get(f"{ADDRESS}silent").get_data(as_text=True)
    assert events.count("event: progress") == 2 and '{"photos": 12}' in events
    now = app.extensions["serving"].now()
    views = [
        now.recogniser.prepare_face(way_in.one(way_in.look(photos.read(photo.path))))[0]
        for photo in now.snapshot.photos
    ]
    x = now.recogniser.preprocessing(views)
    relu = next(
        step for step in trace(now.recogniser.members[0], x, [(0, 1)], ContrastiveLoss()) if step.name == "relu1"
    )
    assert output(client.get(f"{ADDRESS}?stop=relu1"), "silent-count") == str(int((relu.y == 0).all(axis=0).sum()))


def test_an_upload_is_looked_at_like_any_other_face(client, stranger):
    answer = client.post(
        "/explore/faces/?page=microscope&slot=b&stop=distance", data={"photo": (io.BytesIO(stranger), "a.png")}
    )
    page = client.get(answer.location)
    assert page.status_code == 200 and "your photo" in page.get_data(as_text=True)
    (two,) = read(page).all("a", id="same-0", **{"aria-current": "true"})
    assert two
