"""Networks trained side by side: each ends with the weights that it gets alone, and all stop when one fails."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.datasets import drawn
from pipeline.faces.preprocess import Preprocessing
from pipeline.pairs.extra import add_people
from pipeline.train.ensemble import Ensemble
from pipeline.train.recipes import Member
from pipeline.train.training import Stopped, Training
from siamese_np import threads

MORE = (Member(Preprocessing((16, 16), zoom=1.2)), Member(Preprocessing((20, 16)), augmentation=None))


@pytest.fixture
def cores(monkeypatch):
    def have(number):
        monkeypatch.setattr(threads, "count", lambda: number)
        threads._pool.cache_clear()

    yield have
    threads._pool.cache_clear()


@pytest.mark.parametrize("kernels_name", ["numpy", "numba"])
def test_networks_get_the_same_weights_in_turn_and_side_by_side(few_pairs, quick, cores, tmp_path, kernels_name):
    out = {}
    for number in (1, 2, 4):
        cores(number)
        ensemble = Ensemble(few_pairs, replace(quick, more=MORE), 0, kernels_name, tmp_path / str(number), {})
        ensemble.train()
        assert [len(training.history) for training in ensemble.trainings] == [4, 4, 4]
        assert not threads._side_by_side_threads
        out[number] = [training.network.tower.flat_params for training in ensemble.trainings]
    alone = Ensemble(few_pairs, quick, 0, kernels_name, tmp_path / "alone", {})
    alone.train()
    assert np.array_equal(out[1][0], alone.trainings[0].network.tower.flat_params)
    for number in (2, 4):
        assert all(np.array_equal(one, other) for one, other in zip(out[1], out[number]))


def test_when_one_training_fails_the_others_end_and_can_continue(few_pairs, quick, cores, tmp_path, monkeypatch):
    cores(3)
    monkeypatch.setattr("pipeline.train.ensemble.SAVE_EVERY", 0)
    r = replace(quick, epochs=300, more=MORE[:1])
    begun, step = threading.Event(), Training.step

    def failing(self):
        if self.recipe.preprocessing == MORE[0].preprocessing:
            assert begun.wait(60)
            raise JobError("it failed")
        if len(self.history) == 2:
            begun.set()
        return step(self)

    monkeypatch.setattr(Training, "step", failing)
    ensemble = Ensemble(few_pairs, r, 0, "numpy", tmp_path, {"of": "these"})
    with pytest.raises(JobError, match="^network 2, epoch 1: it failed"):
        ensemble.train()
    assert 2 <= len(ensemble.trainings[0].history) < 300
    again = Ensemble(few_pairs, r, 0, "numpy", tmp_path, {"of": "these"})
    assert [len(training.history) for training in again.trainings] == [len(ensemble.trainings[0].history), 0]
    assert again.seconds > 0
    with pytest.raises(JobError, match="another"):
        Ensemble(few_pairs, r, 0, "numpy", tmp_path, {"of": "others"})


def test_an_epoch_ends_before_its_next_step_when_it_is_told_to_stop(few_pairs, quick, monkeypatch):
    training, stop, step = Training(few_pairs, quick, 0, "numpy"), threading.Event(), Training.step
    monkeypatch.setattr(Training, "step", lambda self: (step(self), stop.set())[0])
    with pytest.raises(Stopped):
        training.epoch(stop)
    assert training.optimizer.steps == 1 < training.steps_an_epoch and training.history == []


def test_members_with_equal_settings_get_different_weights(few_pairs, quick, tmp_path):
    same = Member(quick.preprocessing, quick.augmentation, quick.steps_between)
    first, second = Ensemble(few_pairs, replace(quick, more=(same,)), 0, "numpy", tmp_path, {}).trainings
    assert not np.array_equal(first.network.tower.flat_params, second.network.tower.flat_params)


def test_the_longest_training_begins_first_and_the_bar_counts_the_epochs_of_all(
    few_pairs, quick, tmp_path, monkeypatch
):
    r = replace(quick, epochs=9, steps_a_pair=1, steps_between=(2, 2), least_passes=0)
    r = replace(r, more=(Member(quick.preprocessing, None, (6, 6)), Member(quick.preprocessing, None, (4, 4))))
    ensemble = Ensemble(few_pairs, r, 0, "numpy", tmp_path, {})
    ensemble.trainings[1].epoch()
    order, bars, progress = [], [], console.progress
    monkeypatch.setattr(threads, "side_by_side", lambda works, stop: order.extend(work.args[0] for work in works))
    monkeypatch.setattr(console, "progress", lambda *given: bars.append(given[2:]) or progress(*given))
    ensemble.train()
    epochs = [training.epochs for training in ensemble.trainings]
    assert order == [1, 2, 0] and epochs[1] > epochs[2] > epochs[0]
    assert bars == [(sum(epochs), 1)]


def test_seconds_count_the_time_before_a_stop_and_the_time_after_it(few_pairs, quick, cores, tmp_path, monkeypatch):
    r = replace(quick, more=MORE)
    ensemble = Ensemble(few_pairs, r, 0, "numpy", tmp_path, {})
    for training, path in zip(ensemble.trainings, ensemble.checkpoints):
        training.epoch()
        training.history[0]["seconds"] = 100.0
        training.save(path, {})
    cores(2)
    again = Ensemble(few_pairs, r, 0, "numpy", tmp_path, {})
    assert again.seconds == 300 / 2
    clock = iter([1000.0, 1007.0])
    monkeypatch.setattr(threads, "side_by_side", lambda works, stop: None)
    monkeypatch.setattr("pipeline.train.ensemble.time.perf_counter", lambda: next(clock))
    again.train()
    assert again.seconds == 157


@pytest.mark.parametrize(("faulty", "left_out"), [((), []), ((1,), [2]), ((0, 2), [1, 3]), ((0, 1, 2), [])])
def test_a_network_that_did_not_learn_is_named_and_left_out(
    few_pairs, quick, tmp_path, capsys, monkeypatch, faulty, left_out
):
    ensemble = Ensemble(few_pairs, replace(quick, more=MORE), 0, "numpy", tmp_path, {})
    before = ensemble.trainings
    for number, training in enumerate(before):
        # one number in place of an embedding: that of the person, or the same for all
        people = few_pairs.people[:, None].astype(np.float32)
        z = np.ones_like(people) if number in faulty else people
        monkeypatch.setattr(training, "embed", lambda rows, z=z: z[rows])
    assert ensemble.leave_out_what_did_not_learn() == left_out
    assert ensemble.trainings == [each for number, each in enumerate(before, 1) if number not in left_out]
    assert ensemble.views == tuple(each.recipe.preprocessing for each in ensemble.trainings)
    said = capsys.readouterr().err
    for number in faulty:
        assert f"network {number + 1} of 3 did not learn: all distances are equal" in said


def test_extra_people_can_be_for_the_leading_network_alone(few_pairs, quick, tmp_path):
    more = drawn.draw(2, 3, np.random.default_rng(7), size=(40, 32))
    data, _ = add_people(few_pairs, replace(more, names=("A", "B")))
    data = replace(data, landmarks=np.full((len(data.images), 5, 2), np.nan, np.float32))
    recipe = replace(quick, more=(Member(Preprocessing((16, 16))), Member(Preprocessing((20, 16), align=1.0))))
    assert recipe.leading == 2 and quick.leading == 0
    for one, with_extra in ((True, [False, False, True]), (False, [True] * 3)):
        ensemble = Ensemble(data, recipe, 0, "numpy", tmp_path, {}, one_with_extra=one)
        found = [(training.data.part[data.is_extra] == "train").all() for training in ensemble.trainings]
        assert found == with_extra
