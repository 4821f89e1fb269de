import numpy as np
import pytest

from pipeline.faces.detection import networks, pyramid
from pipeline.faces.detection.crops import crops


def test_each_level_is_smaller_by_the_factor_and_the_first_makes_the_smallest_face_twelve_pixels():
    scales = np.array(pyramid.scales(600, 800, 20))
    assert scales[0] == 12 / 20
    np.testing.assert_allclose(scales[1:] / scales[:-1], 0.709)


@pytest.mark.parametrize("side", range(1, 1100, 7))
def test_for_faces_of_20_pixels_there_are_as_many_levels_as_in_the_package(side):
    package = max(round(-(np.log(side / 12) / np.log(0.709) + 1)), 0)
    assert len(pyramid.scales(side, 5000, 20)) == package


@pytest.mark.parametrize("face", [12, 20, 23, 40, 100, 300])
def test_the_last_level_is_small_and_still_fits_p_net(face):
    last = pyramid.scales(720, 1280, face)[-1]
    assert 12 <= int(720 * last) <= 17


def test_a_picture_smaller_than_the_smallest_face_has_no_level():
    assert pyramid.scales(12, 12, 20) == [] and pyramid.scales(20, 400, 20) == []


def test_every_strip_of_a_very_wide_level_has_places():
    level = np.zeros((3, 14, 40_000), np.float32)
    strips = pyramid.strips(level)
    assert [first for first, _ in strips] == [0, 1] and all(rows.shape[1] == 12 for _, rows in strips)


def test_area_resizing_by_a_whole_factor_is_the_mean_of_blocks():
    picture = np.random.default_rng(0).integers(0, 256, (12, 20, 3), np.uint8)
    blocks = picture.transpose(2, 0, 1).reshape(3, 4, 3, 5, 4).mean(axis=(2, 4))
    np.testing.assert_allclose(pyramid.area_resize(picture, 4, 5), blocks, rtol=1e-5)


@pytest.mark.parametrize("size", [(5, 7), (11, 13), (12, 20), (15, 33)])
def test_area_resizing_equals_cutting_pixels_into_equal_shares(size):
    picture = np.random.default_rng(0).integers(0, 256, (12, 20, 3), np.uint8)
    fine = picture.transpose(2, 0, 1).repeat(size[0], axis=1).repeat(size[1], axis=2)  # every pixel of both is a whole number of these
    shares = fine.reshape(3, size[0], 12, size[1], 20).mean(axis=(2, 4))
    np.testing.assert_allclose(pyramid.area_resize(picture, *size), shares, rtol=1e-5, atol=1e-4)


def test_crops_equal_bilinear_interpolation_and_are_grey_outside():
    ndimage = pytest.importorskip("scipy.ndimage")
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    boxes = np.array([[3.0, 4.0, 30.5, 31.5], [-10.0, 20.0, 25.0, 55.0], [0.0, 0.0, 50.0, 40.0]])
    cut = crops(picture, boxes, 24)
    for n, (x1, y1, x2, y2) in enumerate(boxes):
        y = np.linspace(y1 * 39 / 40, y2 * 39 / 40, 24)
        x = np.linspace(x1 * 49 / 50, x2 * 49 / 50, 24)
        grid = np.meshgrid(y, x, indexing="ij")
        inside = (grid[0] >= 0) & (grid[0] <= 39 + 1e-4) & (grid[1] >= 0) & (grid[1] <= 49 + 1e-4)
        for c in range(3):
            value = ndimage.map_coordinates(networks.normal(picture[:, :, c]), grid, order=1, mode="nearest")
            np.testing.assert_allclose(cut[n, c], np.where(inside, value, 0), atol=1e-3)
