"""The first state of the playground, against siamese_np."""

import json
import re

import numpy as np
import pytest

from siamese_np import distance
from siamese_np.losses import ContrastiveLoss
from tests.webapp.explore.playground.conftest import followed
from tests.webapp.reader import read
from webapp.explore.playground import plane

ADDRESS = "/explore/playground/"


def said(answer, id):
    """The number in the element with this id."""
    text = re.search(rf'id="{id}"[^>]*>([^<]*)<', answer.get_data(as_text=True))[1]
    return float(text.replace("−", "-"))


def world(answer):
    """What the script of the page begins with."""
    return json.loads(read(answer).all("div", id="world")[0]["data-world"])


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("same", [0, 1])
@pytest.mark.parametrize("b", ["0.1,0.2", "-1.5,-1", "0.6,0.4"])
def test_the_numbers_of_the_pair_are_those_of_loss_and_distance(client, power, same, b):
    answer = client.get(f"{ADDRESS}?a=0.6,0.4&b={b}&same={same}&power={power}&margin=0.9")
    z = np.array([[0.6, 0.4], list(map(float, b.split(",")))])
    d, kind, loss = distance.forward(z[:1], z[1:]), np.array([same == 1]), ContrastiveLoss(0.9, power)
    dd = loss.backward(d, kind)
    da, _ = distance.backward(dd, z[:1], z[1:], d)
    expected = {"d": d[0], "loss": loss.forward(d, kind), "slope": dd[0], "force": np.linalg.norm(da)}
    expected |= {"other-loss": loss.forward(d, ~kind), "other-slope": loss.backward(d, ~kind)[0]}
    expected |= {"direction-length": 0 if d[0] == 0 else 1}
    for id, value in expected.items():
        assert said(answer, id) == pytest.approx(value, abs=0.0005001), id


def test_the_direction_is_the_slope_of_the_distance_in_a(client):
    answer = client.get(f"{ADDRESS}?a=0.6,0.4&b=0.1,0.2")
    text = re.search(r'id="direction">([^<]*)<', answer.get_data(as_text=True))[1].replace("−", "-")
    h, d = 1e-6, np.hypot
    slopes = [(d(0.5 + h, 0.2) - d(0.5 - h, 0.2)) / (2 * h), (d(0.5, 0.2 + h) - d(0.5, 0.2 - h)) / (2 * h)]
    assert list(map(float, text.split(", "))) == pytest.approx(slopes, abs=0.0006)


@pytest.mark.parametrize("power", [1, 2])
def test_the_loss_of_several_pairs_is_their_mean_and_each_slope_is_divided_by_their_number(client, power):
    chosen = (("different", 0.3), ("same", 0.7), ("different", 1.3), ("same", 0.1))
    query = "&".join(f"kind{p}={kind}&d{p}={d}" for p, (kind, d) in enumerate(chosen))
    answer = client.get(f"{ADDRESS}?{query}&margin=0.9&power={power}")

    def mean(d):
        return np.mean([(far if kind == "same" else max(0, 0.9 - far)) ** power for (kind, _), far in zip(chosen, d)])

    d, h = np.array([far for _, far in chosen]), 1e-6
    assert said(answer, "mean") == pytest.approx(mean(d), abs=0.0005001)
    for p, step in enumerate(h * np.eye(4)):
        assert said(answer, f"slope-{p}") == pytest.approx((mean(d + step) - mean(d - step)) / (2 * h), abs=0.0006)
    assert sum(said(answer, f"loss-{p}") for p in range(4)) / 4 == pytest.approx(said(answer, "mean"), abs=0.001)


@pytest.mark.parametrize("q, share", [("20", 0.2), ("49", 0.49), ("95", 0.95), ("1/3", 1 / 3), ("33", 0.33)])
@pytest.mark.parametrize("power", [1, 2])
def test_a_network_that_has_learnt_nothing_has_no_smaller_loss_than_is_marked(client, q, share, power):
    answer, margin = client.get(f"{ADDRESS}?q={q}&margin=1.5&power={power}"), 1.5
    c = np.linspace(0, 1.4 * margin, 4201)
    losses = share * c**power + (1 - share) * np.maximum(0, margin - c) ** power
    assert said(answer, "nothing-4") == pytest.approx(losses[0], abs=0.0005001)
    assert said(answer, "nothing-5") == pytest.approx(losses.min(), abs=0.0006)
    assert said(answer, "nothing-c") == pytest.approx(c[losses.argmin()], abs=0.001)
    if power == 2:
        plateaus = ContrastiveLoss(margin).plateaus(share)
        assert said(answer, "nothing-5") == pytest.approx(plateaus["all distances equal"], abs=0.0005001)


def test_with_power_1_no_distance_is_marked_as_the_least(client):
    page = read(client.get(f"{ADDRESS}?power=1&q=50"))
    assert not page.all("dd", id="nothing-5") and "every c up to the margin gives margin / 2" in page.text


@pytest.mark.parametrize("q, words", [("1/3", "puts all pairs a margin apart"), ("60", "puts all photos in one place")])
def test_with_power_1_the_page_says_which_end_of_the_line_is_the_least(client, q, words):
    page = read(client.get(f"{ADDRESS}?power=1&q={q}"))
    assert words in page.text and "it is level" not in page.text


def test_a_distance_that_is_nearly_0_is_not_shown_as_0(client):
    answer = client.get(f"{ADDRESS}?a=0.000001,0&b=0,0")
    assert said(answer, "d") == 1e-6 and said(answer, "force") == 2
    assert said(client.get(f"{ADDRESS}?a=0,0&b=0,0"), "d") == 0


def test_reversed_labels_lead_to_the_trainings_that_have_them(client):
    links = [a.get("href") for a in read(client.get(f"{ADDRESS}?labels=reversed")).all("a")]
    for broken in ("labels", "labels-fixed"):
        assert f"/explore/training/?broken={broken}" in links


@pytest.mark.parametrize(
    "query, branch",
    [
        ("same=1", "same"),
        ("same=0", "within"),
        ("same=0&b=-1.5,0", "beyond"),
        ("same=0&b=0.5,0.3", "different-0"),
        ("same=1&b=0.5,0.3", "same-0"),
    ],
)
def test_one_sentence_holds_and_the_others_are_hidden(client, query, branch):
    page = read(client.get(f"{ADDRESS}?{query}"))
    words = [words for words in page.all("p") if "data-branch" in words]
    assert len(words) == 5 and [each["data-branch"] for each in words if "hidden" not in each] == [branch]


def test_an_arrow_shows_the_way_against_the_gradient(client):
    page = read(client.get(f"{ADDRESS}?a=0.5,0&b=0,0&same=1"))
    (arrow,) = page.all("line", id="force-a")
    assert float(arrow["x2"]) < float(arrow["x1"]) and float(arrow["y2"]) == float(arrow["y1"])
    (arrow,) = read(client.get(f"{ADDRESS}?a=0.5,0&b=0,0&same=0")).all("line", id="force-a")
    assert float(arrow["x2"]) > float(arrow["x1"])


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("labels", ["right", "reversed"])
def test_steps_of_the_address_follow_the_numeric_gradient(client, power, labels):
    answer = client.get(f"{ADDRESS}?seed=3&steps=4&rate=2&power={power}&labels={labels}&margin=1.2")
    z, losses = followed(plane.start(3), ContrastiveLoss(1.2, power), labels == "reversed", 2, 4)
    assert np.array(world(answer)["many"]["z"]) == pytest.approx(z, abs=1e-6)
    assert world(answer)["many"]["losses"] == pytest.approx(losses, abs=1e-6)
    assert said(answer, "total") == pytest.approx(losses[-1], abs=0.0005001)


def test_with_right_labels_every_person_becomes_a_cluster_a_margin_from_the_others(client):
    z = np.array(world(client.get(f"{ADDRESS}?steps=600"))["many"]["z"])
    d = distance.forward(z[plane.PAIRS[:, 0]], z[plane.PAIRS[:, 1]])
    assert d[plane.SAME].max() < 0.01 and d[~plane.SAME].min() > 0.99


@pytest.mark.parametrize("seed", [1, 2])
def test_with_reversed_labels_the_loss_comes_to_rest_at_the_plateau_of_equal_distances(client, seed):
    answer = client.get(f"{ADDRESS}?steps=600&labels=reversed&seed={seed}")
    q = np.mean(~plane.SAME)
    assert said(answer, "plateau-value-1") == pytest.approx(q * (1 - q), abs=0.0005001)
    assert 0.97 * q * (1 - q) < said(answer, "total") < q * (1 - q)
    z = np.array(world(answer)["many"]["z"])
    d = distance.forward(z[plane.PAIRS[:, 0]], z[plane.PAIRS[:, 1]])
    assert abs(d[plane.SAME].mean() - d[~plane.SAME].mean()) < 0.05


@pytest.mark.parametrize("rate, near", [(2, 0.06), (0.5, 0.015)])
def test_with_power_1_reversed_labels_tremble_around_one_place_the_nearer_the_smaller_the_rate(client, rate, near):
    answer = client.get(f"{ADDRESS}?steps=1000&labels=reversed&power=1&rate={rate}")
    assert 0 < said(answer, "total") - said(answer, "plateau-value-0") < near


def test_places_of_the_address_are_where_the_points_begin(client):
    z = np.round(np.random.default_rng(0).normal(size=(30, 2)), 3)
    answer = client.get(f"{ADDRESS}?z={','.join(map(str, z.ravel()))}")
    assert np.array_equal(world(answer)["many"]["z"], z)


def test_a_link_leads_on_by_fifty_steps_without_a_script(client):
    (link,) = read(client.get(f"{ADDRESS}?steps=20&seed=2")).all("a", id="fifty")
    assert said(client.get(link["href"]), "steps") == 70


@pytest.mark.parametrize(
    "query",
    ["margin=0", "margin=a", "margin=nan", "power=3", "a=1", "a=1,b", "a=1,inf", "z=1,2", "labels=wrong", "rate=15",
     "steps=-1", "steps=9999", "seed=x", "a=2000,0", "q=0", "q=100", "q=1/0", "q=3/2",
     "q=1/2/3", "q=nan", "q=x", "d0=-1", "kind3=no", "d2=nan"],
)  # fmt: skip
def test_a_state_that_is_not_there_is_refused(client, query):
    assert client.get(f"{ADDRESS}?{query}").status_code == 400
