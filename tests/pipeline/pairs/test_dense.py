"""The dense form X, Y is written and read without a silent mistake."""

import dataclasses
import shutil
import tracemalloc
from collections import namedtuple

import numpy as np
import pytest

from pipeline.common.errors import JobError
from pipeline.datasets import drawn
from pipeline.pairs import build, by_person, read_dense, save, write_dense

FACES = drawn.draw(6, 4, np.random.default_rng(0), size=(20, 16))


def make(val=2, test=2, pairs=60):
    rng = np.random.default_rng(1)
    return build(FACES, by_person(FACES, val=val, test=test, rng=rng), pairs, rng)


@pytest.fixture
def put(tmp_path):
    def write(x, y):
        np.save(tmp_path / "X.npy", x, allow_pickle=True)
        np.save(tmp_path / "Y.npy", y, allow_pickle=True)
        return tmp_path / "X.npy", tmp_path / "Y.npy"

    return write


def dense(data, part="train"):
    return data.images[data.pairs[part]], data.same[part].astype(np.uint8)


def test_the_dense_form_repeats_each_face_and_says_1_for_same(tmp_path):
    data = make(val=0)
    paths = write_dense(tmp_path, data)
    assert [path.name for path in paths] == ["train_X.npy", "train_Y.npy", "test_X.npy", "test_Y.npy"]
    for part in ("train", "test"):
        x, y = np.load(tmp_path / f"{part}_X.npy"), np.load(tmp_path / f"{part}_Y.npy")
        assert x.shape == (60, 2, 1, 20, 16) and x.dtype == np.uint8
        assert np.array_equal(x, data.images[data.pairs[part]]) and np.array_equal(y, data.same[part])


def test_written_pairs_are_read_back_with_each_face_once(tmp_path):
    data = make(val=0, test=0, pairs=400)  # enough to link the photos of each person
    x_path, y_path = write_dense(tmp_path, data)
    back = read_dense(x_path, y_path, same_value=1)
    assert len(back.images) == 24 and len(back.names) == 6
    assert np.array_equal(back.images[back.pairs["train"]], data.images[data.pairs["train"]])
    assert np.array_equal(back.same["train"], data.same["train"])
    assert set(back.part) == {"train"} and len(back.pairs["val"]) == len(back.pairs["test"]) == 0
    save(tmp_path / "pairs", back)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_from_0_to_1_and_the_other_convention_mean_the_same(put, dtype):
    data = make()
    x, y = dense(data)
    back = read_dense(*put((x / 255).astype(dtype), 1.0 - y), same_value=0)
    assert np.array_equal(back.images[back.pairs["train"]], x)
    assert np.array_equal(back.same["train"], data.same["train"])


def test_floats_become_the_nearest_byte(put):
    x = np.zeros((1, 2, 1, 2, 2))
    x[0, 1, 0] = [[0.999, 0.5], [0.0021, 1]]
    assert read_dense(*put(x, [1]), same_value=1).images[1].tolist() == [[[255, 128], [1, 255]]]


def test_arrays_in_the_order_of_fortran_are_read_as_well(put):
    x, y = dense(make())
    back = read_dense(*put(np.asfortranarray(x), y), same_value=1)
    assert np.array_equal(back.images[back.pairs["train"]], x)


def test_people_are_those_whom_same_pairs_link_and_a_pair_of_one_image_is_left_out(put, capsys):
    a, b, c, d, e = FACES.images[[0, 1, 4, 5, 8]]
    x = np.array([[a, b], [c, d], [b, c], [b, e], [a, a]])
    back = read_dense(*put(x, [1, 1, 0, 0, 1]), same_value=1)
    assert back.people.tolist() == [0, 0, 1, 1, 2]
    assert back.pairs["train"].tolist() == [[0, 1], [2, 3], [1, 2], [1, 4]]
    assert "Left out 1 pairs of an image with itself" in capsys.readouterr().err
    assert back.sources[4] == "X.npy[3, 1]"


def test_the_wrong_convention_is_found_where_pairs_contradict_each_other(put):
    paths = put(*dense(make(val=0, test=0, pairs=400)))
    with pytest.raises(JobError, match="contradicts itself: row .*try --same-value 1"):
        read_dense(*paths, same_value=0)


def test_one_photo_called_two_people_is_a_contradiction(put):
    a, b = FACES.images[[0, 4]]
    with pytest.raises(JobError, match="Y.npy contradicts itself: row 1 "):
        read_dense(*put(np.array([[a, b], [a, a]]), [0, 0]), same_value=1)


X, Y = dense(make())


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        (X[:, 0], Y, r"X.npy has the shape \(60, 1, 20, 16\): expected \(pairs, 2, 1, height, width\)"),
        (X.transpose(0, 1, 3, 4, 2), Y, "X.npy has the shape"),
        (X[:0], Y[:0], "X.npy has the shape"),
        (X[:-1], Y, "X.npy holds 59 pairs and .*Y.npy 60 numbers"),
        (X.astype(np.int64), Y, "X.npy holds int64 numbers"),
        (X.astype(np.float32), Y, "X.npy, row 0: floats must lie between 0 and 1. Divide by 255"),
        (np.full(X.shape, np.nan), Y, "floats must lie between 0 and 1"),
        (X.astype(object), Y, "X.npy holds Python objects"),
        (X, Y.astype(object), "Y.npy holds Python objects"),
        (X, Y[:, None], r"Y.npy has the shape \(60, 1\)"),
        (X, Y + 1, "Y.npy must hold 0 and 1 only"),
        (X, Y.astype(str), "Y.npy must hold 0 and 1 only"),
    ],
)
def test_arrays_of_another_form_are_refused_by_name(put, x, y, reason):
    with pytest.raises(JobError, match=reason):
        read_dense(*put(x, y), same_value=1)


def test_a_truncated_x_is_refused(put):
    x_path, y_path = put(X, Y)
    x_path.write_bytes(x_path.read_bytes()[:-100])
    with pytest.raises(JobError, match="X.npy is cut short"):
        read_dense(x_path, y_path, same_value=1)


def test_memory_stays_flat_while_the_dense_form_is_written(tmp_path):
    data = make(val=0, test=0, pairs=40_000)  # 26 MB
    tracemalloc.start()
    write_dense(tmp_path, data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "train_X.npy").stat().st_size > 25e6
    assert peak < 3e6


def test_a_large_size_is_announced_and_a_full_disk_refused_before_writing(tmp_path, monkeypatch, capsys):
    images = np.zeros((24, 1, 160, 160), np.uint8)
    data = make(val=0, test=0, pairs=20_000)
    data = dataclasses.replace(data, images=images)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(2e9, 1e9, 1e9))
    with pytest.raises(JobError, match=r"takes 1\.0 GB, and .* has room for 1\.0 GB"):
        write_dense(tmp_path, data)
    assert "Writing 1.0 GB" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_small_file_is_written_without_an_announcement(tmp_path, capsys):
    write_dense(tmp_path, make())
    assert capsys.readouterr().err == ""
