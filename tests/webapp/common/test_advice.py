"""What a photo itself tells against an answer."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.faces.way_in import of_crop
from webapp.common import advice

POINTS = np.array([[30.0, 40], [70, 40], [50, 60], [35, 80], [65, 80]])


@pytest.fixture
def face():
    return of_crop(np.full((112, 92), 120, np.uint8), POINTS)


def test_a_good_face_gets_no_advice(face):
    assert advice.of_face(face, face.photo) == ()


@pytest.mark.parametrize(
    "change, crop, word",
    [
        ({"box": (0.0, 0.0, 31.0, 50.0)}, 120, "small, 31 pixels"),
        ({}, 30, "dark (mean brightness 30 of 255)"),
        ({}, 240, "very bright (mean brightness 240 of 255)"),
        ({"points": POINTS + [[0, 0], [0, 0], [18, 0], [0, 0], [0, 0]]}, 120, "turned to the side"),
    ],
)
def test_a_small_dark_bright_or_turned_face_is_told_with_what_helps(face, change, crop, word):
    (sentence,) = advice.of_face(replace(face, **change), np.full((112, 92), crop, np.uint8))
    assert word in sentence and ":" in sentence


def test_the_nose_is_measured_along_the_eyes_however_the_head_is_tilted():
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]])
    moved = POINTS.copy()
    moved[2, 0] += 10
    assert advice.nose_aside(POINTS) == 0
    assert advice.nose_aside(moved) == pytest.approx(0.25)
    assert advice.nose_aside(moved @ turn) == pytest.approx(0.25)
    assert advice.nose_aside(np.full((5, 2), np.nan)) is None
    assert advice.nose_aside(np.zeros((5, 2))) is None


def test_a_photo_without_a_face_is_told_to_be_dark_only_where_it_is():
    assert "dark (mean brightness 20 of 255)" in advice.of_photo(np.full((50, 50, 3), 20, np.uint8))
    assert advice.of_photo(np.full((50, 50, 3), 120, np.uint8)) == ""
