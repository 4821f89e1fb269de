"""Pairs that a model mines, from the command line: which pairs, in which folder, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import photos
from pipeline.common.errors import JobError
from pipeline.pairs import PARTS, load, main, save
from pipeline.pairs.mined import mine


@pytest.fixture
def home(tmp_path, monkeypatch, tiny_run):
    """A working folder with data/pairs, which the tiny run was trained on."""
    save(tmp_path / "data/pairs", tiny_run.data)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(tiny_run):
    def invoke(*arguments):
        line = ["--mine", str(tiny_run.folder), "--kernels", "numpy", *map(str, arguments)]
        return CliRunner().invoke(main, line, catch_exceptions=False)

    return invoke


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_mined_pairs_are_the_hardest_of_the_training_part(tiny_run, loaded):
    data = tiny_run.data
    found = mine(data, loaded, 500, seed=0)
    z = loaded.embed(data.images[:, 0])
    people, pairs, same = data.people, found.pairs["train"], found.same["train"]
    assert pairs.dtype == np.int32 and (data.part[pairs] == "train").all()
    assert same.sum() == 250 and np.array_equal(same, people[pairs[:, 0]] == people[pairs[:, 1]])
    assert 0 < same[:250].sum() < 250, "in random order"
    d = np.linalg.norm(z[pairs[:, 0]] - z[pairs[:, 1]], axis=1)
    drawn, drawn_same = data.pairs["train"], data.same["train"]
    d_drawn = np.linalg.norm(z[drawn[:, 0]] - z[drawn[:, 1]], axis=1)
    assert d[same].mean() > d_drawn[drawn_same].mean() and d[~same].mean() < d_drawn[~drawn_same].mean()
    for pair, is_same in zip(pairs[:40], same):
        # one of the two is the anchor; the other is the farthest of its 7 same photos, or one of the 24 nearest of 120
        ranks = []
        for image, partner in (pair, pair[::-1]):
            rivals = data.indices("train")
            rivals = rivals[(people[rivals] == people[image]) == is_same]
            to = np.linalg.norm(z[rivals[rivals != image]] - z[image], axis=1)
            distance = np.linalg.norm(z[partner] - z[image])
            ranks.append(np.sum(to > distance + 1e-6) if is_same else np.sum(to < distance - 1e-6))
        assert min(ranks) < (1 if is_same else 24)


def test_the_other_parts_are_neither_used_nor_changed(tiny_run, loaded, poisoned):
    found = mine(tiny_run.data, loaded, 100, seed=0)
    noise = mine(poisoned(tiny_run.data, "test"), loaded, 100, seed=0)
    assert np.array_equal(found.pairs["train"], noise.pairs["train"])
    for part in ("val", "test"):
        assert np.array_equal(found.pairs[part], tiny_run.data.pairs[part])
    other = mine(tiny_run.data, loaded, 100, seed=1)
    assert not np.array_equal(found.pairs["train"], other.pairs["train"])


def test_a_model_of_other_pairs_may_not_mine(few_pairs, loaded):
    with pytest.raises(JobError, match="was not trained on these pairs"):
        mine(few_pairs, loaded, 100, seed=0)


def test_the_command_writes_a_new_folder_that_training_reads(home, run):
    before = contents(home / "data/pairs")
    result = run("--pairs", 60, "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["out"] == str(Path("data/mined")) and report["mined"]["pairs"] == 60
    assert "siamese-np train --source fixed --pairs" in result.stderr
    assert contents(home / "data/pairs") == before
    pairs, mined = load("data/pairs"), load("data/mined")
    assert len(mined.pairs["train"]) == 60 and np.array_equal(mined.images, pairs.images)
    assert all(np.array_equal(mined.part == part, pairs.part == part) for part in PARTS)
    text = run("data/pairs", "again", "--pairs", 60).stdout
    assert f"mined by the model {report['mined']['model'][:12]}" in text


def test_the_same_command_again_keeps_what_is_there_and_another_replaces_nothing(home, run):
    assert run("--pairs", 60).exit_code == 0
    there = contents(home / "data/mined")
    again = run("--pairs", 60)
    assert again.exit_code == 0 and "mined before" in again.stderr
    for arguments in (["--pairs", 61], ["--pairs", 60, "--seed", 1], ["data/pairs", "data/pairs"]):
        result = run(*arguments)
        assert result.exit_code == 1 and "mined ones replace nothing: choose a new OUT" in result.stderr
    assert contents(home / "data/mined") == there
    (home / "photos").mkdir()
    photos.write_png(home / "photos/1.png", np.zeros((4, 4), np.uint8))
    assert "photos holds other files" in run("data/pairs", "photos").stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--split", "image"], "--split has no meaning with --mine"),
        (["--test", "2"], "--test has no meaning with --mine"),
        (["--size", "20x20"], "--size has no meaning with --mine"),
        (["--landmarks"], "--landmarks has no meaning with --mine"),
        (["--from-dense", "X.npy", "Y.npy", "--same-value", "1"], "--from-dense has no meaning with --mine"),
        (["--same-value", "1"], "--same-value belongs to --from-dense"),
        (["--pairs", "1"], "--pairs"),
    ],
)
def test_options_that_contradict_mining_are_wrong_usage(home, run, arguments, reason):
    result = run(*arguments)
    assert result.exit_code == 2 and reason in result.stderr and result.stdout == ""
    assert not (home / "data/mined").exists()


def test_kernels_without_a_model_are_wrong_usage(home):
    result = CliRunner().invoke(main, ["--kernels", "numpy"])
    assert result.exit_code == 2 and "--kernels belongs to --mine" in result.stderr


def test_a_run_without_a_model_and_a_source_that_is_no_pairs_folder_are_named(home, run):
    result = CliRunner().invoke(main, ["--mine", "runs/none"])
    assert result.exit_code == 1 and "there is no model at" in result.stderr and "siamese-np train" in result.stderr
    result = run("data", "out")
    assert result.exit_code == 1 and "data holds no pairs" in result.stderr and not (home / "out").exists()


def test_landmarks_are_kept(tiny_run, tmp_path, loaded, monkeypatch):
    data = tiny_run.data
    points = np.zeros((len(data.images), 5, 2), np.float32)
    monkeypatch.setattr("pipeline.pairs.mined.fingerprint", lambda data: loaded.extra["settings"]["data"])
    save(tmp_path / "mined", mine(replace(data, landmarks=points), loaded, 20, seed=0))
    assert np.array_equal(load(tmp_path / "mined").landmarks, points)
