"""Names that were planted wrong are suspects, right ones are not."""

import numpy as np
import pytest

from pipeline.doctor import labels


@pytest.fixture(scope="module")
def people():
    return np.repeat(np.arange(6), 8)


@pytest.fixture(scope="module")
def grays(patterns):
    return patterns(6, 8).reshape(48, 80, 66)


@pytest.fixture
def landmarks(points):
    return np.tile(points, (48, 1, 1))


def test_planted_wrong_names_are_found_with_the_right_person_and_no_other(grays, people, landmarks):
    given = people.copy()
    given[[3, 20, 41]] = 5, 0, 1
    excess, nearest = labels.excesses(grays, landmarks, given)
    assert np.flatnonzero(excess > labels.SUSPECT).tolist() == [3, 20, 41]
    assert nearest[[3, 20, 41]].tolist() == people[[3, 20, 41]].tolist()
    assert (np.delete(excess, [3, 20, 41]) < 0).all()


def test_right_names_raise_no_suspicion(grays, people, landmarks):
    excess, _ = labels.excesses(grays, landmarks, people)
    assert excess.max() < 0


def test_a_photo_is_not_judged_by_a_method_that_learnt_its_name(grays, people, landmarks):
    noise = np.random.default_rng(1).integers(0, 256, grays.shape, np.uint8)
    excess, _ = labels.excesses(noise, landmarks, people)
    assert (excess > 0).mean() > 0.5, "who has nothing of a person is nearest to another one most of the time"


def test_embeddings_are_one_view_more(grays, people, landmarks):
    noise = np.random.default_rng(1).integers(0, 256, grays.shape, np.uint8)
    z = np.eye(6)[people] + np.random.default_rng(2).normal(0, 0.1, (48, 6))
    alone, _ = labels.excesses(noise, landmarks, people)
    helped, _ = labels.excesses(noise, landmarks, people, z)
    assert (helped > 0).mean() < (alone > 0).mean() / 2


def test_what_can_not_be_judged_is_neither_judged_nor_learnt_from(grays, people, landmarks):
    points = landmarks
    points[5] = np.nan
    given = people.copy()
    given[40:46] = 9  # of person 5 two photos are left
    excess, _ = labels.excesses(grays, points, given)
    assert np.flatnonzero(np.isnan(excess)).tolist() == [5, 46, 47]
    changed = grays.copy()
    changed[[5, 46, 47]] = 0
    assert np.array_equal(labels.excesses(changed, points, given)[0], excess, equal_nan=True)


@pytest.mark.parametrize("given", [[0] * 48, [*range(48)]])
def test_where_there_is_nobody_to_compare_with_nothing_is_judged(grays, landmarks, given):
    excess, nearest = labels.excesses(grays, landmarks, np.array(given))
    assert np.isnan(excess).all() and (nearest == -1).all()


def test_the_same_photos_are_judged_the_same(grays, people, landmarks):
    first, second = (labels.excesses(grays, landmarks, people)[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_orientations_know_the_direction_of_an_edge_and_not_its_strength():
    ramp = np.tile(np.arange(16.0), (16, 1))
    across, down, faint = labels.orientations(np.stack([ramp, ramp.T, ramp / 9])).reshape(3, 8, 4)
    assert np.allclose(across[0], 1) and np.allclose(across[1:], 0), "a gradient along x is direction 0"
    assert np.allclose(down[4], 1) and np.allclose(np.delete(down, 4, 0), 0)
    assert np.allclose(across, faint)
    slanted = labels.orientations((ramp + np.tan(np.pi / 16) * ramp.T)[None]).reshape(8, 4)
    assert np.allclose(slanted[0], slanted[1]) and slanted[0].min() > 0.5, "halfway between two counts for both"
