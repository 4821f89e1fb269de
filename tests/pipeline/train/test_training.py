"""What a training may look at, what it keeps, and when it ends."""

import inspect
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.common.errors import JobError
from pipeline.train.training import Training
from pipeline.train.watch import PATIENCE
from siamese_np.whitening import whitened


def run(training, epochs=None):
    """All epochs of a training, and the weights after each."""
    weights = []
    while not training.finished() and len(weights) != epochs:
        training.epoch()
        weights.append(training.network.tower.flat_params.copy())
    return weights


def state_of(training):
    tower = training.network.tower
    return np.concatenate([array.ravel() for array in (tower.params | tower.state).values()])


@pytest.fixture
def idle(quick_original):
    """A recipe whose weights hardly change: no epoch is better than the first."""
    return replace(quick_original, rate=1e-30, epochs=9)


def test_the_readme_shows_the_very_lines_of_a_training_step():
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"`Training\.step`.*?```python\n(.*?)```", readme, re.DOTALL)
    assert block.count("\n") == 6
    assert " ".join(block.split()) in " ".join(inspect.getsource(Training.step).split())


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(few_pairs, quick, quick_original):
    for recipe in (quick, quick_original):
        one, two, other = (Training(few_pairs, recipe, seed, "numpy") for seed in (3, 3, 4))
        before = state_of(other)
        for training in (one, two, other):
            run(training, 2)
        assert np.array_equal(state_of(one), state_of(two))
        assert not np.allclose(state_of(one), state_of(other)) and not np.allclose(before, state_of(other))


def test_test_images_have_no_influence(few_pairs, quick, poisoned):
    other = poisoned(few_pairs, "test")
    assert not np.array_equal(other.images, few_pairs.images)
    for pairs in ("hard", "fixed", "mined"):
        one, two = (Training(data, replace(quick, pairs=pairs), 0, "numpy") for data in (few_pairs, other))
        run(one), run(two)
        assert np.array_equal(state_of(one), state_of(two))
        assert [row["val_loss"] for row in one.history] == [row["val_loss"] for row in two.history]
        assert np.array_equal(one.embed(one.val), two.embed(two.val))


def test_dropped_images_are_never_used(few_pairs, quick):
    training = Training(few_pairs, quick, 0, "numpy")
    outside = ~np.isin(few_pairs.part, ("train", "val"))
    assert outside.any() and not training.x[outside].any() and training.x[~outside].any((1, 2, 3)).all()


def test_validation_images_choose_an_epoch_and_change_no_weight(few_pairs, quick, poisoned):
    one, two = (Training(data, quick, 0, "numpy") for data in (few_pairs, poisoned(few_pairs, "val")))
    assert np.array_equal(run(one), run(two))
    assert [row["loss"] for row in one.history] == [row["loss"] for row in two.history]
    assert [row["val_loss"] for row in one.history] != [row["val_loss"] for row in two.history]


def test_training_images_change_the_weights(few_pairs, quick, poisoned):
    one, two = (Training(data, quick, 0, "numpy") for data in (few_pairs, poisoned(few_pairs, "train")))
    assert not np.allclose(run(one)[0], run(two)[0])


def test_early_stopping_puts_the_weights_of_the_lowest_validation_loss_back(few_pairs, quick, monkeypatch):
    losses = iter([0.4, 0.2, 0.3, 0.2])
    monkeypatch.setattr(Training, "_validate", lambda self, z: {"val_loss": next(losses)})
    training = Training(few_pairs, replace(quick, patience=9), 0, "numpy")
    states = []
    while not training.finished():
        training.epoch()
        states.append(state_of(training))
    assert training.best == {"loss": 0.2, "epoch": 2}, "of two equal losses the first counts"
    training.use_best()
    assert np.array_equal(state_of(training), states[1]) and not np.allclose(states[1], states[3])


def test_without_early_stopping_validation_people_choose_nothing(few_pairs, quick, monkeypatch):
    losses = iter([0.4, 0.2, 0.3, 0.2])
    monkeypatch.setattr(Training, "_validate", lambda self, z: {"val_loss": next(losses)})
    training = Training(few_pairs, quick, 0, "numpy")
    last = run(training)[-1]
    training.use_best()
    assert np.array_equal(training.network.tower.flat_params, last) and training.kept_epoch == 4


@pytest.mark.parametrize(("a_pair", "between", "epochs"), [(1, (0, 9), 3), (5, (1, 3), 2), (1, (7, 9), 4)])
def test_steps_follow_from_the_pairs_per_person_and_fill_whole_epochs(few_pairs, quick, a_pair, between, epochs):
    recipe = replace(quick, steps_a_pair=a_pair, steps_between=between, least_passes=0)
    training = Training(few_pairs, recipe, 0, "numpy")
    assert training.steps_an_epoch == 2 and len(run(training)) == epochs, "4 photos and 6 pairs per person"


def test_validation_measures_all_its_pairs_with_both_kinds_of_equal_weight(few_pairs, quick):
    training = Training(few_pairs, quick, 0, "numpy")
    training.epoch()
    z, people = training.embed(training.val), few_pairs.people[training.val]
    near, far = [], []
    for i in range(len(z)):
        for j in range(i):
            (near if people[i] == people[j] else far).append(float(np.sqrt(np.sum((z[i] - z[j]) ** 2))))
    row = training.history[0]
    loss = (np.mean(np.square(near)) + np.mean(np.maximum(0, 1 - np.array(far)) ** 2)) / 2
    assert row["val_loss"] == pytest.approx(loss, rel=1e-5)
    assert (row["val_d_same"], row["val_d_different"]) == pytest.approx((np.mean(near), np.mean(far)), rel=1e-5)


def test_a_training_that_gets_no_better_stops_after_its_patience(few_pairs, idle):
    training = Training(few_pairs, replace(idle, patience=3), 0, "numpy")
    run(training)
    assert len(training.history) == 4 and training.best["epoch"] == 1


def test_without_patience_every_epoch_is_run(few_pairs, idle):
    training = Training(few_pairs, idle, 0, "numpy")
    run(training)
    assert len(training.history) == 9


def test_without_validation_the_last_weights_stay_and_nothing_stops_early(unvalidated, quick):
    training = Training(unvalidated, replace(quick, patience=1), 0, "numpy")
    weights = run(training)
    assert len(training.history) == 4 and "val_loss" not in training.history[0]
    training.use_best()
    assert np.array_equal(training.network.tower.flat_params, weights[-1])


def test_an_epoch_has_enough_steps_to_see_each_training_image_about_once(few_pairs, quick):
    for people, steps in ((6, 1), (3, 2), (5, 2), (1, 6)):
        assert Training(few_pairs, replace(quick, people_a_batch=people), 0, "numpy").steps_an_epoch == steps


def test_the_learning_rate_follows_the_schedule_over_the_whole_training(few_pairs, quick):
    training = Training(few_pairs, replace(quick, rate=0.01, warmup=2), 0, "numpy")
    rates = []
    for _ in range(8):
        training.step()
        rates.append(training.optimizer.learning_rate / 0.01)
    assert rates == pytest.approx([0.5, 1, *(0.5 * (1 + np.cos(np.pi * np.arange(6) / 6)))])


def test_augmentation_is_for_training_alone(few_pairs, quick, monkeypatch):
    sizes = []
    monkeypatch.setattr("pipeline.train.training.augment", lambda images, how, rng: sizes.append(len(images)) or images)
    training = Training(few_pairs, quick, 0, "numpy")
    training.epoch()
    assert sizes == [12, 12]
    Training(few_pairs, replace(quick, augmentation=None), 0, "numpy").epoch()
    assert len(sizes) == 2


@pytest.mark.parametrize("margin", [2, 2.5, float("inf")])
def test_a_margin_that_embeddings_of_length_1_never_reach_is_refused(few_pairs, quick, margin):
    with pytest.raises(JobError, match=rf"a margin of {margin:g} can't be reached.*--margin below 2"):
        Training(few_pairs, replace(quick, margin=margin), 0, "numpy")


def test_embeddings_of_any_length_reach_any_margin(few_pairs, quick_original):
    assert Training(few_pairs, replace(quick_original, margin=3.0), 0, "numpy").loss.margin == 3


def test_a_network_has_learnt_where_photos_of_one_person_are_nearer(few_pairs, quick, monkeypatch):
    training = Training(few_pairs, quick, 0, "numpy")
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(len(few_pairs.images), 16))
    for centre, learnt in ((3.0, True), (0.0, False)):
        z = noise + centre * rng.normal(size=(12, 16))[few_pairs.people]
        monkeypatch.setattr(training, "embed", lambda rows, z=z: z[rows])
        assert training.learnt() == learnt


def test_equal_hard_pairs_are_no_sign_that_nothing_was_learnt(few_pairs, quick, monkeypatch):
    training = Training(few_pairs, quick, 0, "numpy")
    rng = np.random.default_rng(0)
    z = rng.normal(size=(12, 16))[few_pairs.people] + 0.7 * rng.normal(size=(len(few_pairs.images), 16))
    for _ in range(2 * PATIENCE):
        training.watch.look(0.25, 0.5, 0.5, 0.5, z)
    monkeypatch.setattr(training, "embed", lambda rows: z[rows])
    assert "all distances equal" in training.watch.told and training.learnt()


def test_the_trained_network_is_whitened_with_training_photos_alone(few_pairs, quick, poisoned):
    plain, white = Training(few_pairs, quick, 0, "numpy"), Training(few_pairs, replace(quick, whiten=0.3), 0, "numpy")
    other = Training(poisoned(few_pairs, "val"), replace(quick, whiten=0.3), 0, "numpy")
    x = plain.x[plain.train_and_val[:5]]
    assert plain.trained() is plain.network.tower
    z = white.embed(few_pairs.indices("train"))
    expected = whitened(white.network.tower, z, 0.3).forward(x)
    np.testing.assert_allclose(white.trained().forward(x), expected, atol=1e-6)
    np.testing.assert_array_equal(other.trained().forward(x), white.trained().forward(x))
    assert np.abs(expected - plain.trained().forward(x)).max() > 0.01
