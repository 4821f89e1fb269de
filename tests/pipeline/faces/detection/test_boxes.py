import numpy as np
import pytest

from pipeline.faces.detection import boxes


def test_an_unmoved_answer_is_the_cell_of_twelve_pixels_in_the_photo():
    found = boxes.of_cells(np.array([3]), np.array([5]), np.zeros((1, 4), np.float32), 0.5)
    np.testing.assert_array_equal(found, [[(2 * 5 + 1) / 0.5, (2 * 3 + 1) / 0.5, (2 * 5 + 12) / 0.5, (2 * 3 + 12) / 0.5]])


def test_a_shift_of_a_cell_is_in_units_of_eleven_pixels():
    shift = np.array([[0.1, 0.2, 0.3, 0.4]], np.float32)
    moved = boxes.of_cells(np.array([0]), np.array([0]), shift, 1.0)
    np.testing.assert_allclose(moved, [[2.1, 3.2, 15.3, 16.4]], rtol=1e-6)


def test_each_edge_moves_by_its_share_of_the_side():
    moved = boxes.moved(np.array([[0.0, 0, 9, 19]]), np.array([[0.1, 0.1, -0.1, -0.1]]))
    np.testing.assert_allclose(moved, [[1, 2, 8, 17]])


def test_a_square_has_the_same_middle_and_the_longer_side():
    np.testing.assert_allclose(boxes.square(np.array([[10.0, 0, 20, 30]])), [[0, 0, 30, 30]])
    np.testing.assert_allclose(boxes.square(np.array([[0.0, 10, 30, 20]])), [[0, 0, 30, 30]])


@pytest.mark.parametrize(
    ("box", "inside"),
    [
        ([-20, -10, 60, 80], [0, 0, 60, 79]),
        ([90, 70, 140, 140], [90, 70, 99, 79]),
        ([120, 0, 130, 10], [99, 0, 99, 10]),
        ([5, 6, 7, 8], [5, 6, 7, 8]),
    ],
)
def test_boxes_are_clipped_on_all_sides(box, inside):
    np.testing.assert_array_equal(boxes.clipped(np.array([box], float), height=80, width=100), [inside])


def test_overlap_is_the_common_area_over_the_union_or_over_the_smaller():
    box, others = np.array([0.0, 0, 10, 10]), np.array([[0.0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [2, 2, 4, 4]])
    np.testing.assert_allclose(boxes.overlap(box, others), [1, 50 / 150, 0, 4 / 100])
    np.testing.assert_allclose(boxes.overlap(box, others, "min"), [1, 0.5, 0, 1])


def test_a_box_without_area_suppresses_nothing():
    flat = np.array([[5.0, 5, 5, 5], [5, 5, 5, 5], [0, 0, 10, 10]])
    assert sorted(boxes.suppress(flat, np.array([0.9, 0.8, 0.7]), 0.5)) == [0, 1, 2]


def test_of_overlapping_boxes_the_most_confident_stays_and_boxes_apart_all_stay():
    found = np.array([[0.0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]])
    assert boxes.suppress(found, np.array([0.7, 0.9, 0.8]), 0.5).tolist() == [1, 2]


def test_overlap_of_exactly_the_threshold_is_allowed():
    found = np.array([[0.0, 0, 10, 10], [0, 0, 10, 5]])
    assert len(boxes.suppress(found, np.array([0.9, 0.8]), 0.5)) == 2


def test_a_box_that_has_gone_still_suppresses_the_next():
    chain = np.array([[0.0, 0, 10, 10], [3, 0, 13, 10], [6, 0, 16, 10]])
    assert boxes.suppress(chain, np.array([0.9, 0.8, 0.7]), 0.5).tolist() == [0]


def test_of_equally_confident_boxes_the_last_goes_first():
    assert boxes.best_first(np.array([0.5, 0.9, 0.9])).tolist() == [2, 1, 0]


def test_suppression_of_no_boxes_is_empty():
    assert len(boxes.suppress(np.empty((0, 4)), np.empty(0), 0.5)) == 0


def test_suppression_equals_the_matrix_of_all_overlaps():
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 50, (60, 2))
    found = np.concatenate([corner, corner + rng.uniform(1, 40, (60, 2))], axis=1)
    confidence = rng.permutation(60) / 60
    order = np.argsort(-confidence)
    stay = [i for rank, i in enumerate(order) if all(boxes.overlap(found[i], found[[j]])[0] <= 0.4 for j in order[:rank])]
    assert boxes.suppress(found, confidence, 0.4).tolist() == stay
