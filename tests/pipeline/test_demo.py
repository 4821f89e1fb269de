"""The demo, on the real faces but for one epoch: what it leaves behind, and what happens when it is given again."""

import hashlib
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import evaluate, pairs, photos
from pipeline.datasets import orl
from pipeline.evaluate import roles
from pipeline.evaluate.card import card
from pipeline.recognise import recogniser, thresholds
from pipeline.recognise.gallery import Gallery
from pipeline.train.training import Training
from webapp import demo, finish


@dataclass(frozen=True)
class Demo:
    folder: Path
    result: object

    def again(self, *arguments, run="run"):
        places = ["--run", str(self.folder / run), "--pairs", str(self.folder / "pairs")]
        return CliRunner().invoke(demo.main, [*places, "--no-serve", *map(str, arguments)])

    def files(self):
        return {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def shown(tmp_path_factory, one_picture):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.evaluate.command.ROUNDS", 10)
        patch.setattr(thresholds, "ROUNDS", 5)
        first = Demo(tmp_path_factory.mktemp("demo"), None)
        yield Demo(first.folder, first.again("--epochs", 1))


def test_the_demo_ends_with_a_card_on_people_it_never_saw(shown):
    assert shown.result.exit_code == 0
    assert shown.result.stdout.startswith("Report card: unseen people, 15 people, 150 photos that training never saw")
    assert "ours    raw pixels   chance" in shown.result.stdout
    assert "Of 50 photos of 5 strangers, " in shown.result.stdout
    for said in ("400 faces of 40 people", "training 1 + 1 + 1 epochs", "model.npz", "curves.png", "seconds in all"):
        assert said in shown.result.stderr and said not in shown.result.stdout


def test_the_run_holds_all_that_the_page_needs(shown):
    run = shown.folder / "run"
    assert {path.name for path in run.iterdir()} == {
        "model.npz", "checkpoint.npz", "checkpoint-2.npz", "checkpoint-3.npz", "history.csv", "curves.png", "report.json",
        "pictures",
        "gallery", "samples"}  # fmt: skip
    report = evaluate.read_report(run / "report.json")
    assert shown.result.stdout == card(report) + "\n"
    assert report["open_set"] == {"gallery_people": 10, "stranger_people": 5, "enrolled_photos": 50, "known_photos": 50,
                                  "strangers_photos": 50}  # fmt: skip


def test_nobody_in_the_gallery_was_trained_on_and_no_sample_is_enrolled(shown):
    run, data = shown.folder / "run", pairs.load(shown.folder / "pairs")
    parts = {part: {data.names[k] for k in data.people[data.indices(part)]} for part in pairs.PARTS}
    assert [len(parts[part]) for part in pairs.PARTS] == [20, 5, 15]
    enrolled, known, strangers = (
        {
            folder.name: {photos.read(path).tobytes() for path in folder.iterdir()}
            for folder in (run / place).iterdir()
            if folder.is_dir()
        }
        for place in ("gallery", "samples/known", "samples/strangers")
    )
    assert set(enrolled) == set(known) and not set(enrolled) & set(strangers)
    assert set(enrolled) | set(strangers) == parts["test"]
    assert {len(found) for found in (*enrolled.values(), *known.values())} == {5}
    assert not any(enrolled[person] & known[person] for person in enrolled)
    assert len(Gallery(run / "gallery", recogniser.load(run, "numpy")).refresh().photos) == 50


def test_given_again_it_reuses_what_is_there_and_says_so(shown):
    before = shown.files()
    result = shown.again("--epochs", 1, "--json")
    assert result.exit_code == 0
    assert f"reusing the pairs in {shown.folder / 'pairs'}" in result.stderr
    assert f"reusing {shown.folder / 'run' / 'model.npz'}" in result.stderr
    assert "training" not in result.stderr
    assert json.loads(result.stdout) == evaluate.read_report(shown.folder / "run" / "report.json")
    assert shown.files() == before


def test_people_that_were_enrolled_or_forgotten_stay_so(shown):
    gallery = Gallery(shown.folder / "run" / "gallery")
    kept = sorted(path for path in gallery.root.iterdir() if path.is_dir())[0]
    pictures = [photos.read(path) for path in sorted(kept.iterdir())]
    gallery.forget(kept.name)
    gallery.enroll("me", pictures[:1])
    try:
        assert shown.again("--epochs", 1).exit_code == 0
        assert not kept.exists() and (gallery.root / "me").is_dir()
    finally:
        gallery.forget("me")
        gallery.enroll(kept.name, pictures)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--epochs", 1, "--seed", 1], "pairs was made with another seed.*--pairs and --run.*--fresh"),
        (["--epochs", 2], r"model\.npz is of another training .epochs: 1 there, 2 here.*--run.*--fresh"),
    ],
)
def test_another_demo_into_the_same_folders_is_refused_by_name(shown, arguments, reason):
    before = shown.files()
    result = shown.again(*arguments)
    assert result.exit_code == 1 and result.stdout == ""
    assert re.search(reason, result.stderr, re.DOTALL)
    assert shown.files() == before


def test_pairs_of_other_faces_are_refused_though_the_seed_is_the_same(few_pairs, tmp_path):
    rng = np.random.default_rng(0)
    other = pairs.build(few_pairs.faces, pairs.by_person(few_pairs.faces, 3, 3, rng), 20, rng)
    pairs.save(tmp_path / "pairs", other)
    result = Demo(tmp_path, None).again("--epochs", 1)
    assert result.exit_code == 1 and "from other faces" in result.stderr and not (tmp_path / "run").exists()


def test_ctrl_c_while_it_trains_exits_with_1_and_the_line_that_goes_on(shown, monkeypatch):
    step, left = Training.step, iter(range(8))  # a whole epoch of one of the two networks, or more

    def stopping(self):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return step(self)

    # the same line as the user's, which CliRunner does not put there
    line = ["siamese-np", "demo", "--epochs", "2", "--run", "my run"]
    with monkeypatch.context() as patch:
        patch.setattr(Training, "step", stopping)
        patch.setattr("pipeline.train.ensemble.SAVE_EVERY", 0)
        patch.setattr(sys, "argv", line)
        result = shown.again("--epochs", 2, run="stopped")
    assert result.exit_code == 1 and result.stdout == ""
    assert "demo --epochs 2 --run 'my run'" in result.stderr and "Traceback" not in result.stderr
    assert not (shown.folder / "stopped" / "model.npz").exists()
    result = shown.again("--epochs", 2, run="stopped")
    assert result.exit_code == 0 and "continuing after epoch" in result.stderr


def test_fresh_replaces_the_model_and_its_gallery(shown, tmp_path, few_pairs, monkeypatch):
    # drawn faces: the real ones would take longer and show no more
    monkeypatch.setattr(orl, "load", lambda: few_pairs.faces)
    monkeypatch.setattr(orl, "SHA256", hashlib.sha256(few_pairs.images).hexdigest())
    monkeypatch.setattr(demo, "VALIDATE", 2)
    monkeypatch.setattr(demo, "TEST", 6)
    monkeypatch.setattr(roles, "SHOTS", 2)
    small = Demo(tmp_path, None)
    assert small.again("--epochs", 1).exit_code == 0
    Gallery(tmp_path / "run" / "gallery").enroll("me", few_pairs.images[:1, 0])
    result = small.again("--epochs", 1, "--seed", 1, "--fresh")
    assert result.exit_code == 0
    data = pairs.load(tmp_path / "pairs")
    test = {data.names[k] for k in data.people[data.indices("test")]}
    enrolled, strangers = (
        {path.name for path in (tmp_path / "run" / place).iterdir() if path.is_dir()}
        for place in ("gallery", "samples/strangers")
    )
    assert data.info["seed"] == 1 and enrolled | strangers == test and not enrolled & strangers


def test_the_page_is_served_from_the_run_unless_told_not_to(shown, monkeypatch):
    served = []
    monkeypatch.setattr(finish, "serve", lambda app, port, ready: served.append((app.config["RUN"], port)))
    places = ["--run", str(shown.folder / "run"), "--pairs", str(shown.folder / "pairs")]
    assert CliRunner().invoke(demo.main, [*places, "--epochs", "1", "--port", "0"]).exit_code == 0
    assert served == [(shown.folder / "run", 0)]
