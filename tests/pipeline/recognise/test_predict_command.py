"""The commands predict and verify: what they print, as text and as JSON, and how they fail."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import photos
from pipeline.faces import way_in
from pipeline.recognise import predict, verify
from pipeline.recognise.gallery import Gallery


def run(command, *arguments):
    return CliRunner().invoke(command, [str(argument) for argument in (*arguments, "--kernels", "numpy")])


def documented_keys(command):
    """(keys of the JSON object, {key: keys within}) as its --help says."""
    text = " ".join(CliRunner().invoke(command, ["--help"], terminal_width=200).stdout.split())
    listed = re.sub(r" \([^)]*\)", "", re.search(r"has: (.*?)[;.] ?", text).group(1))
    inner = {name: set(keys.split(", ")) for name, keys in re.findall(r"(\w+) \[([^]]*)\]", listed)}
    return set(re.sub(r" \[[^]]*\]", "", listed).split(", ")), inner


@pytest.fixture
def sample(tiny_run):
    return sorted((tiny_run.folder / "samples").rglob("*.png"))[0]


def test_the_json_lines_are_the_answers_and_what_the_help_says(tiny_run, loaded, snapshot, sample):
    result = run(predict.main, sample, sample, "--run", tiny_run.folder, "--json")
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines == [{"photo": str(sample), **predict.predict(loaded, snapshot, photos.read(sample))}] * 2
    keys, inner = documented_keys(predict.main)
    assert keys == set(lines[0])
    assert inner == {"ranking": set(lines[0]["ranking"][0]), "gallery": set(lines[0]["gallery"]),
                     "face": set(lines[0]["face"]), "faces": set(lines[0]["faces"][0])}  # fmt: skip


def test_verify_as_json_is_one_object_and_what_the_help_says(tiny_run, loaded, sample):
    result = run(verify.main, sample, sample, "--run", tiny_run.folder, "--json")
    answer = json.loads(result.stdout)
    face = way_in.of_crop(photos.read(sample))
    assert answer == verify.verify(loaded, face, face)
    assert documented_keys(verify.main) == (set(answer), {"faces": set(answer["faces"][0])})


def test_a_line_a_photo_for_people(tiny_run, loaded, snapshot, sample):
    for rule in ("both", "mean", "nearest"):
        result = run(predict.main, sample, "--run", tiny_run.folder, "--rule", rule)
        message = predict.predict(loaded, snapshot, photos.read(sample), rule)["message"]
        assert (result.exit_code, result.stdout) == (0, f"{sample}: {message} (used whole: it is a face crop already)\n")
    result = run(verify.main, sample, sample, "--run", tiny_run.folder)
    assert (result.exit_code, result.stdout.split(":")[0]) == (0, "the same person")


def test_a_file_that_is_no_photo_is_named_and_the_others_are_answered(tiny_run, sample, tmp_path):
    torn, gone = tmp_path / "torn.png", tmp_path / "gone.png"
    torn.write_bytes(sample.read_bytes()[:100])
    result = run(predict.main, torn, sample, gone, "--run", tiny_run.folder)
    assert result.exit_code == 1
    assert [line.split(": ")[0] for line in result.stdout.splitlines()] == [str(torn), str(sample), str(gone)]
    assert f"{torn}: is cut short" in result.stderr and f"{gone}: doesn't exist" in result.stderr
    assert "2 of 3 photos could not be answered" in result.stderr
    result = run(predict.main, torn, sample, "--run", tiny_run.folder, "--json")
    first, second = map(json.loads, result.stdout.splitlines())
    assert result.exit_code == 1 and set(first) == {"photo", "error", "message"} and "answer" in second
    result = run(verify.main, sample, torn, "--run", tiny_run.folder)
    assert result.exit_code == 1 and "torn.png" in result.stderr and result.stdout == ""


def test_problems_of_the_gallery_are_told_and_do_not_stop(tiny_run, sample, tmp_path):
    known = Gallery(tmp_path)
    known.enroll("Ann", [photos.read(sample)])
    (tmp_path / "Ann" / "2.png").write_bytes(sample.read_bytes()[:100])
    result = run(predict.main, sample, "--run", tiny_run.folder, "--gallery", tmp_path)
    assert result.exit_code == 0 and "Ann: the nearest is Ann at 0.00" in result.stdout
    assert str(Path("Ann") / "2.png") in result.stderr


def test_an_empty_gallery_and_a_missing_model_say_the_way_out(tiny_run, sample, tmp_path):
    result = run(predict.main, sample, "--run", tiny_run.folder, "--gallery", tmp_path)
    assert result.exit_code == 1 and "is empty: add photos with: siamese-np enroll" in result.stderr
    result = run(predict.main, sample, "--run", tmp_path)
    assert result.exit_code == 1 and "train one with siamese-np train" in result.stderr and result.stdout == ""
