"""Networks trained side by side: each comes out as it would alone, and all end where one fails."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from pipeline.errors import JobError
from pipeline.members import Members
from pipeline.preprocess import Preprocessing
from pipeline.presets import Member
from pipeline.training import Stopped, Training
from siamese_np import threads

MORE = (Member(Preprocessing((16, 16), zoom=1.2)), Member(Preprocessing((20, 16)), augmentation=None))


@pytest.fixture
def cores(monkeypatch):
    def have(number):
        monkeypatch.setattr(threads, "count", lambda: number)
        threads._crew.cache_clear()

    yield have
    threads._crew.cache_clear()


@pytest.mark.parametrize("kernels_name", ["numpy", "numba"])
def test_networks_come_out_alike_one_after_the_other_and_side_by_side(few_pairs, quick, cores, tmp_path, kernels_name):
    out = {}
    for number in (1, 2, 4):
        cores(number)
        members = Members(few_pairs, replace(quick, more=MORE), 0, kernels_name, tmp_path / str(number), {})
        members.train()
        assert [len(training.history) for training in members.trainings] == [4, 4, 4]
        assert not threads._beside
        out[number] = [training.network.tower.flat_params for training in members.trainings]
    for number in (2, 4):
        assert all(np.array_equal(one, other) for one, other in zip(out[1], out[number]))


def test_where_one_fails_the_others_end_and_can_go_on(few_pairs, quick, cores, tmp_path, monkeypatch):
    cores(3)
    monkeypatch.setattr("pipeline.members.SAVE_EVERY", 0)
    r = replace(quick, epochs=3000, more=MORE[:1])
    begun, step = threading.Event(), Training.step

    def failing(self):
        if self.recipe.preprocessing == MORE[0].preprocessing:
            assert begun.wait(60)
            raise JobError("it failed")
        if len(self.history) == 2:
            begun.set()
        return step(self)

    monkeypatch.setattr(Training, "step", failing)
    members = Members(few_pairs, r, 0, "numpy", tmp_path, {"of": "these"})
    with pytest.raises(JobError, match="it failed"):
        members.train()
    assert 2 <= len(members.trainings[0].history) < 3000
    again = Members(few_pairs, r, 0, "numpy", tmp_path, {"of": "these"})
    assert [len(training.history) for training in again.trainings] == [len(members.trainings[0].history), 0]
    assert again.seconds > 0
    with pytest.raises(JobError, match="another"):
        Members(few_pairs, r, 0, "numpy", tmp_path, {"of": "others"})


def test_an_epoch_ends_before_its_next_step_when_it_is_to_stop(few_pairs, quick, monkeypatch):
    training, stop, step = Training(few_pairs, quick, 0, "numpy"), threading.Event(), Training.step
    monkeypatch.setattr(Training, "step", lambda self: (step(self), stop.set())[0])
    with pytest.raises(Stopped):
        training.epoch(stop)
    assert training.optimizer.steps == 1 < training.steps_an_epoch and training.history == []
