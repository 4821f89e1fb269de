"""What a stop says further: sizes, numbers that are learnt, and the sentences that answer the next question."""

import re

import numpy as np
import pytest

from siamese_np.models import face_network
from tests.webapp.explore.microscope.conftest import shown
from tests.webapp.reader import read

ADDRESS = "/explore/microscope/"


def text_of(client, query):
    return read(client.get(f"{ADDRESS}?{query}")).text


@pytest.mark.parametrize(
    "stop, rule",
    [
        ("conv2d1", "rows: (28 + 2 · 1 − 3) // 1 + 1 = 28, columns: (23 + 2 · 1 − 3) // 1 + 1 = 23"),
        ("maxpool2d1", "rows: (28 − 2) // 2 + 1 = 14, columns: (23 − 2) // 2 + 1 = 11"),
        ("maxpool2d2", "rows: (14 − 2) // 2 + 1 = 7, columns: (11 − 2) // 2 + 1 = 5"),
    ],
)
def test_the_size_of_a_map_follows_from_the_one_before(client, traced, stop, rule):
    assert f"Size of a map: {rule}." in text_of(client, f"stop={stop}")
    assert f"{traced()[stop].y.shape[2]}, columns" in rule and rule.endswith(f"= {traced()[stop].y.shape[3]}")


def test_the_numbers_that_are_learnt_are_counted_and_add_up_to_those_of_the_network(client):
    network = face_network(np.random.default_rng(3), size=(28, 23), embedding=8, filters=(2, 3))
    total = sum(values.size for values in network.params.values())
    found = []
    for stop in ("conv2d1", "batchnorm1", "conv2d2", "batchnorm2", "dense1"):
        told = r"weight and bias: ([^,]*) = ([\d,]+), which is (\S+) % of the ([\d,]+) of the network"
        line = re.search(told, text_of(client, f"stop={stop}"))
        terms = [np.prod([int(n) for n in term.split(" · ")]) for term in line[1].split(" + ")]
        assert sum(terms) == int(line[2].replace(",", "")) and int(line[4].replace(",", "")) == total
        assert float(line[3]) == pytest.approx(100 * sum(terms) / total, abs=0.06)
        found.append(sum(terms))
    assert sum(found) == total and found[0] == 2 * 9 + 2 and found[-1] == 3 * 7 * 5 * 8 + 8


def test_what_comes_back_through_the_length_has_no_part_along_y(client, traced):
    step = traced()["l2normalize1"]
    along = max(abs(np.sum(step.dx[n] * step.y[n])) / np.linalg.norm(step.dx[n]) for n in (0, 1))
    assert along < 1e-12
    told = re.search(r"the sum of dx y is (\S+) times the length of dx", text_of(client, "stop=l2normalize1-back"))[1]
    assert float(told.replace("−", "-")) == pytest.approx(along, rel=0.5)


def test_a_step_against_dx_makes_x_longer_as_the_page_says(client, traced):
    step = traced()["l2normalize1"]
    x, dx = step.x[0], step.dx[0]
    told = r"\|x\| is (\S+) and \|dx\| is (\S+), so a step of rate 1 would make x longer by (\S+)\. "
    found = re.search(told, text_of(client, "stop=l2normalize1-back")).groups()
    before, length, longer = (float(part.replace("−", "-")) for part in found)
    assert (before, length) == pytest.approx((np.linalg.norm(x), np.linalg.norm(dx)), rel=1e-3)
    assert longer > 0 and longer == pytest.approx(np.hypot(before, length) - before, rel=0.05)


def test_a_weight_of_a_dense_layer_gets_what_came_in_times_what_comes_back(client, traced):
    step = traced()["dense1"]
    gradient = step.x.T @ step.dy
    i, j = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    answer = client.get(f"{ADDRESS}?stop=dense1-back")
    text = answer.get_data(as_text=True)
    assert f"<code>w[{i}, {j}]</code>" in text and f'id="entry">{shown(gradient[i, j])}<' in text
    for n, face in enumerate("ab"):
        assert f'id="entry-{face}">{shown(step.x[n, i] * step.dy[n, j])}<' in text
    assert "db[j] = sum over both faces" in read(answer).text


def test_a_face_and_itself_have_distance_0_and_no_slope(client, traced):
    (link,) = read(client.get(ADDRESS)).all("a", id="twice")
    answer = client.get(f"{link['href']}&stop=distance-back")
    assert re.search(r'id="distance">([^<]*)<', answer.get_data(as_text=True))[1] == shown(0.0)
    assert "the distance has no slope at d = 0" in read(answer).text


@pytest.mark.parametrize(
    "stop, words",
    [
        ("faces", "30 photos take 30 passes"),
        ("loss", "takes the mean over the P pairs of a step"),
        ("relu1-back", "Such a unit is called dead"),
        ("maxpool2d1-back", "the first in reading order takes all"),
        ("weights", "To first order the two changes add up"),
        ("distance-back", "has length 1, however far apart"),
        ("distance-back", "da + db is 0 for every pair"),
        ("conv2d1-back", "dw[f,c,k,l] = sum over both faces"),
        ("batchnorm1&mode=training", "only which one is larger would be left"),
    ],
)
def test_a_stop_answers_the_next_question(client, stop, words):
    assert words in text_of(client, f"stop={stop}")
