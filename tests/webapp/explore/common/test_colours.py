"""Arrays as pictures, in colours that are read back here."""

import io

import numpy as np
import pytest
from PIL import Image

from webapp.explore.common import colours


def pixels(values, limit):
    return np.asarray(Image.open(io.BytesIO(colours.png(np.array(values, float), limit))).convert("RGBA"))


def test_zero_is_transparent_so_that_it_has_the_colour_of_the_page():
    assert pixels([[0.0]], 1)[0, 0, 3] == 0


def test_a_colour_covers_the_more_the_larger_the_value_is_and_its_sign_decides_which():
    row = pixels([[1, 0.5, -0.5, -1]], 1)[0]
    assert row[:, 3].tolist() == [255, *[pytest.approx(255 * 0.5**0.6, abs=2)] * 2, 255]
    assert row[0, :3].tolist() == list(colours.ORANGE) and row[3, :3].tolist() == list(colours.BLUE)


def test_values_beyond_the_limit_have_the_full_colour():
    assert pixels([[7, -7]], 1)[0, :, 3].tolist() == [255, 255]


def test_the_limit_is_the_largest_absolute_value_and_1_for_nothing_but_zeros():
    assert colours.limit_of(np.array([1.0, -3]), np.array([2.0])) == 3
    assert colours.limit_of(np.zeros(4)) == 1


def test_a_sheet_holds_each_map_at_its_place(rng=np.random.default_rng(0)):
    maps = rng.normal(size=(5, 3, 2))
    whole = colours.sheet(maps, 3)
    assert whole.shape == (2 * 4 - 1, 3 * 3 - 1)
    for number, one in enumerate(maps):
        top, left = 4 * (number // 3), 3 * (number % 3)
        assert np.array_equal(whole[top : top + 3, left : left + 2], one)
    assert not whole[3].any() and not whole[4:, 6:].any()


@pytest.mark.parametrize("maps, height, width", [(1, 56, 46), (16, 28, 23), (64, 7, 5), (7, 1, 1)])
def test_a_grid_has_a_place_for_each_map_and_no_empty_row(maps, height, width):
    rows, columns = colours.grid(maps, height, width)
    assert rows * columns >= maps > (rows - 1) * columns
