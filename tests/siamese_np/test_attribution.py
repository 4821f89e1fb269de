"""Maps of attribution against loops, small changes, and a case that is known by hand."""

import numpy as np
import pytest

from siamese_np import attribution, distance
from siamese_np.layers import BatchNorm, Flatten, Sequential
from siamese_np.models import face_network

PIXELS = Sequential([Flatten()])


@pytest.fixture
def network():
    rng = np.random.default_rng(3)
    network = face_network(rng, size=(16, 12), embedding=6, filters=(3, 4), dtype=np.float64)
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            layer.state["running_mean"][...] = rng.normal(size=layer.state["running_mean"].shape)
    return network


@pytest.fixture
def pair():
    return np.random.default_rng(4).normal(size=(2, 1, 16, 12))


def of_two(network, x, other):
    return distance.forward(network.forward(x[None]), network.forward(other[None]))[0]


def test_patches_are_whole_and_a_step_apart():
    assert attribution.corners(10, 4, 3) == [0, 3, 6]
    assert attribution.corners(4, 4, 1) == [0]


@pytest.mark.parametrize("patch", [0, 5])
def test_a_patch_that_does_not_fit_is_refused(patch):
    with pytest.raises(ValueError, match="does not fit"):
        attribution.corners(4, patch, 1)


def test_only_the_pixels_of_the_patch_are_covered_and_the_image_stays_as_it_was(pair):
    x = pair[0].copy()
    (image,) = attribution.covered(pair[0], [(3, 5)], 4, fill=0.5)
    assert np.array_equal(pair[0], x) and np.all(image[:, 3:7, 5:9] == 0.5)
    image[:, 3:7, 5:9] = x[:, 3:7, 5:9]
    assert np.array_equal(image, x)


def test_a_move_is_the_difference_of_two_distances(network, pair):
    at = [(0, 0), (5, 2), (8, 7)]
    changed = attribution.covered(pair[0], at, 5)
    found = attribution.moves(network, *pair, changed)
    for move, image in zip(found, changed, strict=True):
        assert move == pytest.approx(of_two(network, image, pair[1]) - of_two(network, *pair), abs=1e-12)
    assert np.abs(found).max() > 1e-3


def test_covering_what_differs_brings_raw_pixels_together_by_hand():
    a, b = np.zeros((1, 2, 2)), np.zeros((1, 2, 2))
    a[0, 0], b[0, 1, 1] = (3, 0), 4  # d = 5; without the 3 it is 4, and without the 4 it is 3
    assert attribution.moves(PIXELS, a, b, attribution.covered(a, [(0, 0)], 1)) == pytest.approx([-1])
    assert attribution.moves(PIXELS, b, a, attribution.covered(b, [(0, 0), (1, 1)], 1)) == pytest.approx([0, -2])


def test_slopes_are_the_numeric_ones_in_both_images(network, pair):
    d, g = attribution.slopes(network, pair)
    assert d == pytest.approx(of_two(network, *pair)) and g.shape == pair.shape
    for place in [(0, 0, 3, 4), (0, 0, 15, 11), (1, 0, 0, 0), (1, 0, 8, 6)]:
        ends = []
        for h in (1e-5, -1e-5):
            moved = pair.copy()
            moved[place] += h
            ends.append(of_two(network, *moved))
        assert g[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-4, abs=1e-9)


def test_slopes_of_raw_pixels_have_length_one_and_are_opposite(pair):
    d, g = attribution.slopes(PIXELS, pair)
    np.testing.assert_allclose(g[0], (pair[0] - pair[1]) / d)
    assert np.linalg.norm(g[0]) == pytest.approx(1) and np.array_equal(g[0], -g[1])


def test_the_prediction_is_the_slope_of_covering_a_little(network, pair):
    _, g = attribution.slopes(network, pair)
    found = attribution.predicted(g[0], pair[0], 4, 2)
    rows, columns = attribution.corners(16, 4, 2), attribution.corners(12, 4, 2)
    assert found.shape == (len(rows), len(columns))
    for r, k in [(0, 0), (2, 3), (6, 4)]:
        (whole,) = attribution.covered(pair[0], [(rows[r], columns[k])], 4)
        little = pair[0] + 1e-6 * (whole - pair[0])
        (move,) = attribution.moves(network, *pair, little[None])
        assert found[r, k] == pytest.approx(move / 1e-6, rel=1e-3, abs=1e-7)
