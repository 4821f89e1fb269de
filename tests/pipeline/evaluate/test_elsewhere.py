"""A model on people of another folder, and what it must not have seen."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import evaluate, photos
from pipeline.common.errors import JobError
from pipeline.datasets import drawn
from pipeline.recognise import thresholds


@pytest.fixture(scope="module", autouse=True)
def fewer_rounds():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.evaluate.command.ROUNDS", 5)
        patch.setattr(thresholds, "ROUNDS", 5)
        yield


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """7 people x 8 photos that nobody trained on."""
    folder = tmp_path_factory.mktemp("others")
    faces = drawn.draw(7, 8, np.random.default_rng(77), size=(56, 46))
    for image, source in zip(faces.images, faces.sources):
        photos.write_png(folder / source, image[0])
    return folder


def test_the_card_is_that_of_unseen_people_with_the_threshold_of_their_gallery(loaded, others):
    report = evaluate.evaluate_on(loaded, others)
    assert (report["protocol"], report["people"], report["photos"]) == ("unseen people", 7, 56)
    assert report["open_set"]["stranger_people"] == 2 and report["thresholds"]["both"]["found"] == "gallery"
    assert {"one_shot", "eer", "strangers_rejected"} <= set(report["results"]["ours"])
    assert {"one_shot", "eer"} <= set(report["results"]["raw_pixels"])
    assert report["results"]["chance"]["one_shot"]["mean"] == pytest.approx(100 / 7, abs=0.01)


def test_a_photo_of_the_training_is_found_under_any_name(loaded, others, drawn_pairs, tmp_path):
    row = drawn_pairs.indices("train")[3]
    photos.write_png(tmp_path / "anybody" / "holiday.png", drawn_pairs.images[row, 0])
    photos.write_png(tmp_path / "other" / "1.png", drawn_pairs.images[drawn_pairs.indices("test")[0], 0])
    with pytest.raises(JobError, match="trained on 1 of these 2 photos .the first: anybody/holiday.png"):
        evaluate.evaluate_on(loaded, tmp_path)


def test_one_person_is_too_few(loaded, tmp_path):
    for number, image in enumerate(drawn.draw(1, 3, np.random.default_rng(1), size=(56, 46)).images):
        photos.write_png(tmp_path / "p" / f"{number}.png", image[0])
    with pytest.raises(JobError, match="fewer than 2 people"):
        evaluate.evaluate_on(loaded, tmp_path)


def test_a_model_that_does_not_name_its_photos_is_refused(loaded, others):
    extra = {name: value for name, value in loaded.extra.items() if name != "trained_photos"}
    with pytest.raises(JobError, match="train it again"):
        evaluate.evaluate_on(replace(loaded, extra=extra), others)


def test_the_command_prints_and_writes_nothing(tiny_run, others, tmp_path):
    before = sorted(tiny_run.folder.rglob("*"))
    result = CliRunner().invoke(evaluate.main, ["--run", str(tiny_run.folder), "--on", str(others), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["people"] == 7
    assert sorted(tiny_run.folder.rglob("*")) == before
