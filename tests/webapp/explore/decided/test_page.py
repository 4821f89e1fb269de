"""What decided?: its numbers and pictures against those that the test computes."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from siamese_np.layers import Dense, Flatten, L2Normalize, Sequential
from siamese_np.whitening import whitened
from tests.webapp.explore.decided.conftest import number
from tests.webapp.reader import read
from webapp.explore.common import colours
from webapp.explore.decided import maps

ADDRESS = "/explore/decided/"


def output(answer, id):
    return number(re.search(rf'id="{id}"[^>]*>([^<]*)<', answer.get_data(as_text=True))[1])


@pytest.fixture
def covered(client):
    """The page after all patches of 8 x 8 are covered."""
    events = client.get(f"{ADDRESS}cover?patch=8").get_data(as_text=True)
    assert 'event: end\ndata: {"why": "done"}' in events
    return client.get(f"{ADDRESS}?patch=8")


def test_the_first_state_has_distances_and_slopes_and_offers_to_cover(client, expected):
    answer = client.get(ADDRESS)
    page = read(answer)
    for kind in ("network", "pixels"):
        assert output(answer, f"distance-{kind}") == pytest.approx(expected.distance(kind, *expected.x), rel=1e-3)
    assert page.all("div", id="cover") and not page.all("svg", **{"class": "heat over moves"})
    for picture in page.all("image"):
        assert client.get(picture["href"]).mimetype == "image/png"


@pytest.mark.parametrize("kind", ["network", "pixels"])
def test_the_range_of_the_moves_is_that_of_covering_one_patch_after_the_other(covered, expected, kind):
    for n, side in enumerate("ab"):
        moves = expected.moves(kind, n, 8, 2)
        assert output(covered, f"low-{kind}-{side}") == pytest.approx(moves.min(), rel=1e-3, abs=1e-6)
        assert output(covered, f"high-{kind}-{side}") == pytest.approx(moves.max(), rel=1e-3, abs=1e-6)


def test_the_picture_of_the_moves_has_one_pixel_for_each_patch(client, covered, expected):
    address = next(a["href"] for a in read(covered).all("image") if "covered.png" in a["href"] and "side=b" in a["href"])
    picture = np.asarray(Image.open(io.BytesIO(client.get(address).data)))
    both = [expected.moves("network", side, 8, 2) for side in (0, 1)]
    assert picture.shape == both[1].shape
    shades = colours.indices(both[1], colours.limit_of(*both)).astype(int)
    assert np.abs(picture.astype(int) - shades).max() <= 1  # float32 may round to the neighbour


def test_without_a_patch_in_the_address_the_strongest_one_is_shown(covered, expected):
    both = np.stack([expected.moves("network", side, 8, 2) for side in (0, 1)])
    assert abs(output(covered, "move-network")) == pytest.approx(np.abs(both).max(), rel=1e-3)


def test_one_patch_is_shown_with_the_distances_before_and_after_and_the_prediction(client, expected):
    answer = client.get(f"{ADDRESS}?patch=4&side=b&row=7&column=5")
    for kind in ("network", "pixels"):
        d, g = expected.slopes(kind)
        move = expected.move(kind, 1, 7, 5, 4)
        assert output(answer, f"d-{kind}") == pytest.approx(d, rel=1e-3)
        assert output(answer, f"after-{kind}") == pytest.approx(d + move, rel=1e-3)
        assert output(answer, f"move-{kind}") == pytest.approx(move, rel=1e-2, abs=1e-5)
        predicted = -(g * expected.x)[1, :, 7:11, 5:9].sum()
        assert output(answer, f"predicted-{kind}") == pytest.approx(predicted, rel=1e-3, abs=1e-6)


def test_slopes_are_drawn_by_their_size_and_those_of_raw_pixels_have_length_one(client, expected):
    answer = client.get(ADDRESS)
    assert output(answer, "length-pixels-a") == output(answer, "length-pixels-b") == 1
    _, g = expected.slopes("network")
    assert output(answer, "length-network-b") == pytest.approx(np.linalg.norm(g[1]), rel=1e-3)
    picture = Image.open(io.BytesIO(client.get(f"{ADDRESS}slopes.png?side=b").data))
    assert np.array_equal(np.asarray(picture), colours.indices(np.abs(g[1, 0]), colours.limit_of(g)))


def test_the_colours_of_sizes_begin_at_0_and_those_of_moves_below(client, covered):
    (low, high), (below, above) = (
        np.asarray(Image.open(io.BytesIO(client.get(address).data)))[0, [0, -1]]
        for address in ("/explore/legend.png?sizes=1", "/explore/legend.png")
    )
    assert (low, high, below, above) == (colours.STEPS, 2 * colours.STEPS, 0, 2 * colours.STEPS)
    legends = [a["href"] for a in read(covered).all("image") if "legend.png" in a["href"]]
    assert ["sizes=1" in address for address in legends] == [False, False, True, True]


@pytest.mark.parametrize("patch, step", [(4, 1), (8, 2), (12, 3)])
def test_the_page_says_how_far_patches_are_apart_and_how_many_they_are(client, expected, patch, step):
    answer = client.get(f"{ADDRESS}?patch={patch}&wait=1")
    moves = expected.moves("pixels", 0, patch, step)
    assert output(answer, "step") == step and output(answer, "patches") == moves.size


def test_tiles_added_up_and_covered_at_once_are_told(covered, expected):
    tiles = sum(expected.move("network", 0, i, j, 8) for i in (0, 8, 16) for j in (0, 8))
    assert output(covered, "sum-of-tiles") == pytest.approx(tiles, rel=1e-3)
    x = expected.x[0].copy()
    x[:, :24, :16] = 0
    move = expected.distance("network", x, expected.x[1]) - expected.distance("network", *expected.x)
    assert output(covered, "tiles-at-once") == pytest.approx(move, rel=1e-3)


def test_without_javascript_the_patches_are_covered_within_one_request(client):
    assert read(client.get(f"{ADDRESS}?wait=1&patch=12")).all("svg", **{"class": "heat over moves"})


def test_two_equal_faces_have_distance_0_and_no_slope(client, app):
    name = next(a["href"] for a in read(client.get(ADDRESS)).all("a") if "a=gallery" in a.get("href", ""))
    face = re.search(r"a=(gallery-\w+)", name)[1]
    answer = client.get(f"{ADDRESS}?a={face}&b={face}&wait=1")
    assert answer.status_code == 200 and output(answer, "length-network-a") == 0


def test_a_map_that_is_not_computed_yet_is_not_found(client):
    assert client.get(f"{ADDRESS}covered.png?patch=4").status_code == 404


@pytest.mark.parametrize("query", ["patch=5", "side=c", "row=-1", "column=x"])
def test_a_state_that_is_not_there_is_refused(client, query):
    assert client.get(f"{ADDRESS}?{query}").status_code == 400


def test_a_patch_beyond_a_smaller_picture_is_its_last_one(client):
    assert read(client.get(f"{ADDRESS}?patch=8&row=99&column=99")).all("section", **{"data-row": "10", "data-column": "7"})


def test_the_network_is_the_trained_one_without_its_whitening():
    rng = np.random.default_rng(0)
    trained = Sequential([Flatten(), Dense(12, 4, rng=rng), L2Normalize()])
    x = rng.normal(size=(5, 1, 4, 3)).astype(np.float32)
    member = whitened(trained, trained.forward(x), 0.3)
    assert np.array_equal(maps._fast(member).forward(x), trained.forward(x))
    assert np.array_equal(maps._fast(trained).forward(x), trained.forward(x))
