import numpy as np
import pytest

from pipeline.recognise import rules


def distance(a, b):
    return float(np.sqrt(((a - b) ** 2).sum()))


def by_hand(rule, probe, own):
    mean, nearest = distance(probe, own.mean(0)), min(distance(probe, z) for z in own)
    return {"mean": mean, "nearest": nearest, "both": (mean + 2 * nearest) / 3}[rule]


@pytest.mark.parametrize("rule", rules.RULES)
def test_gallery_distances_against_loops(rule):
    rng = np.random.default_rng(3)
    gallery, people, probes = rng.normal(size=(7, 4)), np.array([5, 2, 2, 9, 5, 5, 2]), rng.normal(size=(3, 4))
    known, d = rules.gallery_distances(rule, gallery, people, probes, unit_length=False)
    assert known.tolist() == [2, 5, 9] and d.shape == (3, 3)
    for p, probe in enumerate(probes):
        for k, person in enumerate(known):
            assert d[p, k] == pytest.approx(by_hand(rule, probe, gallery[people == person]))


def test_of_one_photo_all_rules_give_its_distance():
    z = np.eye(3)
    for rule in rules.RULES:
        assert rules.to_rest(rule, z[0], z[1:2], True) == pytest.approx(np.sqrt(2))


@pytest.mark.parametrize("rule", rules.RULES)
def test_the_distance_to_the_rest_of_a_person(rule):
    z = np.random.default_rng(0).normal(size=(4, 5))
    assert rules.to_rest(rule, z[0], z[1:], False) == pytest.approx(by_hand(rule, z[0], z[1:]))


def test_another_rule_is_refused():
    with pytest.raises(ValueError, match="there is no rule 'median': use one of both, mean, nearest"):
        rules.combined("median", 1.0, 1.0)
