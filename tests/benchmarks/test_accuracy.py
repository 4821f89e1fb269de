"""The accuracy command on drawn faces: the protocol, the output, and that test photos do not train."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import accuracy
from pipeline import evaluate, photos
from pipeline.common.errors import JobError
from pipeline.datasets import drawn
from pipeline.pairs.extra import add_people
from pipeline.recognise import thresholds
from pipeline.train import curves


@pytest.fixture(scope="module", autouse=True)
def quicker():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.evaluate.command.ROUNDS", 20)
        patch.setattr(thresholds, "ROUNDS", 5)
        patch.setattr(curves, "draw", lambda *arguments: None)
        yield


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """People p1 ... p8 with 4 photos each in a/; p1 and p2 again, with other photos, in b/."""
    root = tmp_path_factory.mktemp("people")
    for folder, number, seed in (("a", 8, 1), ("b", 2, 2)):
        faces = drawn.draw(number, 4, np.random.default_rng(seed), size=(48, 40))
        for image, source in zip(faces.images, faces.sources):
            photos.write_png(root / folder / source.replace(".png", f"{folder}.png"), image[0])
    return root


def split(tmp_path, *parts, folder=""):
    """parts[k]: the parts of the four photos of p(k+1), one letter per photo, or one letter for all."""
    long = {"r": "train", "v": "val", "t": "test", "d": "drop"}
    lines = [f"{long[letter]}\t{folder}p{k}/{n}a.png"
             for k, letters in enumerate(parts, 1) for n, letter in enumerate((letters * 4)[:4], 1)]  # fmt: skip
    path = tmp_path / "split.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_split_tells_its_protocol(people, tmp_path, monkeypatch):
    flat = people / "a"
    assert accuracy.prepare(flat, split(tmp_path, *"rrvvttt"))[0] == "P1"
    assert accuracy.prepare(flat, split(tmp_path, *"rrrttt"))[0] == "P5"
    assert accuracy.prepare(flat, split(tmp_path, "rrtt", "rrtt"))[0] == "P3"
    assert accuracy.prepare(people, split(tmp_path, "rrtt", "rrtt", folder="a/"))[0] == "P4"
    monkeypatch.setattr(accuracy, "MANY", 2)
    assert accuracy.prepare(flat, split(tmp_path, *"rrrttt"))[0] == "P2"


def test_somebody_in_two_folders_is_one_person(people, tmp_path):
    path = split(tmp_path, "rrtt", "rrtt", folder="a/")
    path.write_text(path.read_text() + "\ntrain\tb/p1/1b.png\ntest\tb/p2/2b.png")
    protocol, data = accuracy.prepare(people, path)
    assert protocol == "P4" and len(data.names) == 8
    assert np.bincount(data.people[data.part == "train"])[:2].tolist() == [3, 2]
    assert accuracy.folders_below(people) == ["a", "b"] and accuracy.folders_below(people / "a") == ["."]


@pytest.mark.parametrize(("parts", "words"), [
    (("rrtt", "rrtt", "tttt"), "p3: in test, but not in train"),
    (("rr", "rr", "tddd", "tt"), "p3: 1 test photo"),
    (("rrtt", "dddd"), "fewer than 2 people"),
])  # fmt: skip
def test_a_split_that_no_protocol_fits_is_refused_by_name(people, tmp_path, parts, words):
    with pytest.raises(JobError, match=words):
        accuracy.prepare(people / "a", split(tmp_path, *parts))


def test_a_missing_photo_is_named(people, tmp_path):
    path = split(tmp_path, *"rrtt")
    path.write_text(path.read_text() + "\ntest\tp4/99.png")
    with pytest.raises(JobError, match="p4/99.png"):
        accuracy.prepare(people / "a", path)


def test_two_runs_print_the_same_json_beside_the_baselines_and_chance(people, tmp_path):
    line = ["--data", str(people / "a"), "--split", str(split(tmp_path, *"rrrrttt")), "--epochs", "1", "--json",
            "--kernels", "numpy", "--landmarks", str(tmp_path / "found.npz")]  # fmt: skip
    before = sorted(people.rglob("*"))
    reports = []
    for _ in range(2):
        result = CliRunner().invoke(accuracy.main, line)
        assert result.exit_code == 0, result.stderr
        reports.append(json.loads(result.stdout))
    one, two = reports
    assert (tmp_path / "found.npz").exists() and sorted(people.rglob("*")) == before, "nothing is written into DIR"
    assert one["results"] == two["results"] and set(one["results"]) == set(accuracy.METHODS)
    assert (one["protocol"], one["preset"]) == ("P5", "default") and one["parameters"] > 0
    assert (one["split"], one["extra"]) == ("split", None)
    for method in accuracy.METHODS[:-1]:
        assert {"one_shot", "auc", "eer", "tar_at_far_1"} <= set(one["results"][method])
    assert one["results"]["chance"]["one_shot"]["mean"] == pytest.approx(100 / 3, abs=0.01)
    assert "fisherfaces" in accuracy.table(one)


def test_the_json_names_the_folder_of_extra_people(people, tmp_path, monkeypatch):
    monkeypatch.setattr(accuracy, "measure", lambda *arguments: {"results": {}})
    faces = drawn.draw(2, 4, np.random.default_rng(9), size=(48, 40))
    for image, source in zip(faces.images, faces.sources):
        photos.write_png(tmp_path / "more" / f"q{source}", image[0])
    line = ["--data", str(people / "a"), "--split", str(split(tmp_path, *"rrttdddd")), "--preset", "original",
            "--extra", str(tmp_path / "more"), "--json"]  # fmt: skip
    result = CliRunner().invoke(accuracy.main, line)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["extra"] == "more"


def test_extra_people_only_train_and_near_copies_of_test_photos_are_left_out(people, tmp_path):
    _, data = accuracy.prepare(people / "a", split(tmp_path, "rrtt", "rrtt"))
    faces = drawn.draw(3, 4, np.random.default_rng(9), size=(48, 40))
    faces.images[5, 0] = data.images[data.indices("test")[0], 0]
    named = type(faces)(faces.images, faces.people, ("q1", "q2", "p1"), faces.sources)
    added, left_out = add_people(data, named)
    assert left_out == ["p2/2.png", "p3/1.png", "p3/2.png", "p3/3.png", "p3/4.png"]
    assert len(added.indices("train")) == len(data.indices("train")) + 7
    assert np.array_equal(added.indices("test"), data.indices("test"))
    assert np.array_equal(evaluate.gallery_rows(added), data.indices("train"))
    with pytest.raises(JobError, match="no photo of the extra people is left"):
        add_people(data, data.faces)
