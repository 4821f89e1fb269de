"""A face that the detector misses by a hair is looked for in the mirror image and at another size."""

import numpy as np
import pytest

from pipeline.faces.align import POINTS
from pipeline.faces.looking import faces

PHOTO = np.zeros((100, 200, 3), np.uint8)
PHOTO[:, :100] = 10  # the left half


def found(x, y, size):
    return [{"box": [x, y, size, size], "confidence": 0.9, "keypoints": {name: [x + k, y] for k, name in enumerate(POINTS)}}]


def only(condition, x, y, size):
    looks = []

    def detect(rgb):
        looks.append(rgb.shape)
        return found(x, y, size) if condition(rgb) else []

    return detect, looks


def test_what_is_found_at_once_is_not_looked_for_again():
    detect, looks = only(lambda rgb: True, 10, 20, 30)
    (face,) = faces(PHOTO, detect)
    assert face["box"] == [10, 20, 30, 30] and len(looks) == 1


def test_a_face_of_the_mirror_image_is_turned_back():
    detect, looks = only(lambda rgb: rgb[0, 0, 0] == 0, 150, 20, 30)
    (face,) = faces(PHOTO, detect)
    assert face["box"] == [20, 20, 30, 30] and len(looks) == 2
    assert face["keypoints"]["left_eye"][0] == 200 - 151 and face["keypoints"]["right_eye"][0] == 200 - 150
    assert face["keypoints"]["nose"] == [200 - 152, 20]


def test_a_face_of_a_smaller_photo_is_scaled_back():
    detect, looks = only(lambda rgb: rgb.shape[1] < 200, 10, 20, 30)
    (face,) = faces(PHOTO, detect)
    assert looks[2][1] == 168 and face["box"] == pytest.approx([k * 200 / 168 for k in (10, 20, 30, 30)])
    assert face["keypoints"]["nose"] == pytest.approx([12 * 200 / 168, 20 * 200 / 168])


def test_a_photo_without_a_face_has_none():
    detect, looks = only(lambda rgb: False, 0, 0, 0)
    assert faces(PHOTO, detect) == [] and len(looks) == 3
