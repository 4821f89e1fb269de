"""The command `pairs`, run as a user runs it."""

import json
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import photos
from pipeline.datasets import drawn
from pipeline.pairs import PARTS, load, main

FACES = drawn.draw(6, 6, np.random.default_rng(0), size=(40, 32))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working folder with data/gray of 6 people x 6 photos."""
    for number, (image, person) in enumerate(zip(FACES.images, FACES.people, strict=True)):
        photos.write_png(tmp_path / f"data/gray/s{person}/{number % 6}.png", image[0])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def test_the_defaults_go_from_gray_to_pairs_and_say_what_was_done(home):
    (home / "data/gray/s1/notes.txt").write_text("not a photo")
    result = run("--pairs", 101)
    assert result.exit_code == 0
    assert "Saved to" in result.stderr and "Saved" not in result.stdout
    assert "36 photos of 6 people, 40x32" in result.stdout and "split by person" in result.stdout
    assert "skipped (1):" in result.stdout and "notes.txt" in result.stdout
    data = load("data/pairs")
    assert [len(data.pairs[part]) for part in PARTS] == [101] * 3
    people = [set(data.people[data.part == part]) for part in PARTS]
    assert [len(group) for group in people] == [2, 2, 2] and len(set.union(*people)) == 6


def test_json_is_one_object_on_standard_output(home):
    result = run("--json", "--pairs", 20, "--split", "image", "--val", 0, "--test", "30%", "--seed", 4)
    report = json.loads(result.stdout)
    assert report["split"] == "image" and report["seed"] == 4 and report["out"].endswith("pairs")
    assert report["parts"]["test"]["images"] == 12 and report["parts"]["test"]["pairs"] == 20
    assert report["skipped"] == []


def test_a_seed_gives_the_same_files_again(home):
    for out, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert run("data/gray", out, "--pairs", 50, "--seed", seed).exit_code == 0
    assert all((home / "a" / path.name).read_bytes() == path.read_bytes() for path in (home / "b").iterdir())
    assert (home / "a/train_pairs.npy").read_bytes() != (home / "c/train_pairs.npy").read_bytes()


def test_a_split_file_and_a_size_are_followed(home):
    lines = [f"{'test' if s > 3 else 'train'}\tgray/s{s}/{n}.pgm\n" for s in range(6) for n in range(6)]
    (home / "split.txt").write_text("".join(lines))
    assert run("--split", "split.txt", "--pairs", 10, "--size", "20x16").exit_code == 0
    data = load("data/pairs")
    assert data.images.shape == (36, 1, 20, 16)
    assert ((data.part == "test") == (data.people > 3)).all()


def test_dense_files_go_out_and_come_in(home):
    assert run("--pairs", 30, "--dense").exit_code == 0
    x, y = "data/pairs/train_X.npy", "data/pairs/train_Y.npy"
    result = run("taken", "--from-dense", x, y, "--same-value", 1)
    assert result.exit_code == 0 and "all is for training" in result.stdout
    first, second = load("data/pairs"), load("taken")
    assert np.array_equal(first.images[first.pairs["train"]], second.images[second.pairs["train"]])
    assert run("--from-dense", x, y, "--same-value", 1).exit_code == 0, "OUT is data/pairs here, too"
    assert len(load("data/pairs").pairs["train"]) == 30


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--val", "1.5"], "neither a whole number"),
        (["--val", "100%"], "neither a whole number"),
        (["--test", "-1"], "neither a whole number"),
        (["--size", "0x9"], "not a height and a width"),
        (["--size", "112"], "not a height and a width"),
        (["--pairs", "0"], "--pairs"),
        (["--seed", "-1"], "--seed"),
        (["--split", "people"], "there is no file 'people'"),
        (["--split", "data/s.txt", "--val", "2"], "leave out --val"),
        (["--same-value", "1"], "belongs to --from-dense"),
        (["--from-dense", "X.npy", "Y.npy"], "needs --same-value"),
        (["--from-dense", "X.npy", "Y.npy", "--same-value", "2"], "--same-value"),
        (["--from-dense", "X.npy", "Y.npy", "--same-value", "1", "--seed", "0"], "--seed has no meaning"),
        (["data/gray", "out", "--from-dense", "X.npy", "Y.npy", "--same-value", "1"], "SOURCE has no meaning"),
    ],
)
def test_wrong_usage_exits_with_2_and_its_reason(home, arguments, reason):
    (home / "data/s.txt").write_text("train\ts1/1.png\n")
    result = run(*arguments)
    assert result.exit_code == 2
    assert reason in result.stderr and result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nowhere"], "nowhere doesn't exist"),
        (["data"], "holds no folder with photos"),
        (["--test", "5"], "too few to train"),
        (["--val", "1"], "1 person makes no pairs"),
        (["--from-dense", "X.npy", "Y.npy", "--same-value", "1"], "X.npy can't be read"),
        (["--split", "data/s.txt"], "expected a part, a tab and a path"),
    ],
)
def test_a_failed_job_exits_with_1_and_leaves_the_old_pairs(home, arguments, reason):
    (home / "data/s.txt").write_text("train s1/1.png\n")
    assert run("--pairs", 10).exit_code == 0
    before = {path.name: path.read_bytes() for path in (home / "data/pairs").iterdir()}
    result = run(*arguments)
    assert result.exit_code == 1
    assert reason in result.stderr and "Traceback" not in result.stderr and result.stdout == ""
    assert {path.name: path.read_bytes() for path in (home / "data/pairs").iterdir()} == before
    assert sorted(path.name for path in (home / "data").iterdir()) == ["gray", "pairs", "s.txt"]


def test_a_folder_that_is_not_ours_is_refused_before_anything_is_read(home):
    result = run("nowhere", "data")
    assert result.exit_code == 1 and "data holds other files (gray)" in result.stderr


def test_twenty_thousand_pairs_of_160_pixels_stay_below_300_megabytes(home):
    pytest.importorskip("resource")
    rng = np.random.default_rng(0)
    for person in range(20):
        for number in range(4):
            # smooth noise, quick to compress
            photo = np.kron(rng.integers(0, 256, (20, 20), np.uint8), np.ones((8, 8), np.uint8))
            photos.write_png(home / f"large/{person}/{number}.png", photo)
    # a process between, since a child's peak begins with that of the process it was split from, here pytest
    measure = (
        "import resource, subprocess, sys;"
        "subprocess.run([sys.executable, '-m', 'pipeline.pairs', 'large', 'out', '--pairs', '20000'], check=True);"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss;"
        "print(peak * (1 if sys.platform == 'darwin' else 1024), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", measure], capture_output=True, text=True, check=True)
    assert "80 photos of 20 people, 160x160" in result.stdout
    assert int(result.stderr.split()[-1]) < 300e6
    assert sum(path.stat().st_size for path in (home / "out").iterdir()) < 5e6
    assert len(load(home / "out").pairs["train"]) == 20_000
