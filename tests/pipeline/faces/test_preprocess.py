"""From a picture of any size to the network's input."""

import json

import numpy as np
import pytest

from pipeline.faces.preprocess import Preprocessing, fit


def disc(height, width):
    y, x = np.mgrid[0:height, 0:width]
    radius = 0.3 * min(height, width)
    inside = (y - height / 2 + 0.5) ** 2 + (x - width / 2 + 0.5) ** 2 < radius**2
    return np.where(inside, 255, 0).astype(np.uint8)


@pytest.mark.parametrize("source", [(200, 200), (200, 300), (300, 200), (30, 40), (61, 47)])
@pytest.mark.parametrize("size", [(56, 46), (40, 60)])
def test_a_circle_stays_round_and_in_the_middle(source, size):
    out = fit(disc(*source), size) > 127
    assert out.shape == size
    height, width = out.any(1).sum(), out.any(0).sum()
    assert abs(int(height) - int(width)) <= 1 and height > 10
    assert abs(np.flatnonzero(out.any(1)).mean() - (size[0] - 1) / 2) <= 0.5
    assert abs(np.flatnonzero(out.any(0)).mean() - (size[1] - 1) / 2) <= 0.5


def test_the_largest_cut_of_the_right_shape_is_used():
    wide = np.zeros((50, 150), np.uint8)
    wide[:, 50:100] = 200
    assert (fit(wide, (20, 20)) == 200).all()
    assert (fit(wide.T, (20, 20)) == 200).all()


def test_a_picture_of_the_right_size_stays_as_it_is():
    picture = np.random.default_rng(0).integers(0, 256, (56, 46), np.uint8)
    assert np.array_equal(fit(picture, (56, 46)), picture)


def test_shrinking_averages_instead_of_picking():
    stripes = np.zeros((90, 90), np.uint8)
    stripes[::2] = 200
    assert np.ptp(fit(stripes, (30, 30)).astype(int)) <= 70, (
        "3 rows in one: 200 or 100 alone would be picked, not mixed"
    )
    assert 95 <= fit(stripes, (15, 15)).mean() <= 105


def test_any_size_fits_any_size():
    for height in range(1, 130):
        for width in (1, height, 46, 333):
            assert fit(np.zeros((height, width), np.uint8), (56, 46)).shape == (56, 46)


def test_standardised_images_have_mean_0_and_deviation_1_whatever_the_light():
    face = np.random.default_rng(0).integers(20, 90, (30, 30), np.uint8)
    x = Preprocessing((30, 30))([face, face * 2 + 40])
    assert x.shape == (2, 1, 30, 30) and x.dtype == np.float32
    assert np.allclose(x.mean((2, 3)), 0, atol=1e-5) and np.allclose(x.std((2, 3)), 1, atol=1e-4)
    assert np.allclose(x[0], x[1], atol=1e-4)


def test_without_standardising_values_are_shares_of_white():
    x = Preprocessing((1, 3), standardise=False)([np.array([[0, 51, 255]], np.uint8)])
    assert np.allclose(x, [[[[0, 0.2, 1]]]])


def test_a_plain_grey_picture_becomes_zeros():
    assert np.array_equal(Preprocessing((8, 6))([np.full((20, 20), 99, np.uint8)]), np.zeros((1, 1, 8, 6)))


def test_the_recipe_survives_a_file():
    for recipe in (Preprocessing((56, 46)), Preprocessing((80, 80), standardise=False)):
        assert Preprocessing.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
