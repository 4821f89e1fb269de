"""Cross-validation: who is asked about by which network, and what the rates are of."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from pipeline import pairs
from pipeline.datasets import drawn
from pipeline.faces.preprocess import Preprocessing
from pipeline.pairs.extra import add_people
from pipeline.recognise import gallery_threshold, rules
from pipeline.recognise.recogniser import Recogniser
from pipeline.recognise.spaces import PLAIN, WHITENED
from pipeline.train import crossvalidation as cross
from pipeline.train.recipes import Member
from pipeline.train.training import Training


@pytest.fixture(scope="module")
def all_train():
    """5 drawn people x 6 images, all of them to train."""
    rng = np.random.default_rng(2)
    faces = drawn.draw(5, 6, rng, size=(40, 32))
    return pairs.build(faces, pairs.by_image(faces, 0, 0, rng), 40, rng)


def test_a_stranger_is_never_trained_on_and_a_new_photo_is_of_somebody_who_is(all_train):
    people = all_train.people
    found = cross.folds(all_train, 0)
    assert len(found) == 4
    for fold in found:
        rows = np.concatenate([fold.train, fold.new, fold.strangers])
        assert len(set(rows)) == len(rows) == 30
        assert not set(people[fold.strangers]) & set(people[np.concatenate([fold.train, fold.new])])
        assert set(people[fold.new]) <= set(people[fold.train])
    assert sorted(np.concatenate([fold.strangers for fold in found])) == list(range(30)), "each is a stranger once"
    asked = np.concatenate([fold.new for fold in found])
    assert len(set(asked)) == len(asked), "no photo is new twice"
    assert [list(fold.train) for fold in cross.folds(all_train, 0)] == [list(fold.train) for fold in found]


def test_equal_photos_are_in_one_fold(all_train):
    images = all_train.images.copy()
    images[1] = images[0] ^ 1  # nearly the same
    twins = replace(all_train, images=images)
    for fold in cross.folds(twins, 3):
        places = [{row in part for part in (fold.train, fold.new, fold.strangers)} and
                  [row in set(part) for part in (fold.train, fold.new, fold.strangers)] for row in (0, 1)]  # fmt: skip
        assert places[0] == places[1]


def test_extra_people_are_in_no_fold(all_train):
    more = drawn.draw(3, 4, np.random.default_rng(9), size=(40, 32))
    added, _ = add_people(all_train, replace(more, names=("A", "B", "C")))
    for fold in cross.folds(added, 0):
        assert max(fold.train.max(), fold.new.max(), fold.strangers.max()) < 30
        left = added.dropping(np.concatenate([fold.new, fold.strangers]))
        assert (left.part[30:] == "train").all() and (left.part[fold.train] == "train").all()
        assert not np.isin(left.pairs["train"], np.concatenate([fold.new, fold.strangers])).any()


def test_somebody_with_one_photo_is_a_stranger_and_never_new(all_train):
    one = all_train.dropping(np.flatnonzero(all_train.people == 2)[1:])
    for fold in cross.folds(one, 0):
        assert 2 not in one.people[fold.new]


def test_two_people_are_too_few(all_train):
    with pytest.raises(ValueError, match="3 people, got 2"):
        cross.folds(all_train.dropping(np.flatnonzero(all_train.people > 1)), 0)


@pytest.mark.parametrize("rule", rules.RULES)
def test_a_fold_is_judged_by_the_distances_to_its_training_photos(rule):
    rng = np.random.default_rng(4)
    people = np.repeat(np.arange(4), 5)
    z = rng.normal(size=(4, 6))[people] + 0.7 * rng.normal(size=(20, 6))
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    rows = np.arange(20)
    fold = cross.Fold(rows[(people < 3) & (rows % 5 > 0)], rows[(people < 3) & (rows % 5 == 0)], rows[people == 3])

    def away(probe, person):
        own = [z[i] for i in fold.train if people[i] == person]
        mean = sum(own) / np.sqrt((sum(own) ** 2).sum())
        to_mean, *to_photos = (np.sqrt(((z[probe] - each) ** 2).sum()) for each in (mean, *own))
        return {"mean": to_mean, "nearest": min(to_photos), "both": (to_mean + 2 * min(to_photos)) / 3}[rule]

    found = cross.judge(z, people, fold, rule, True)
    assert found.people == 3
    assert found.among == pytest.approx(np.mean([away(i, k) for i in fold.train for k in range(3) if k != people[i]]))
    assert found.apart == pytest.approx(np.mean([away(i, k) for i in fold.strangers for k in range(3)]))
    np.testing.assert_allclose(found.strangers, [min(away(i, k) for k in range(3)) for i in fold.strangers])
    np.testing.assert_allclose(found.nearest, [min(away(i, k) for k in range(3)) for i in fold.new])
    assert found.right.tolist() == [min(range(3), key=lambda k: away(i, k)) == people[i] for i in fold.new]


def test_no_fold_has_a_say_in_its_own_threshold():
    def fold(apart, strangers):
        nearest, right = np.array([0.1, 0.2, 0.9]), np.array([True, False, True])
        return cross.Judged(3, 1.0, apart, 0.5, nearest, right, np.array(strangers))

    t = cross.threshold_of(0.8, 3, 0.5)  # of the others, whose ratio is .8
    other = cross.threshold_of((0.8 + 0.2) / 2, 3, 0.5)
    judged = [fold(0.8, [other - 0.01, other + 0.01]), fold(0.8, [other - 0.01]), fold(0.2, [t - 0.01, t + 0.01, t + 0.02])]
    found = cross.summary(judged)
    assert found["strangers_rejected"] == pytest.approx(3 / 6) and found["stranger_photos"] == 6
    assert (found["nearest_right"], found["named_right"], found["named_wrong"]) == pytest.approx((2 / 3, 1 / 3, 1 / 3))
    assert found["ratio"] == pytest.approx(0.6) and found["gallery_size"] == 3 and found["new_photos"] == 9


def test_the_threshold_is_drawn_towards_what_training_photos_say():
    assert cross.threshold_of(0.9, 4, 0.3) == pytest.approx((4 * gallery_threshold.normal(0.9, 4, 0.17) + 10 * 0.3) / 14)
    whitened = (4 * gallery_threshold.normal(0.9, 4, WHITENED.spread) + 30 * 0.3) / 34
    assert cross.threshold_of(0.9, 4, 0.3, WHITENED) == pytest.approx(whitened)


def test_all_networks_are_trained_and_judged(all_train, quick, few_rehearsals):
    found = cross.cross_validate(all_train, quick, 0, "numpy")
    assert found["people"] == 5 and found["folds"] == 4
    for rates in (*found["rules"].values(), found["raw_pixels"]):
        assert rates["stranger_photos"] == 30 and 0 < rates["new_photos"] <= 30
        assert rates["named_right"] <= rates["nearest_right"] and 0 <= rates["strangers_rejected"] <= 1
    assert found == cross.cross_validate(all_train, quick, 0, "numpy")
    z = np.random.default_rng(0).normal(size=(30, 4))
    entry = cross.entry(found, "mean", z, all_train.people, SimpleNamespace(unit_length=False, space=PLAIN))
    assert entry["far"] == pytest.approx(1 - found["rules"]["mean"]["strangers_rejected"])
    assert entry["far_measured"] and entry["far_low"] <= entry["far"] <= entry["far_high"] and entry["people"] == 5


@pytest.mark.parametrize("with_extra", [False, True])
def test_the_leading_network_stands_for_all_unless_it_alone_trains_on_extra_people(
    all_train, quick, monkeypatch, few_rehearsals, with_extra
):
    more = drawn.draw(3, 4, np.random.default_rng(9), size=(40, 32))
    data = add_people(all_train, replace(more, names=("A", "B", "C")))[0] if with_extra else all_train
    recipe = replace(quick, more=(Member(Preprocessing((16, 16)), steps_between=(7, 9)), Member(Preprocessing((20, 16)))))
    seen, towers = [], []

    def training(data, member, seed, kernels_name):
        seen.append(((data.part[data.is_extra] == "train").all() and data.is_extra.any(), member.preprocessing.size,
                     member.steps_between))  # fmt: skip
        return Training(data, member, seed, kernels_name)

    def recogniser(members, *rest):
        towers.append([id(member) for member in members])
        return Recogniser(members, *rest)

    monkeypatch.setattr(cross, "Training", training)
    monkeypatch.setattr(cross, "Recogniser", recogniser)
    cross.cross_validate(data, recipe, 0, "numpy")
    first = quick.steps_between[0]
    if with_extra:
        assert set(seen) == {(True, (20, 16), (first, first)), (False, (16, 16), (7, 7))} and len(seen) == 8
        assert all(len(each) == 3 and each[1] == each[2] != each[0] for each in towers), "the second for two networks"
    else:
        assert set(seen) == {(False, (20, 16), (first, first))} and len(seen) == 4
        assert all(len(each) == 1 for each in towers)
