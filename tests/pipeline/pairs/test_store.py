"""The pairs folder: written completely or not at all, and checked when it is read."""

import dataclasses
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pipeline.common.errors import JobError
from pipeline.datasets import Faces, drawn
from pipeline.pairs import PARTS, build, by_person, fingerprint, load, save, store


def make(seed=0):
    rng = np.random.default_rng(seed)
    faces = drawn.draw(6, 4, rng, size=(20, 16))
    return build(faces, by_person(faces, val=2, test=2, rng=rng), 30, rng)


DATA = make()


@pytest.fixture
def folder(tmp_path):
    save(tmp_path / "pairs", DATA)
    return tmp_path / "pairs"


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def assert_equal(a, b):
    for name in ("images", "people", "part"):
        x, y = getattr(a, name), getattr(b, name)
        assert x.dtype == y.dtype and np.array_equal(x, y)
    for part in PARTS:
        assert np.array_equal(a.pairs[part], b.pairs[part]) and np.array_equal(a.same[part], b.same[part])
    assert (a.names, a.sources, a.info) == (b.names, b.sources, b.info)


def test_what_was_saved_is_loaded(folder):
    assert_equal(load(folder), DATA)
    assert sorted(content(folder)) == sorted(
        ["pairs.json", "images.npy", "people.npy", "part.npy"]
        + [f"{part}_{kind}.npy" for part in PARTS for kind in ("pairs", "same")]
    )
    header = json.loads((folder / "pairs.json").read_text(encoding="utf-8"))
    assert header["format"] == 2 and header["same_means"] is True and header["split"] == "person"


def test_names_of_any_script_and_seeds_of_numpy_survive(tmp_path):
    names = ("Анна", "Zoé", "李", "no text: \udcff", "e", "f")
    data = dataclasses.replace(DATA, names=names, info={**DATA.info, "seed": np.int64(7)})
    save(tmp_path / "pairs", data)
    assert load(tmp_path / "pairs").names == names
    assert load(tmp_path / "pairs").info["seed"] == 7


def test_saving_again_replaces_the_whole_folder_and_leaves_nothing_beside_it(folder):
    (folder / "train_X.npy").write_bytes(b"the dense form of the old pairs")
    (folder / ".DS_Store").write_bytes(b"")
    (folder / ".writing-0123456789.npy").write_bytes(b"what a run left that was killed")
    save(folder, make(1))
    assert_equal(load(folder), make(1))
    assert not (folder / "train_X.npy").exists()
    assert [entry.name for entry in folder.parent.iterdir()] == ["pairs"]


def fail_at(monkeypatch, module, name, call):
    calls, real = [], getattr(module, name)

    def failing(*args, **kwargs):
        calls.append(args)
        if len(calls) == call:
            raise OSError(28, "No space left on device")
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, failing)


@pytest.mark.parametrize(
    ("module", "name", "call"), [(np, "save", 1), (np, "save", 9), (os, "rename", 1), (os, "rename", 2)]
)
def test_a_failed_write_leaves_the_old_pairs_as_they_were(folder, monkeypatch, module, name, call):
    before = content(folder)
    fail_at(monkeypatch, module, name, call)
    with pytest.raises(JobError, match="can't be written: No space left on device"):
        save(folder, make(1))
    assert content(folder) == before
    assert [entry.name for entry in folder.parent.iterdir()] == ["pairs"]


@pytest.mark.parametrize("next_job", ["load", "save"])
def test_a_run_killed_between_its_two_renames_leaves_the_old_pairs(folder, next_job):
    code = f"""
import os
from pathlib import Path
from pipeline.pairs import load, save, store
data, rename = load(Path({str(folder)!r})), os.rename
def first(source, target):
    rename(source, target)
    os.kill(os.getpid(), 9)
os.rename = first
save(Path({str(folder)!r}), data)
"""
    before = content(folder)
    killed = subprocess.run([sys.executable, "-c", code])
    assert killed.returncode == -9 and not folder.exists()
    if next_job == "load":
        assert_equal(load(folder), DATA)
        assert content(folder) == before
    else:
        save(folder, make(1))
        assert_equal(load(folder), make(1))
    assert [entry.name for entry in folder.parent.iterdir()] == ["pairs"]


def test_two_jobs_in_one_folder_are_told_of_each_other(folder, tmp_path):
    with store.held(folder), ThreadPoolExecutor(1) as other:
        with pytest.raises(JobError, match=r"in use by .*process \d+, since"):
            other.submit(save, folder, make(1)).result()
        save(folder, make(2))
    assert_equal(load(folder), make(2))


def test_a_folder_with_other_files_is_never_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(JobError, match=r"holds other files \(thesis.txt\): choose a new folder"):
        save(tmp_path, DATA)
    assert content(tmp_path) == {"thesis.txt": b"years of work"}
    with pytest.raises(JobError, match="thesis.txt is a file"):
        save(tmp_path / "thesis.txt", DATA)


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    try:
        (tmp_path / "pairs").symlink_to(tmp_path / "disk", target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    save(tmp_path / "pairs", DATA)
    assert (tmp_path / "pairs").is_symlink()
    assert_equal(load(tmp_path / "disk"), DATA)


def test_four_hundred_images_load_in_a_tenth_of_a_second(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (400, 1, 112, 92), np.uint8)
    people = np.repeat(np.arange(40, dtype=np.int32), 10)
    faces = Faces(images, people, tuple(f"s{n}" for n in range(40)), tuple(f"{n}.png" for n in range(400)))
    save(tmp_path / "pairs", build(faces, by_person(faces, val=5, test=15, rng=rng), 10_000, rng))

    def seconds():
        start = time.perf_counter()
        load(tmp_path / "pairs")
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.1


def test_a_large_folder_is_announced_before_it_is_written(tmp_path, monkeypatch, capsys):
    save(tmp_path / "small", DATA)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(store, "LARGE", DATA.images.nbytes - 1)
    fail_at(monkeypatch, np, "save", 1)
    with pytest.raises(JobError):
        save(tmp_path / "large", DATA)
    assert "Writing" in capsys.readouterr().err


def test_names_that_are_ours_are_exactly_those_that_are_written(folder):
    assert set(content(folder)) == store.OURS - {f"{part}_{kind}.npy" for part in PARTS for kind in "XY"} - {"landmarks.npy"}


def test_pairs_that_were_killed_between_the_two_renames_come_back(tmp_path, few_pairs):
    folder, second = tmp_path / "pairs", tmp_path / ".replaced-pairs"
    save(folder, few_pairs)
    folder.rename(second)
    assert fingerprint(load(folder)) == fingerprint(few_pairs) and not second.exists()
    folder.rename(second)
    save(folder, few_pairs)
    assert [path.name for path in tmp_path.iterdir()] == ["pairs"]
