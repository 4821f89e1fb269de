"""Faces rotated upright: however a face lies in its picture, the aligned one is the same."""

import numpy as np
import pytest
from PIL import Image

from pipeline.faces.align import align, like_a_face, similarity, template

SIZE = (56, 46)


def face(side=400):
    """A smooth drawing (side, side) and five points in it, which lie as those of the template do."""
    y, x = np.mgrid[0:side, 0:side] + 0.5
    points = template((side, side), 0.6)
    picture = np.full((side, side), 180.0)
    for n, (px, py) in enumerate(points):
        picture -= (60 + 15 * n) * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * (side / 25) ** 2))
    return np.rint(picture).astype(np.uint8), points


def moved(picture, points, a, b, size):
    """The picture (and points) after q = a p + b, on a sheet of `size`."""
    turn, start = 1 / a, -b / a
    sheet = Image.fromarray(picture).transform(
        size[::-1], Image.Transform.AFFINE, (turn.real, -turn.imag, start.real, turn.imag, turn.real, start.imag),
        Image.Resampling.BICUBIC, fillcolor=180)  # fmt: skip
    q = points @ (1, 1j) * a + b
    return np.asarray(sheet), np.stack([q.real, q.imag], axis=1)


def test_the_template_is_where_it_is_said_to_be():
    points = template((100, 50), 1.2)
    d = 0.38 * 1.2 * 50
    expected = [(25 - d / 2, 40), (25 + d / 2, 40), (25, 40 + 0.58 * d), (25 - 0.42 * d, 40 + 1.08 * d),
                (25 + 0.42 * d, 40 + 1.08 * d)]  # fmt: skip
    assert np.allclose(points, expected)
    assert np.isclose(points[1, 0] / 50, 0.5 + 0.19 * 1.2)


def test_a_similarity_is_recovered_from_its_points():
    rng = np.random.default_rng(0)
    points, a, b = rng.normal(size=(5, 2)), 1.7 * np.exp(0.6j), 3 - 8j
    q = points @ (1, 1j) * a + b
    found = similarity(points, np.stack([q.real, q.imag], axis=1))
    assert np.allclose(found[:2], (a, b)) and np.isclose(found[2], 1)


def test_no_other_similarity_fits_better():
    rng = np.random.default_rng(1)
    points, targets = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    a, b, r = similarity(points, targets)
    p, q = points @ (1, 1j), targets @ (1, 1j)

    def error(a, b):
        return np.sum(abs(a * p + b - q) ** 2)

    assert np.isclose(error(a, b), (1 - r) * np.sum(abs(q - q.mean()) ** 2))
    for step in 1e-3 * np.exp(1j * np.arange(8)):
        assert error(a + step, b) > error(a, b) and error(a, b + step) > error(a, b)
    assert error(a.conjugate(), b) > error(a, b), "a wrong rotation would be seen here"


@pytest.mark.parametrize(("scale", "degrees"), [(1, 0), (1, 25), (0.5, -40), (0.3, 170), (1.5, 10)])
def test_a_turned_scaled_and_shifted_face_comes_back_equal(scale, degrees):
    picture, points = face()
    expected = align(picture, points, SIZE)
    a = scale * np.exp(1j * np.radians(degrees))
    other, there = moved(picture, points, a, (300 + 300j) - a * (200 + 200j), (600, 600))
    assert np.abs(align(other, there, SIZE).astype(int) - expected).max() <= 6
    wrong = there + (8 * scale, 0)
    assert np.abs(align(other, wrong, SIZE).astype(int) - expected).max() > 6


def test_the_points_arrive_at_the_template():
    picture, points = face()
    out = align(picture, points, SIZE).astype(float)
    for x, y in template(SIZE):
        cut = 255 - out[int(y) - 2 : int(y) + 4, int(x) - 2 : int(x) + 4]
        assert cut.max() > 255 - 180 + 30


def test_shrinking_averages_instead_of_picking():
    stripes = np.zeros((600, 600), np.uint8)
    stripes[::2] = 200
    small = align(stripes, template((600, 600)), (60, 60))
    assert np.ptp(small[5:-5].astype(int)) <= 10 and 95 <= small.mean() <= 105


def test_beyond_the_picture_its_edge_goes_on():
    light = np.full((40, 40), 200, np.uint8)
    assert (align(light, template((40, 40)) - 25, SIZE) == 200).all()


def test_colours_are_aligned_as_grey_is():
    picture, points = face()
    out = align(np.stack([picture] * 3, axis=2), points, SIZE)
    assert out.shape == (*SIZE, 3) and np.array_equal(out[..., 1], align(picture, points, SIZE))


def test_points_that_are_no_face_are_refused():
    points = template((100, 100))
    assert like_a_face(points) and like_a_face(points * (0.3, 1)), "a profile is a face"
    upside = points @ np.array([[-1, 0], [0, 1]])  # mirrored: left and right are exchanged
    for wrong in (None, points * np.nan, points * 0, upside):
        assert not like_a_face(wrong)
    with pytest.raises(ValueError, match="don't lie like"):
        align(np.zeros((9, 9), np.uint8), upside, SIZE)
