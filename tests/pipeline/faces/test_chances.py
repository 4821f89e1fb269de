"""What the size, the place, the confidence and the likeness of a face say about whether it is the one that is meant."""

import numpy as np
import pytest

from pipeline.faces.chances import ENOUGH, prominence, real, right, right_or_same

SURE = np.ones(2)
NOTHING = np.zeros(2)


def test_a_face_in_the_middle_is_more_prominent_than_an_equal_one_at_the_edge():
    middle, edge, far = prominence(np.array([[40, 0, 20, 20], [80, 0, 20, 20], [0, 0, 20, 20]], float), 100)
    assert middle == 400 and edge == far == pytest.approx(400 * 0.6)


def test_two_equal_faces_leave_it_open_and_one_of_twice_the_size_does_not():
    equal, _ = right(np.ones(2), SURE, NOTHING)
    assert equal == pytest.approx([2 / 3, 2 / 3])  # either, or both
    larger, _ = right(np.array([1, 0.45]), SURE, NOTHING)
    assert larger[0] >= ENOUGH


def test_a_face_that_is_much_more_like_the_folder_is_right_though_it_is_smaller():
    chances, _ = right(np.array([0.5, 1]), SURE, np.array([3.0, -2.0]))
    assert chances.argmax() == 0 and chances[0] >= ENOUGH


def test_a_likeness_that_says_little_does_not_overrule_a_much_larger_face():
    chances, _ = right(np.array([0.05, 1]), SURE, np.array([1.5, -1.0]))
    assert chances.argmax() == 1 and chances[1] >= ENOUGH


def test_a_face_that_the_detector_doubts_counts_less():
    chances, _ = right(np.ones(2), np.array([0.8, 0.999]), NOTHING)
    assert chances[1] > ENOUGH > chances[0]


def test_alone_a_face_is_right():
    chances, _ = right(np.array([3.0]), np.ones(1), np.array([-2.0]))
    assert chances == pytest.approx([1])


def test_two_faces_of_one_person_can_not_be_mistaken_for_each_other():
    chances, q = right(np.ones(2), SURE, NOTHING)
    alike = np.full((2, 2), 6.0)
    assert (right_or_same(chances, q, alike) > 0.95).all()
    assert right_or_same(chances, q, -alike) == pytest.approx(chances, abs=1e-3)


def test_of_three_faces_the_third_still_can():
    chances, q = right(np.ones(3), np.ones(3), np.zeros(3))
    alike = np.where(np.arange(3)[:, None] + np.arange(3) == 1, 8.0, -8.0)  # the first two are one person
    assert right_or_same(chances, q, alike)[0] < ENOUGH


@pytest.mark.parametrize(("side", "confidence", "evidence", "believed"), [
    (300, 0.9, 0.0, True),  # large
    (40, 0.9, 0.0, False),
    (40, 0.9, 3.0, True),  # like the folder
    (40, 0.96, -1.0, False),
    (150, 0.81, -4.0, False),
])  # fmt: skip
def test_a_doubtful_face_is_believed_where_it_is_large_or_like_the_folder(side, confidence, evidence, believed):
    assert real(side, 1000, confidence, evidence) is believed
