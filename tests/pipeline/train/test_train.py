"""What a training writes, how few photos are enough for it, and that the number of threads has no influence."""

import csv
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from pipeline import pairs
from pipeline.datasets import Faces, drawn
from pipeline.pairs.extra import add_people
from pipeline.recognise import recogniser, thresholds
from pipeline.train import checkpoint, train
from pipeline.train.training import Training

pytestmark = pytest.mark.usefixtures("no_curves", "few_rehearsals")


def start(data, recipe, run, **options):
    return train(data, "default", recipe, run, **{"kernels_name": "numpy", **options})


def arrays_of(path):
    with np.load(path, allow_pickle=False) as stored:
        return {name: array for name, array in stored.items() if name not in ("header", "sha256")}


def test_the_model_holds_what_a_prediction_needs(few_pairs, quick, tmp_path):
    extra = start(few_pairs, quick, tmp_path).extra
    loaded = recogniser.load(tmp_path, "numpy")
    assert loaded.extra == json.loads(json.dumps(extra))
    assert extra["names"] == list(few_pairs.names)
    assert loaded.preprocessing == quick.preprocessing and set(loaded.thresholds) == {"pair", "both", "mean", "nearest"}
    assert extra["thresholds_chosen_on"] == "val"
    assert extra["parameters"] == sum(
        a.size for name, a in arrays_of(tmp_path / "model.npz").items() if "/params/" in name
    )
    assert extra["settings"]["recipe"]["epochs"] == 4 and extra["settings"]["preset"] == "default"


def test_the_model_is_that_of_the_best_epoch_where_a_recipe_stops_early(few_pairs, quick, tmp_path, monkeypatch):
    losses = iter([0.4, 0.2, 0.3, 0.3])
    monkeypatch.setattr(Training, "_validate", lambda self, z: {"val_loss": next(losses)})
    monkeypatch.setattr("pipeline.train.ensemble._status", str)
    assert start(few_pairs, replace(quick, patience=9), tmp_path).extra["best_epoch"] == 2
    arrays, _ = checkpoint.load(tmp_path / "checkpoint.npz")
    model = {name.split("/")[-1]: array for name, array in arrays_of(tmp_path / "model.npz").items()}
    for name, array in model.items():
        assert np.array_equal(array, arrays[f"best/{name}"])
    assert any(not np.array_equal(array, arrays[f"now/{name}"]) for name, array in model.items())


def test_thresholds_are_those_of_the_model_on_validation_photos(few_pairs, quick, poisoned, tmp_path):
    # one epoch: it is the best one, whatever the validation photos are
    given = {"as it is": few_pairs, "test": poisoned(few_pairs, "test"), "val": poisoned(few_pairs, "val")}
    runs = {name: start(data, replace(quick, epochs=1), tmp_path / name) for name, data in given.items()}
    weights = {name: arrays_of(trained.run / "model.npz") for name, trained in runs.items()}
    for name in ("test", "val"):
        assert all(np.array_equal(array, weights[name][key]) for key, array in weights["as it is"].items())
    chosen = {name: trained.extra["thresholds"] for name, trained in runs.items()}
    assert chosen["test"] == chosen["as it is"] != chosen["val"]


def test_extra_people_train_and_choose_no_threshold(few_pairs, quick, tmp_path, monkeypatch):
    others = drawn.draw(4, 5, np.random.default_rng(9), size=few_pairs.images.shape[2:])
    more, _ = add_people(few_pairs, replace(others, names=("A", "B", "C", "D")))
    given, choose = [], thresholds.choose

    def spy(z, people, *rest, **options):
        given.append(people)
        return choose(z, people, *rest, **options)

    monkeypatch.setattr(thresholds, "choose", spy)
    extra = start(more, replace(quick, epochs=1), tmp_path).extra
    (people,) = given
    assert people.max() < len(few_pairs.names) and len(extra["trained_on"]) == len(np.unique(people)) + 4


def test_without_validation_thresholds_come_from_training_photos_and_the_model_says_so(unvalidated, quick, tmp_path):
    extra = start(unvalidated, quick, tmp_path).extra
    assert extra["thresholds_chosen_on"] == "train" and extra["best_epoch"] == 4
    assert all(0 < entry["threshold"] <= 2 for entry in extra["thresholds"].values())
    arrays, _ = checkpoint.load(tmp_path / "checkpoint.npz")
    for name, array in arrays_of(tmp_path / "model.npz").items():
        assert np.array_equal(array, arrays[f"now/{name.split('/')[-1]}"]), "the last weights"


def test_the_history_is_a_table_of_every_epoch(few_pairs, quick, tmp_path):
    start(few_pairs, quick, tmp_path)
    with (tmp_path / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    _, values = checkpoint.load(tmp_path / "checkpoint.npz")
    found = [{name: float(value) for name, value in row.items()} for row in rows]
    assert found == [{"network": 1, **row} for row in values["history"]]
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]


THREADS = """
import hashlib, sys
import numpy as np
from pipeline import pairs
from pipeline.datasets import drawn
from pipeline.faces.preprocess import Preprocessing
from pipeline.train.recipes import Recipe
from pipeline.train.training import Training

rng = np.random.default_rng(0)
faces = drawn.draw(8, 4, rng, size=(40, 32))
data = pairs.build(faces, pairs.by_person(faces, 3, 0, rng), 20, rng)
recipe = Recipe(preprocessing=Preprocessing((20, 16)), people_a_batch=5, epochs=2, warmup=0)
training = Training(data, recipe, 0, "numba")
training.epoch(), training.epoch()
import numba
print(numba.get_num_threads(), hashlib.sha256(training.network.tower.flat_params).hexdigest())
"""


def test_one_thread_and_two_give_the_same_weights(tiny_run, monkeypatch):
    # both at once; tiny_run has compiled the kernels
    running = []
    for threads in "12":
        monkeypatch.setenv("NUMBA_NUM_THREADS", threads)
        running.append(subprocess.Popen([sys.executable, "-c", THREADS], stdout=subprocess.PIPE, text=True))
    (one, first), (two, second) = (process.communicate()[0].split() for process in running)
    assert (one, two) == ("1", "2") and first == second


@pytest.mark.parametrize("way", ["hard", "fixed", "mined"])
@pytest.mark.parametrize("photos", [(2, 1), (2, 2, 2), (4, 1, 1, 1)])
def test_very_few_people_and_photos_are_enough(few_pairs, quick, photos, way, tmp_path):
    rows = np.concatenate([np.flatnonzero(few_pairs.people == person)[:n] for person, n in enumerate(photos)])
    images, people = few_pairs.images[rows], few_pairs.people[rows]
    faces = Faces(images, people, few_pairs.names, tuple(few_pairs.sources[row] for row in rows))
    rng = np.random.default_rng(0)
    data = pairs.build(faces, pairs.by_person(faces, 0, 0, rng), 10, rng)
    extra = start(data, replace(quick, pairs=way), tmp_path).extra
    assert all(np.isfinite(list(entry.values())).all() for entry in extra["thresholds"].values())
