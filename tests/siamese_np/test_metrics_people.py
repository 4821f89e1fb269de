"""Galleries and probes, against worked examples and the definitions."""

import numpy as np
import pytest

from siamese_np import metrics


def test_all_pairs_are_every_two_rows_once():
    pairs, same = metrics.all_pairs(np.array([4, 7, 4]))
    assert pairs.tolist() == [[0, 1], [0, 2], [1, 2]] and same.tolist() == [False, True, False]


def test_cross_distances_are_those_of_every_row_to_every_row(rng):
    a, b = rng.standard_normal((4, 3)), rng.standard_normal((5, 3))
    expected = [[np.linalg.norm(x - y) for y in b] for x in a]
    np.testing.assert_allclose(metrics.cross_distances(a, b), expected, rtol=1e-12)
    assert metrics.cross_distances(a, a).diagonal().tolist() == [0] * 4


def test_mean_embeddings_by_hand():
    z, people = np.array([[3.0, 0], [0, 5], [3, 8], [0, 0]]), np.array([9, 2, 9, 5])
    known, means = metrics.mean_embeddings(z, people, unit_length=False)
    assert known.tolist() == [2, 5, 9] and means.tolist() == [[0, 5], [0, 0], [3, 4]]
    _, means = metrics.mean_embeddings(z, people)
    np.testing.assert_allclose(means, [[0, 1], [0, 0], [0.6, 0.8]])


def test_the_nearest_person_is_their_own_only_if_strictly_nearer():
    gallery, probes = np.array([1, 2, 1]), np.array([1, 2, 2, 3, 1])
    distances = np.array([[0.9, 0.5, 0.1], [0.3, 0.2, 0.4], [0.2, 0.2, 0.9], [0.0, 0.5, 0.5], [0.3, 0.3, 0.3]])
    assert metrics.nearest_is_own(distances, gallery, probes).tolist() == [True, True, False, False, False]


def test_a_gallery_holds_some_photos_of_each_person_and_leaves_some_to_ask_about(rng):
    people = np.array([1, 1, 1, 2, 2, 2, 2])
    drawn = [metrics.draw_gallery(people, 2, rng) for _ in range(50)]
    assert all(np.bincount(people[gallery]).tolist() == [0, 2, 2] for gallery in drawn)
    assert np.any(drawn, axis=0).all() and not np.all(drawn, axis=0).any()  # every photo is drawn at times, none always
    with pytest.raises(ValueError, match="a gallery of 4 photos per person: person 1 has only 3"):
        metrics.draw_gallery(people, 4, rng)
    with pytest.raises(ValueError, match="3-shot needs more than 3 photos of each person, one has 3"):
        metrics.few_shot(np.ones((7, 2)), people, 3, 1, rng)


@pytest.mark.parametrize("shots", [1, 3])
def test_few_shot_equals_its_definition(shots):
    rng = np.random.default_rng(3)
    people = np.repeat(np.arange(6), 5)
    z = rng.standard_normal((6, 4))[people] + rng.standard_normal((30, 4))
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    scores = metrics.few_shot(z, people, shots, 8, np.random.default_rng(9))
    again = np.random.default_rng(9)
    for score in scores:
        gallery = metrics.draw_gallery(people, shots, again)
        means = [z[gallery & (people == person)].mean(0) for person in range(6)]
        means = [mean / np.linalg.norm(mean) for mean in means]
        nearest = [int(np.argmin([np.linalg.norm(probe - mean) for mean in means])) for probe in z[~gallery]]
        assert score == pytest.approx(np.mean(nearest == people[~gallery]))
    assert 0.3 < scores.mean() < 1 and len(set(scores)) > 1


@pytest.mark.parametrize("shots", [1, 2])
@pytest.mark.parametrize("length", [3, 64, 101])
def test_a_network_that_answers_the_same_for_everybody_is_never_right(shots, length, rng):
    """Every probe is as near to each person: a tie, and a tie is wrong."""
    z = np.repeat(rng.standard_normal((1, length)).astype(np.float32), 40, axis=0)
    assert metrics.few_shot(z, np.repeat(np.arange(8), 5), shots, 5, rng).tolist() == [0] * 5


def test_an_equal_photo_of_another_person_makes_a_tie_and_the_answer_wrong(rng):
    z = rng.standard_normal((30, 64))
    z[1::2] = z[::2]  # photo 2i of one person is photo 2i + 1 of another
    own = metrics.nearest_is_own(metrics.cross_distances(z, z), np.arange(30), np.arange(30))
    assert not own.any()


def test_embeddings_of_any_length_are_compared_as_they_are_where_asked(rng):
    """Two people in one direction, at different lengths: only without unit_length are they told apart."""
    z = np.array([[1.0, 0], [1, 0], [1, 0], [5, 0], [5, 0], [5, 0]])
    people = np.array([0, 0, 0, 1, 1, 1])
    assert metrics.few_shot(z, people, 2, 3, rng, unit_length=False).tolist() == [1, 1, 1]
    assert metrics.few_shot(z, people, 2, 3, rng).tolist() == [0, 0, 0]


def test_the_confusion_matrix_has_the_truth_in_its_rows():
    counts = metrics.confusion_matrix(np.array([0, 0, 2, 0]), np.array([0, 1, 1, 1]), 3)
    assert counts.tolist() == [[1, 2, 0], [0, 0, 0], [0, 1, 0]]
