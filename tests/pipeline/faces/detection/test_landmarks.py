import numpy as np
import pytest

from pipeline.faces.detection import landmarks

POINTS = np.array([[204, 100], [245, 102], [224, 126], [202, 139], [244, 140]])  # of the astronaut


def test_points_of_a_crop_are_those_of_the_photo(mtcnn, astronaut):
    found = landmarks.find(np.ascontiguousarray(astronaut[40:200, 140:300]), mtcnn)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, POINTS - (140, 40), atol=4)


def test_a_grey_crop_is_read_as_three_equal_colours(mtcnn, astronaut):
    grey = astronaut[40:200, 140:300].mean(axis=2).astype(np.uint8)
    np.testing.assert_allclose(landmarks.find(grey, mtcnn), POINTS - (140, 40), atol=4)


def test_points_of_a_crop_that_is_too_tight_for_the_first_networks_are_found(mtcnn, astronaut):
    tight = np.ascontiguousarray(astronaut[80:160, 186:262])
    np.testing.assert_allclose(landmarks.find(tight, mtcnn), POINTS - (186, 80), atol=8)


def test_a_picture_without_a_face_has_none(mtcnn):
    assert landmarks.find(np.full((100, 100), 128, np.uint8), mtcnn) is None
    assert landmarks.find(np.zeros((7, 9), np.uint8), mtcnn) is None


def test_what_is_no_picture_is_refused(mtcnn):
    with pytest.raises(TypeError, match="uint8"):
        landmarks.find(np.zeros((50, 50), np.float32), mtcnn)


class Detector:
    """Finds a face of `side` pixels wherever it looks, with all points at (1, 1); the last stage alone says (2, 2)."""

    def __init__(self, side):
        self.side = side

    def find(self, picture, *settings):
        return np.array([[10.0, 10, 10 + self.side, 10 + self.side]]), np.ones(1), np.ones((1, 5, 2))

    def look(self, picture, least):
        return np.full((5, 2), 2.0)


def test_a_face_much_smaller_than_the_crop_is_not_the_face_of_the_crop():
    crop = np.zeros((100, 120), np.uint8)
    np.testing.assert_array_equal(landmarks.find(crop, Detector(29)), np.full((5, 2), 2))
    np.testing.assert_array_equal(landmarks.find(crop, Detector(30)), np.ones((5, 2)))
