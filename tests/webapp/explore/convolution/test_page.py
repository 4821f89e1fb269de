"""One convolution: its numbers and pictures against those of the kernels."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from siamese_np.kernels import four_ways
from tests.webapp.explore.common.test_jobs import events
from tests.webapp.explore.convolution.conftest import SIZE, shown
from tests.webapp.reader import read
from webapp.explore.common import colours
from webapp.explore.convolution import filters, measure, ways

ADDRESS = "/explore/convolution/"
WAYS = ("window", "columns", "lines", "winograd")


def output(answer, id):
    """The text of the element with this id."""
    return re.search(rf'id="{id}"[^>]*>([^<]*)<', answer.get_data(as_text=True))[1].strip()


def numbers(label):
    """The numbers of a small matrix, from the words beside its drawing."""
    return [float(x.replace("−", "-")) for x in label.partition(": ")[2].replace(";", " ").split()]


def pixels(client, what, place="row=4&column=6"):
    answer = client.get(f"{ADDRESS}picture.png?what={what}&{place}")
    return np.asarray(Image.open(io.BytesIO(answer.data)))


def test_all_four_ways_show_the_number_of_the_kernel(client, expected):
    answer = client.get(f"{ADDRESS}?row=4&column=6")
    assert {output(answer, f"y-{way}") for way in WAYS} == {shown(expected["y"][4, 6])} == {output(answer, "value")}
    assert all(float(output(answer, f"difference-{way}").replace("−", "-")) < 1e-13 for way in WAYS)


def test_the_window_is_spelled_out_in_its_nine_products(client, expected):
    text = read(client.get(f"{ADDRESS}?row=4&column=6")).text
    for k, l in np.ndindex(3, 3):
        x, w = expected["x"][3 + k, 5 + l], expected["w"][k, l]
        assert f"x[{3 + k}, {5 + l}] {shown(x)} w[{k}, {l}] {shown(w)} {shown(w * x)}" in text


def test_without_a_place_the_strongest_one_is_shown(client, expected):
    strongest = expected["y"].ravel()[np.argmax(np.abs(expected["y"]))]
    assert output(client.get(ADDRESS), "value") == shown(strongest)


@pytest.mark.parametrize("row, column", [(0, 0), (27, 22), (27, 0)])
def test_in_a_corner_the_border_counts_as_zero_and_no_window_beyond_it_gives_a_gradient(client, expected, row, column):
    answer = client.get(f"{ADDRESS}?row={row}&column={column}")
    assert output(answer, "y-window") == shown(expected["y"][row, column])
    assert output(answer, "dx-sum") == shown(expected["dx"][row, column])
    assert "Sum of 4 terms" in read(answer).text


def test_what_adds_up_on_the_way_back_is_what_nine_windows_sent(client, expected):
    answer = client.get(f"{ADDRESS}?row=4&column=6")
    assert output(answer, "dx-sum") == shown(expected["dx"][4, 6])
    text, terms = read(answer).text, 0.0
    for k, l in np.ndindex(3, 3):
        dy, w = expected["y"][5 - k, 7 - l], expected["w"][k, l]
        terms += w * dy
        assert f"dy[{5 - k}, {7 - l}] {shown(dy)} w[{k}, {l}] {shown(w)} {shown(w * dy)}" in text
    assert terms == pytest.approx(expected["dx"][4, 6])
    for way in ("lines", "rotation"):
        assert float(output(answer, f"dx-{way}").replace("−", "-")) < 1e-13


@pytest.mark.parametrize("what", ["y", "dx"])
def test_a_picture_of_the_whole_holds_the_numbers_in_their_colours(client, expected, what):
    values = expected[what]
    np.testing.assert_array_equal(pixels(client, what), colours.indices(values, np.abs(values).max()))


def test_a_piece_of_the_columns_is_marked_where_the_window_is(client, expected):
    xp = np.pad(expected["x"], 1)
    place = 4 * SIZE[1] + 6
    start = place - ways.SPAN // 2
    values = four_ways.columns(xp, (3, 3))[:, start : start + ways.SPAN]
    np.testing.assert_array_equal(pixels(client, "columns"), colours.indices(values, np.abs(values).max()))
    page = read(client.get(f"{ADDRESS}?row=4&column=6"))
    marked = [rect for rect in page.all("rect", **{"class": "marked"}) if rect["y"] == "0"]
    assert marked[0]["x"] == str(10 * (place - start))


def test_nine_lines_add_up_to_the_line_of_the_output(client, expected):
    lines = four_ways.tap_lines(np.pad(expected["x"], 1), expected["w"])
    place = 4 * (SIZE[1] + 2) + 6
    start = place - ways.SPAN // 2
    piece = lines[:, start : start + ways.SPAN]
    limit = max(np.abs(piece).max(), np.abs(piece.sum(0)).max())
    np.testing.assert_array_equal(pixels(client, "lines"), colours.indices(piece, limit))
    np.testing.assert_array_equal(pixels(client, "lines-y"), colours.indices(piece.sum(0)[None], limit))


def test_the_places_between_two_rows_are_gaps(client):
    page = read(client.get(f"{ADDRESS}?row=4&column=0"))
    # around place (4, 0) there are the two gaps of the row before, once among the nine lines and once in their sum
    assert len(page.all("rect", **{"class": "gap"})) == 4


def test_a_square_of_winograd_has_16_products_and_its_four_outputs(client, expected):
    page = read(client.get(f"{ADDRESS}?row=5&column=6"))
    labels = [svg["aria-label"] for svg in page.all("svg") if svg.get("aria-label", "").startswith(("M =", "Y ="))]
    m, y = map(numbers, labels)
    assert len(m) == 16
    np.testing.assert_allclose(y, expected["y"][4:6, 6:8].ravel(), rtol=0.01, atol=1e-3)


def matrix(page, title):
    """The numbers of the small matrix with this title."""
    (label,) = [svg["aria-label"] for svg in page.all("svg") if svg.get("aria-label", "").startswith(f"{title}: ")]
    return numbers(label)


def test_one_row_of_winograd_is_spelled_out_in_four_products(client, expected):
    answer = client.get(f"{ADDRESS}?row=5&column=6")
    page = read(answer)
    x, g = np.pad(expected["x"], 1)[4, 6:10], expected["w"][0]
    u = [g[0], (g[0] + g[1] + g[2]) / 2, (g[0] - g[1] + g[2]) / 2, g[2]]
    v = [x[0] - x[2], x[1] + x[2], x[2] - x[1], x[1] - x[3]]
    for k in range(4):
        assert output(answer, f"m-{k}") == shown(u[k] * v[k])
        assert shown(u[k]) in page.text and shown(v[k]) in page.text
    assert output(answer, "row-y-0") == shown(g @ x[:3]) and output(answer, "row-y-1") == shown(g @ x[1:])
    np.testing.assert_allclose(matrix(page, "x"), x, rtol=0.01, atol=1e-3)


def test_the_matrices_of_winograd_are_drawn_and_make_the_square_from_what_is_drawn_beside_them(client):
    page = read(client.get(f"{ADDRESS}?row=5&column=6"))
    g, b, a = (np.reshape(matrix(page, name), (4, -1)) for name in "GBA")
    assert g.shape == (4, 3) and b.shape == (4, 4) and a.shape == (4, 2)
    x, w = np.reshape(matrix(page, "X"), (4, 4)), np.reshape(matrix(page, "W"), (3, 3))
    near = {"rtol": 0.02, "atol": 0.02}  # three figures are shown
    np.testing.assert_allclose(matrix(page, "U = G W G'"), (g @ w @ g.T).ravel(), **near)
    np.testing.assert_allclose(matrix(page, "V = B X B'"), (b @ x @ b.T).ravel(), **near)
    m = np.reshape(matrix(page, "M = U * V"), (4, 4))
    np.testing.assert_allclose(matrix(page, "Y = A' M A"), (a.T @ m @ a).ravel(), **near)


@pytest.mark.parametrize("place", [(4, 6), (0, 0), (27, 22)])
def test_the_rotated_kernel_over_dy_gives_the_gradient_of_the_image(client, expected, place):
    answer = client.get(f"{ADDRESS}?row={place[0]}&column={place[1]}")
    assert output(answer, "dx-turned") == output(answer, "dx-sum") == shown(expected["dx"][place])
    rotated = matrix(read(answer), "w, rotated by 180°")
    np.testing.assert_allclose(rotated, expected["w"].ravel()[::-1], rtol=0.01, atol=1e-3)


def test_both_gradients_of_the_weights_are_shown(client, expected):
    page = read(client.get(ADDRESS))
    labels = [svg["aria-label"] for svg in page.all("svg") if svg.get("aria-label", "").lower().startswith("dw =")]
    assert len(labels) == 2
    for label in labels:
        np.testing.assert_allclose(numbers(label), expected["dw"].ravel(), rtol=0.01, atol=0.6)


@pytest.mark.parametrize("name", filters.BY_HAND)
def test_a_filter_made_by_hand_is_applied(client, expected, name):
    w = np.array(filters.BY_HAND[name][1], float)
    value = np.sum(w * expected["x"][3:6, 5:8])
    assert output(client.get(f"{ADDRESS}?row=4&column=6&filter={name}"), "value") == shown(value)


def test_a_large_neighbour_costs_the_sum_of_winograd_its_only_term(client):
    answer = client.get(ADDRESS)
    one, large = np.float32(1), np.float32(1e8) / np.float32(2)
    assert output(answer, "lost-sum") == f"{one + large:,.0f}" == f"{large:,.0f}"
    assert output(answer, "lost-winograd") == f"{(one + large) - large:.0f}" == "0"
    assert output(answer, "lost-definition") == "1"
    assert f"lie {large - np.nextafter(large, np.float32(0)):.0f} apart" in read(answer).text


def test_a_line_on_the_way_back_has_0_in_its_gaps_or_the_gradient_is_another_one(client):
    assert "so dy must be 0 there" in read(client.get(ADDRESS)).text
    rng = np.random.default_rng(0)
    w, dy = rng.normal(size=(3, 3)), rng.normal(size=(4, 5))
    right = four_ways.back_by_lines(dy, w)
    np.testing.assert_allclose(right, four_ways.back_by_rotation(dy, w))
    line = np.pad(dy, ((0, 2), (0, 2)))
    line[0, 5] = 1.0  # in the first gap
    wrong = np.zeros(6 * 7 + 16)
    for k, l in np.ndindex(3, 3):
        wrong[k * 7 + l : k * 7 + l + 42] += w[k, l] * line.ravel()
    moved = np.abs(wrong[:42].reshape(6, 7) - right) > 1e-12
    assert moved[0, 5:].all() and moved[1, 0] and not moved[0, :5].any()


def test_the_ways_are_measured_by_a_job_and_then_shown(client):
    before = client.get(f"{ADDRESS}?channels=4")
    assert read(before).all("button", id="measure") and "time-window" not in before.get_data(as_text=True)
    sent = events(client.get(f"{ADDRESS}measure?channels=4"))
    assert sent[-1] == ("end", {"why": "done"})
    (seconds,) = [value["seconds"] for name, value in sent if name == "result"]
    after = client.get(f"{ADDRESS}?channels=4")
    for way in WAYS:
        assert output(after, f"time-{way}") == f"{1000 * seconds[way]:.2f} ms"


def test_the_measured_kernels_give_equal_numbers(app):
    with app.test_request_context("/"):
        list(measure.work(16))
        found = measure.found(16)
    assert set(found.difference) == set(WAYS) and max(found.difference.values()) < 1e-3


def test_a_network_without_a_first_convolution_has_the_filters_made_by_hand(client, run, save_model):
    save_model(run)
    assert read(client.get(ADDRESS)).text.count("Filter 0 of the network") == 0
    assert client.get(f"{ADDRESS}?filter=blur").status_code == 200


@pytest.mark.parametrize("query", ["row=28", "column=-1", "filter=nothing", "channels=5", "row=a"])
def test_a_state_that_is_not_there_is_refused(client, query):
    assert client.get(f"{ADDRESS}?{query}").status_code == 400
