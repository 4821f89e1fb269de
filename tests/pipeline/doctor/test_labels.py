"""Names that were planted wrong are suspects, right ones are not."""

import numpy as np
import pytest

from pipeline.doctor import labels


@pytest.fixture(scope="module")
def people():
    return np.repeat(np.arange(9), 8)


@pytest.fixture(scope="module")
def grays(patterns):
    return patterns(9, 8).reshape(72, 80, 66)


@pytest.fixture
def landmarks(points):
    return np.tile(points, (72, 1, 1))


def test_planted_wrong_names_are_found_with_the_right_person_and_no_other(grays, people, landmarks):
    given = people.copy()
    given[[3, 20, 41]] = 5, 0, 1
    verdict = labels.judge(grays, landmarks, given)
    assert np.flatnonzero(verdict.doubted).tolist() == [3, 20, 41]
    assert verdict.nearest[[3, 20, 41]].tolist() == people[[3, 20, 41]].tolist()
    assert (np.delete(verdict.excess, [3, 20, 41]) < 0).all() and verdict.limit >= 0


def test_right_names_raise_no_suspicion(grays, people, landmarks):
    verdict = labels.judge(grays, landmarks, people)
    assert verdict.excess.max() < 0 and not verdict.doubted.any()


def test_photos_in_which_nobody_can_be_told_apart_raise_no_doubt(grays, people, landmarks):
    noise = np.random.default_rng(1).integers(0, 256, grays.shape, np.uint8)
    verdict = labels.judge(noise, landmarks, people)
    assert (verdict.excess > 0).mean() > 0.5 and not verdict.doubted.any()


def test_the_limit_is_set_by_the_right_names_whatever_the_wrong_ones_are():
    right = np.random.default_rng(2).normal(-0.5, 0.2, 200)
    clean = labels._limit(right, 0.05)
    assert 0.1 < clean < 0.4, "of 200 numbers with this spread .05 exceed -.5 + 3.5 * .2 on average"
    assert labels._limit(np.append(right, [2.0] * 8), 0.05) == pytest.approx(clean, abs=0.05)
    assert labels._limit(np.append(right, np.nan), 0.05) == clean
    assert labels._limit(right, 0.3) < clean
    assert labels._limit(right - 9, 0.05) == 0, "who is nearest to the own person is never doubted"
    assert labels._limit(np.full(5, np.nan), 0.05) == np.inf


def test_suspects_are_judged_and_not_learnt_from(grays, people, landmarks, monkeypatch):
    learnt = []
    fisherfaces = labels.baselines.fisherfaces

    def watched(pixels, train, people):
        learnt.append(train)
        return fisherfaces(pixels, train, people)

    monkeypatch.setattr(labels.baselines, "fisherfaces", watched)
    excess, _ = labels.excesses(grays, landmarks, people, suspects=np.arange(72) == 5)
    assert np.isfinite(excess).all() and learnt
    assert all(not {5, 72 + 5} & set(train.tolist()) for train in learnt), "neither the photo nor its mirror image"


def test_a_photo_is_not_judged_by_a_method_that_learnt_its_name(grays, people, landmarks):
    noise = np.random.default_rng(1).integers(0, 256, grays.shape, np.uint8)
    excess, _ = labels.excesses(noise, landmarks, people)
    assert (excess > 0).mean() > 0.5, "who has nothing of a person is nearest to another one most of the time"


def test_embeddings_are_one_view_more(grays, people, landmarks):
    noise = np.random.default_rng(1).integers(0, 256, grays.shape, np.uint8)
    z = np.eye(9)[people] + np.random.default_rng(2).normal(0, 0.1, (72, 9))
    alone, _ = labels.excesses(noise, landmarks, people)
    helped, _ = labels.excesses(noise, landmarks, people, z)
    assert (helped > 0).mean() < (alone > 0).mean() / 2


def test_what_can_not_be_judged_is_neither_judged_nor_learnt_from(grays, people, landmarks):
    points = landmarks
    points[5] = np.nan
    given = people.copy()
    given[64:70] = 7  # of person 8 two photos are left
    excess, _ = labels.excesses(grays, points, given)
    assert np.flatnonzero(np.isnan(excess)).tolist() == [5, 70, 71]
    changed = grays.copy()
    changed[[5, 70, 71]] = 0
    assert np.array_equal(labels.excesses(changed, points, given)[0], excess, equal_nan=True)


@pytest.mark.parametrize("given", [[0] * 72, [*range(72)], [k // 11 for k in range(72)]])
def test_where_there_are_too_few_people_to_compare_with_nothing_is_judged(grays, landmarks, given):
    verdict = labels.judge(grays, landmarks, np.array(given))
    assert np.isnan(verdict.excess).all() and (verdict.nearest == -1).all() and not verdict.doubted.any()


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
