"""Drawing pairs: exactly the wanted number, half of them same, none wrong, and in bounded time."""

import time
import tracemalloc
from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from pipeline.common.errors import JobError
from pipeline.pairs import draw_pairs
from pipeline.pairs.draw import possible_pairs


def draw(people, count, seed=0, indices=None):
    people = np.array(people, np.int32)
    indices = np.arange(len(people)) if indices is None else indices
    return draw_pairs(people, indices, count, np.random.default_rng(seed))


def as_sets(pairs):
    return [frozenset(pair) for pair in pairs.tolist()]


def test_a_thousand_pairs_of_two_people_have_no_wrong_same_and_no_image_beside_itself():
    people = np.repeat([0, 1], 3)
    pairs, same = draw(people, 1000)
    assert pairs.shape == (1000, 2) and pairs.dtype == np.int32 and same.dtype == np.bool_
    assert (same == (people[pairs[:, 0]] == people[pairs[:, 1]])).all()
    assert (pairs[:, 0] != pairs[:, 1]).all()
    assert set(pairs.ravel()) == set(range(6))


@pytest.mark.parametrize("count", [0, 1, 2, 7, 33, 1001])
@pytest.mark.parametrize("people", [[0, 0, 1], [4, 2, 2, 2, 9, 9, 4], [0] * 5 + [1] * 1 + [2] * 7])
def test_the_wanted_number_of_pairs_is_drawn_and_half_of_them_are_same(people, count):
    pairs, same = draw(people, count)
    assert len(pairs) == len(same) == count
    assert same.sum() == count - count // 2
    assert (same == (np.array(people)[pairs[:, 0]] == np.array(people)[pairs[:, 1]])).all()


def test_no_pair_comes_twice_while_others_remain():
    people = np.repeat(np.arange(5), 4)  # 30 same pairs, 160 different ones
    pairs, same = draw(people, 60)
    assert len(set(as_sets(pairs))) == 60
    pairs, same = draw(people, 2 * 65)
    times = Counter(as_sets(pairs[same]))
    assert len(times) == 30 and sorted(set(times.values())) == [2, 3] and times.total() == 65
    assert len(set(as_sets(pairs[~same]))) == 65


def test_every_possible_pair_is_equally_likely():
    people = [0, 1, 0, 2, 1, 1]
    counts = Counter()
    for seed in range(3000):
        pairs, _ = draw(people, 2, seed)
        counts.update(as_sets(pairs))
    same = [counts[frozenset(two)] for two in combinations(range(6), 2) if people[two[0]] == people[two[1]]]
    different = [counts[frozenset(two)] for two in combinations(range(6), 2) if people[two[0]] != people[two[1]]]
    assert len(same) == 4 and len(different) == 11
    for found, expected in ((same, 3000 / 4), (different, 3000 / 11)):
        assert sum((n - expected) ** 2 / expected for n in found) < 30  # chi squared: 10 degrees, one in a thousand


def test_the_order_of_the_list_tells_nothing_about_a_pair():
    pairs, same = draw(np.repeat(np.arange(10), 10), 400)
    assert 70 < same[:200].sum() < 130
    assert 150 < (pairs[:, 0] < pairs[:, 1]).sum() < 250


def test_only_the_images_that_were_given_are_used():
    people = np.repeat(np.arange(4), 5)
    pairs, _ = draw(people, 200, indices=[0, 2, 4, 11, 12])
    assert set(pairs.ravel()) == {0, 2, 4, 11, 12}


def test_the_order_of_the_images_given_does_not_matter_but_the_seed_does():
    people = np.tile([3, 1, 2], 6)
    forward, _ = draw(people, 50, indices=np.arange(18))
    backward, _ = draw(people, 50, indices=np.arange(18)[::-1])
    other, _ = draw(people, 50, seed=1, indices=np.arange(18))
    assert (forward == backward).all()
    assert (forward != other).any()


@pytest.mark.parametrize(
    ("people", "reason"),
    [([], "at least 2 people, got 0"), ([5, 5, 5], "at least 2 people, got 1"), ([0, 1, 2], "everybody has 1")],
)
def test_impossible_pairs_are_refused_before_drawing(people, reason):
    with pytest.raises(JobError, match=reason):
        draw(people, 10)


def test_ten_thousand_pairs_take_little_time_and_memory_even_of_twenty_thousand_images():
    people = np.repeat(np.arange(2000), 10)
    tracemalloc.start()
    draw(people, 10_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6

    def seconds():
        start = time.perf_counter()
        draw(people, 10_000)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.05


@pytest.mark.parametrize("people", [[], [0], [0, 1], [0, 0, 1, 1, 1, 7]])
def test_the_number_of_possible_pairs_is_the_length_of_their_list(people):
    listed = [a == b for a, b in combinations(people, 2)]
    assert possible_pairs(np.array(people, int)) == (sum(listed), len(listed) - sum(listed))
