import numpy as np
import pytest

from siamese_np.mining import hard_pairs, mined_pairs, squared_distances

PEOPLE = np.array([3, 3, 3, 1, 1, 7, 7, 7, 7, 2])  # person 2 is alone


def embeddings(seed, people=PEOPLE):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((len(people), 4)) + rng.standard_normal((8, 4))[people]


def gap(z, n, m):
    return float(np.sum((z[n] - z[m]) ** 2))


def test_squared_distances_are_those_of_the_rows_and_never_below_zero(rng):
    z = rng.standard_normal((7, 3))
    np.testing.assert_allclose(squared_distances(z), [[gap(z, n, m) for m in range(7)] for n in range(7)], atol=1e-13)
    nearly_equal = (100 + 1e-4 * rng.standard_normal((30, 64))).astype(np.float32)  # rounding is larger than distance
    assert (squared_distances(nearly_equal) >= 0).all()


def hardest_by_brute_force(z, people, negatives):
    pairs = []
    everyone = range(len(z))
    for n in everyone:
        if others := [m for m in everyone if m != n and people[m] == people[n]]:
            pairs.append((n, max(others, key=lambda m: gap(z, n, m)), True))
    for n in everyone:
        reach = max((gap(z, n, m) for m in everyone if m != n and people[m] == people[n]), default=-1)
        others = [m for m in everyone if people[m] != people[n]]
        beyond = [m for m in others if gap(z, n, m) > reach] if negatives == "semi-hard" else []
        pairs.append((n, min(beyond or others, key=lambda m: gap(z, n, m)), False))
    return pairs


@pytest.mark.parametrize("negatives", ["hard", "semi-hard"])
@pytest.mark.parametrize("seed", range(5))
def test_hard_pairs_are_those_that_brute_force_finds(negatives, seed):
    z = embeddings(seed)
    pairs, same = hard_pairs(z, PEOPLE, negatives)
    found = [(*pair, s) for pair, s in zip(pairs.tolist(), same.tolist())]
    assert found == hardest_by_brute_force(z, PEOPLE, negatives)


def test_semi_hard_differs_from_hard_somewhere():
    assert any(
        not np.array_equal(hard_pairs(embeddings(s), PEOPLE)[0], hard_pairs(embeddings(s), PEOPLE, "semi-hard")[0])
        for s in range(5)
    )


def test_a_batch_of_one_person_gives_same_pairs_alone_and_of_strangers_different_pairs_alone(rng):
    pairs, same = hard_pairs(rng.standard_normal((3, 2)), np.array([5, 5, 5]))
    assert same.tolist() == [True] * 3 and (pairs[:, 0] != pairs[:, 1]).all()
    pairs, same = hard_pairs(rng.standard_normal((3, 2)), np.array([5, 6, 7]))
    assert same.tolist() == [False] * 3


def test_hard_pairs_of_equal_embeddings_pair_no_image_with_itself():
    pairs, same = hard_pairs(np.ones((4, 3)), np.array([0, 0, 1, 1]))
    assert (pairs[:, 0] != pairs[:, 1]).all()
    np.testing.assert_array_equal(np.array([0, 0, 1, 1])[pairs[:, 0]] == np.array([0, 0, 1, 1])[pairs[:, 1]], same)


def test_a_batch_without_any_pair_is_refused():
    with pytest.raises(ValueError, match="needs two images of one person, or two people"):
        hard_pairs(np.ones((1, 3)), np.array([0]))


def test_another_kind_of_negatives_is_refused():
    with pytest.raises(ValueError, match='negatives are "hard" or "semi-hard", not \'semihard\''):
        hard_pairs(embeddings(0), PEOPLE, "semihard")


@pytest.mark.parametrize("count", [1, 2, 7, 200])
def test_mined_pairs_are_as_many_as_asked_half_of_them_same(count, rng):
    pairs, same = mined_pairs(embeddings(0), PEOPLE, count, rng)
    assert pairs.shape == (count, 2) and pairs.dtype == np.int32
    assert same.dtype == bool and same.sum() == count - count // 2
    np.testing.assert_array_equal(PEOPLE[pairs[:, 0]] == PEOPLE[pairs[:, 1]], same)
    assert (pairs[:, 0] != pairs[:, 1]).all()


@pytest.mark.parametrize("hardest", [0.0, 0.4, 1.0])
def test_mined_partners_come_from_the_hardest_share_and_all_of_it_is_used(hardest, rng):
    z = embeddings(1)
    pairs, same = mined_pairs(z, PEOPLE, 2000, rng, hardest)
    for anchor in range(len(PEOPLE)):
        for kind, farthest_first in ((True, -1), (False, 1)):
            others = [m for m in range(len(PEOPLE)) if m != anchor and (PEOPLE[m] == PEOPLE[anchor]) == kind]
            ranked = sorted(others, key=lambda m: farthest_first * gap(z, anchor, m))
            pool = ranked[: max(round(hardest * len(others)), 1)]
            assert set(pairs[(pairs[:, 0] == anchor) & (same == kind), 1].tolist()) == set(pool)


def test_each_image_is_an_anchor_in_its_turn(rng):
    pairs, same = mined_pairs(embeddings(0), PEOPLE, 38, rng)
    of_same, of_different = (np.bincount(pairs[kind, 0], minlength=10) for kind in (same, ~same))
    assert sorted(of_same.tolist()) == [0] + [2] * 8 + [3]  # 19 over the 9 images that have company
    assert sorted(of_different.tolist()) == [1] + [2] * 9  # 19 over all 10


def test_the_generator_decides_which_pairs_are_mined():
    a, b, c = (mined_pairs(embeddings(0), PEOPLE, 40, np.random.default_rng(seed))[0] for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)


@pytest.mark.parametrize("people", [[1, 1, 1], [1, 2, 3]])
def test_mining_needs_two_people_and_two_images_of_one_of_them(people, rng):
    with pytest.raises(ValueError, match="two people, and two images of one of them"):
        mined_pairs(np.ones((3, 2)), np.array(people), 4, rng)
