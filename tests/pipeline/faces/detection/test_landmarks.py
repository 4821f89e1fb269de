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
    """Finds a face of `side` pixels wherever it looks, with points around (50, 40); O-Net alone is unsure."""

    def __init__(self, side):
        self.side = side

    def find(self, picture, *settings):
        face = np.array([[10.0, 10, 10 + self.side, 10 + self.side]])
        return face, np.ones(1), landmarks.IN_SQUARE[None] * 30 + 30

    def examine(self, picture, squares):
        points = squares[:, None, :2] + landmarks.IN_SQUARE * (squares[:, 2:] - squares[:, :2])[:, None]
        return np.full(len(squares), 0.5), squares, points


def test_a_face_much_smaller_than_the_crop_is_not_the_face_of_the_crop():
    crop = np.zeros((100, 120), np.uint8)
    whole = landmarks.IN_SQUARE * (120, 100)
    largest = landmarks.find(crop, Detector(30))
    np.testing.assert_allclose(largest, landmarks.IN_SQUARE * 30 + 30, atol=0.1)
    refined = landmarks.refine(np.zeros((100, 120, 3), np.uint8), whole, Detector(29))
    np.testing.assert_allclose(landmarks.find(crop, Detector(29)), refined, atol=1e-3)


def test_a_crop_of_which_the_last_stage_is_sure_is_not_searched(mtcnn, astronaut, monkeypatch):
    monkeypatch.setattr(type(mtcnn), "find", lambda *_: pytest.fail("searched"))
    face = np.ascontiguousarray(astronaut[50:185, 165:285])
    np.testing.assert_allclose(landmarks.find(face, mtcnn), POINTS - (165, 50), atol=4)


def test_refined_points_depend_little_on_where_they_began(mtcnn, astronaut):
    exact = landmarks.refine(astronaut, POINTS.astype(float), mtcnn)
    eyes = np.linalg.norm(exact[1] - exact[0])
    for moved in (POINTS + (4, -3), (POINTS - POINTS.mean(0)) * 1.15 + POINTS.mean(0)):
        assert np.abs(landmarks.refine(astronaut, moved, mtcnn) - exact).mean() < 0.03 * eyes


def test_the_square_of_points_that_lie_as_usual_is_the_usual_one():
    (square,) = landmarks.squares(landmarks.IN_SQUARE * 48 + (100, 200))
    np.testing.assert_allclose(square, [100, 200, 148, 248])
