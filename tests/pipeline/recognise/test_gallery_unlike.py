"""A photo that is nearer to another person than to the rest of its own is marked."""

import numpy as np
import pytest

from pipeline.recognise.gallery_threshold import snapshot_of
from pipeline.recognise.gallery_unlike import unlike

NAMES = "ABCDEFGHIJ"


def people(counts, noise=0.03, seed=0):
    """Embeddings on the sphere around one direction for each person, and owners."""
    rng = np.random.default_rng(seed)
    owners = np.repeat(np.arange(len(counts)), counts)
    z = np.eye(16)[owners] + noise * rng.normal(size=(len(owners), 16))
    return z / np.linalg.norm(z, axis=1, keepdims=True), owners


def marked(z, owners):
    return sorted(unlike(snapshot_of(z, owners, NAMES)))


def test_right_photos_are_not_marked():
    assert marked(*people([3, 1, 2, 5])) == []


@pytest.mark.parametrize("count", [3, 4, 9])
def test_a_photo_of_another_person_alone_is_marked_though_it_draws_the_mean_away(count):
    z, owners = people([count, 3, 3])
    z[0] = z[-1] + 0.01
    z[0] /= np.linalg.norm(z[0])
    assert marked(z, owners) == [0]


def test_the_photo_that_is_marked_is_by_hand_the_one_that_fulfils_the_inequality():
    z = np.array([[1, 0], [0.8, 0.6], [0, 1], [0, 1]], float)
    # of 0 and 1: own distance .632 for both; to the other mean (0, 1): 1.414 and .894. Then 1 moves on
    assert marked(z, np.array([0, 0, 1, 1])) == []
    z[1] = [0.28, 0.96]  # own distance 1.2, to (0, 1) .283
    assert marked(z, np.array([0, 0, 1, 1])) == [1]


def test_of_two_photos_one_is_marked_and_never_more_than_half():
    z, owners = people([2, 3])
    z[1] = z[3]
    assert len(marked(z, owners)) == 1
    mixed, owners = people([6, 6])
    shuffled = owners[np.random.default_rng(1).permutation(12)]
    found = marked(mixed, np.sort(owners)[np.argsort(shuffled, kind="stable")])
    assert all(np.sum(np.array(found) // 6 == person) <= 3 for person in (0, 1))


def test_one_person_or_one_photo_each_says_nothing():
    z, owners = people([4])
    z[0] = -z[0]
    assert marked(z, owners) == []
    assert marked(*people([1, 1, 1])) == []


def test_embeddings_off_the_sphere_are_compared_with_plain_means():
    z = np.array([[0, 0], [0, 4], [10, 0], [10, 2], [9, 1.0]])
    assert marked(z, np.array([0, 0, 1, 1, 0])) == [2]
