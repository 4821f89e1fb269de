"""A stopped training continues with the same bits; a run folder holds one training, and none is replaced unasked."""

import json
from dataclasses import replace

import numpy as np
import pytest

from pipeline.common.errors import JobError
from pipeline.faces.preprocess import Preprocessing
from pipeline.pairs import fingerprint
from pipeline.recognise import recogniser
from pipeline.train import checkpoint, train
from pipeline.train.command import EARLIER
from pipeline.train.recipes import Member
from pipeline.train.training import Training

pytestmark = pytest.mark.usefixtures("no_curves", "few_rehearsals")


def start(data, recipe, run, **options):
    return train(data, "default", recipe, run, **{"kernels_name": "numpy", **options})


def arrays_of(path):
    with np.load(path, allow_pickle=False) as stored:
        return {name: array for name, array in stored.items() if name not in ("header", "sha256")}


def all_of(run):
    """All that a training writes, without its seconds."""
    arrays, values = checkpoint.load(run / "checkpoint.npz")
    history = [{name: value for name, value in row.items() if name != "seconds"} for row in values.pop("history")]
    header = recogniser.load(run, "numpy").extra
    return arrays | arrays_of(run / "model.npz"), [history, values, {**header, "seconds": 0}]


def assert_equal(one, two):
    (arrays, values), (others, other_values) = all_of(one), all_of(two)
    assert list(arrays) == list(others) and any(name.startswith("best/") for name in arrays)
    assert all(np.array_equal(array, others[name]) for name, array in arrays.items())
    assert values == other_values


def files_of(run):
    return {path.name: path.read_bytes() for path in run.iterdir()}


@pytest.fixture
def stop(monkeypatch):
    """stop(data, recipe, run, steps): a training that Ctrl-C interrupts in the step after `steps` steps."""

    def run_until(data, recipe, run, steps, **options):
        step, left = Training.step, iter(range(steps))

        def stopping(self):
            if next(left, None) is None:
                step(self)  # a part of the step is done: weights and random numbers have changed
                raise KeyboardInterrupt
            return step(self)

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr("pipeline.train.ensemble.SAVE_EVERY", 0)
            patch.setattr(Training, "step", stopping)
            start(data, recipe, run, **options)

    return run_until


WAYS = [(way, "numpy") for way in ("hard", "semi-hard", "mined", "fixed", "original")]


@pytest.mark.parametrize(("way", "kernels_name"), [*WAYS, ("hard", "numba"), ("original", "numba")])
def test_a_stopped_training_continues_with_the_same_bits(
    few_pairs, quick, quick_original, way, kernels_name, stop, tmp_path, capsys
):
    r = quick_original if way == "original" else replace(quick, pairs=way, pairs_a_batch=6)
    start(few_pairs, r, tmp_path / "whole", kernels_name=kernels_name)
    # within the first epoch, between two epochs, within a later one
    for steps, kept in ((1, 0), (4, 2), (5, 2)):
        run = tmp_path / f"stopped after {steps}"
        stop(few_pairs, r, run, steps, kernels_name=kernels_name)
        assert not (run / "model.npz").exists()
        capsys.readouterr()
        trained = start(few_pairs, r, run, kernels_name=kernels_name)
        assert not trained.reused and trained.extra["epochs"] == 4
        assert (f"continuing after epoch {kept}" in capsys.readouterr().err) == (kept > 0)
        assert_equal(tmp_path / "whole", run)


def test_a_training_of_several_networks_continues_with_the_same_bits(few_pairs, quick, stop, tmp_path):
    r = replace(quick, more=(Member(Preprocessing((16, 16), zoom=1.2)),), mirror=True)
    whole = start(few_pairs, r, tmp_path / "whole").extra
    assert whole["parameters"] > start(few_pairs, quick, tmp_path / "one").extra["parameters"]
    one, two = (arrays_of(tmp_path / run / "model.npz") for run in ("one", "whole"))
    assert all(np.array_equal(array, two[name]) for name, array in one.items()), "the first is as if alone"
    for steps in (3, 8 + 3):  # within the first network, within the second
        stop(few_pairs, r, tmp_path / f"{steps}", steps)
        start(few_pairs, r, tmp_path / f"{steps}")
        assert_equal(tmp_path / "whole", tmp_path / f"{steps}")
    loaded = recogniser.load(tmp_path / "whole", "numpy")
    assert loaded.views == r.views and loaded.mirror and loaded.embed(few_pairs.images[:3, 0]).shape == (3, 128)


def test_a_training_may_be_stopped_many_times(few_pairs, quick, stop, tmp_path):
    start(few_pairs, quick, tmp_path / "whole")
    for _ in range(3):
        stop(few_pairs, quick, tmp_path / "parts", 3)  # one whole epoch and a step
    start(few_pairs, quick, tmp_path / "parts")
    assert_equal(tmp_path / "whole", tmp_path / "parts")


def test_early_stopping_continues_to_count_after_a_stop(few_pairs, quick_original, stop, tmp_path):
    idle = replace(quick_original, rate=1e-30, epochs=9, patience=3)
    start(few_pairs, idle, tmp_path / "whole")
    stop(few_pairs, idle, tmp_path / "halves", 5)
    assert start(few_pairs, idle, tmp_path / "halves").extra["epochs"] == 4
    assert_equal(tmp_path / "whole", tmp_path / "halves")


def test_a_plateau_that_began_before_a_stop_is_reported_after_it(few_pairs, quick, stop, tmp_path, capsys):
    hopeless = replace(quick, rate=10.0, epochs=7, schedule="constant", warmup=0)
    stop(few_pairs, hopeless, tmp_path, 2 * 3)
    assert "all embeddings equal:" not in capsys.readouterr().err
    assert start(few_pairs, hopeless, tmp_path).extra["warnings"] == ["all embeddings equal"]
    assert capsys.readouterr().err.count("all embeddings equal:") == 1


def test_a_finished_training_is_reused(few_pairs, quick, tmp_path):
    first = start(few_pairs, quick, tmp_path)
    before = files_of(tmp_path)
    again = start(few_pairs, quick, tmp_path)
    assert (first.reused, again.reused) == (False, True)
    assert json.loads(json.dumps(first.extra)) == again.extra and files_of(tmp_path) == before


OTHERS = {
    "seed": lambda data, r: (data, r, {"seed": 1}),
    "recipe": lambda data, r: (data, replace(r, rate=1e-3), {}),
    "augmentation": lambda data, r: (data, replace(r, augmentation=None), {}),
    "train photo": lambda data, r: (changed(data, "train"), r, {}),
    "val photo": lambda data, r: (changed(data, "val"), r, {}),
    "pairs": lambda data, r: (replace(data, pairs={**data.pairs, "train": data.pairs["train"][:, ::-1]}), r, {}),
    "split": lambda data, r: (swapped(data), r, {}),
}


def changed(data, part):
    images = data.images.copy()
    images[data.indices(part)[0], 0, 3, 3] ^= 1
    return replace(data, images=images)


def swapped(data):
    """Training and validation are swapped."""
    part = np.array(["val" if p == "train" else "train" if p == "val" else p for p in data.part])
    order = {"train": "val", "val": "train", "test": "test"}
    return replace(data, part=part, pairs={order[p]: x for p, x in data.pairs.items()},
                   same={order[p]: x for p, x in data.same.items()})  # fmt: skip


@pytest.mark.parametrize("name", ["model.npz", "checkpoint.npz"])
def test_another_training_in_the_same_run_is_refused_and_nothing_is_overwritten(few_pairs, quick, name, stop, tmp_path):
    r = replace(quick, epochs=2)
    start(few_pairs, r, tmp_path) if name == "model.npz" else stop(few_pairs, r, tmp_path, 3)
    before = files_of(tmp_path)
    for change in OTHERS.values():
        data, other, options = change(few_pairs, r)
        why = "(is of another training|other photos, pairs, recipe or seed)"
        with pytest.raises(JobError, match=rf"{name}.*{why}.*another --run.*--fresh"):
            start(data, other, tmp_path, **options)
        assert files_of(tmp_path) == before


def test_test_photos_may_change_without_a_new_training(few_pairs, quick, poisoned, tmp_path):
    r = replace(quick, epochs=1)
    start(few_pairs, r, tmp_path)
    other = poisoned(few_pairs, "test")
    assert fingerprint(other) == fingerprint(few_pairs)
    assert start(other, r, tmp_path).reused


def test_a_fingerprint_depends_on_who_validates_even_without_pairs(few_pairs):
    nothing = {"pairs": dict.fromkeys(few_pairs.pairs, np.empty((0, 2), np.int32)),
               "same": dict.fromkeys(few_pairs.same, np.empty(0, bool))}  # fmt: skip
    assert fingerprint(replace(few_pairs, **nothing)) != fingerprint(replace(swapped(few_pairs), **nothing))


@pytest.mark.parametrize("name", ["model.npz", "checkpoint.npz"])
def test_a_damaged_file_is_refused_by_name_and_stays(few_pairs, quick, name, stop, tmp_path):
    r = replace(quick, epochs=2)
    stop(few_pairs, r, tmp_path, 3)
    if name == "model.npz":
        start(few_pairs, r, tmp_path)
    data = (tmp_path / name).read_bytes()
    for damaged in (data[: len(data) // 2], b"", b"<html>"):
        (tmp_path / name).write_bytes(damaged)
        before = files_of(tmp_path)
        with pytest.raises(JobError, match=rf"{name}.*damaged"):
            start(few_pairs, r, tmp_path)
        assert files_of(tmp_path) == before
    assert not start(few_pairs, r, tmp_path, fresh=True).reused


def test_fresh_starts_again_from_nothing(few_pairs, quick, stop, tmp_path):
    r = replace(quick, epochs=2)
    start(few_pairs, r, tmp_path / "new", seed=1)
    start(few_pairs, r, tmp_path / "run")
    assert not start(few_pairs, r, tmp_path / "run", seed=1, fresh=True).reused
    assert_equal(tmp_path / "new", tmp_path / "run")


def test_a_stopped_fresh_training_continues_without_fresh(few_pairs, quick, stop, tmp_path):
    r = replace(quick, epochs=2)
    start(few_pairs, r, tmp_path / "new", seed=1)
    start(few_pairs, r, tmp_path / "run")
    replaced = (tmp_path / "run" / "model.npz").read_bytes()
    stop(few_pairs, r, tmp_path / "run", 3, seed=1, fresh=True)
    assert (tmp_path / "run" / EARLIER).read_bytes() == replaced, "it is kept until there is a new one"
    start(few_pairs, r, tmp_path / "run", seed=1)
    assert_equal(tmp_path / "new", tmp_path / "run")
    assert not (tmp_path / "run" / EARLIER).exists()


def test_the_seconds_of_a_stopped_training_count(few_pairs, quick, stop, tmp_path):
    stop(few_pairs, quick, tmp_path, 6)
    arrays, values = checkpoint.load(tmp_path / "checkpoint.npz")
    values["history"][0]["seconds"] = 1000.0
    checkpoint.save(tmp_path / "checkpoint.npz", arrays, values)
    assert 1000 <= start(few_pairs, quick, tmp_path).extra["seconds"] < 2000
