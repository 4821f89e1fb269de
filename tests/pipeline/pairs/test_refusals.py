"""A pairs folder that is damaged, or of another program, is refused with a message for its fault."""

import json
from dataclasses import replace

import numpy as np
import pytest

from pipeline.common.errors import JobError
from pipeline.datasets import drawn
from pipeline.pairs import build, by_person, load, save, store

FACES = drawn.draw(6, 4, np.random.default_rng(0), size=(20, 16))
DATA = build(FACES, by_person(FACES, 2, 2, np.random.default_rng(0)), 30, np.random.default_rng(0))


@pytest.fixture
def folder(tmp_path):
    save(tmp_path / "pairs", DATA)
    return tmp_path / "pairs"


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def edit(folder, **changes):
    """Change the header, or nothing, and give true checksums to header and arrays."""
    header = json.loads((folder / "pairs.json").read_text(encoding="utf-8"))
    del header["sha256"]
    store.write_header(folder, {**header, **changes})


def test_no_pairs_and_half_a_folder_are_refused_by_name(folder, tmp_path):
    with pytest.raises(JobError, match="empty holds no pairs .*siamese-np pairs SOURCE"):
        load(tmp_path / "empty")
    (folder / "val_same.npy").unlink()
    with pytest.raises(JobError, match="val_same.npy can't be read"):
        load(folder)


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.array([{"a": 1}], object), "people.npy holds Python objects"),
        (np.zeros(24, np.float64), r"people must be \(24,\) int32, got \(24,\) float64"),
        (np.int32(0), r"people must be \(24,\) int32, got \(\) int32"),
        (np.zeros(23, np.int32), r"people must be \(24,\) int32, got \(23,\) int32"),
        (np.full(24, 6, np.int32), r"people must lie in 0 \.\.\. 5"),
        (np.roll(DATA.people, 1), "contradicts people: same is wrong there"),
    ],
)
def test_a_wrong_array_of_people_is_refused(folder, array, reason):
    np.save(folder / "people.npy", array, allow_pickle=True)
    edit(folder)
    with pytest.raises(JobError, match=reason):
        load(folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data[:-1], "images.npy is cut short"),
        (lambda data: data[:50], "images.npy has a damaged header"),
        (lambda data: data.replace(b"(24, 1,", b"(-4,-6,"), "images.npy has a damaged header"),
        (lambda data: data + b"x", "images.npy is longer than it says"),
        (lambda data: b"", "images.npy is not a .npy file"),
        (lambda data: b"PK\3\4" + data, "images.npy is not a .npy file"),
        (lambda data: data[:6] + b"\x09" + data[7:], "images.npy has a damaged header"),
        (lambda data: data.replace(b"(24,", b"(2 4"), "images.npy has a damaged header"),
        (lambda data: data.replace(b"(24, 1,", b"(24, 2,"), "images.npy is cut short"),
        (lambda data: data.replace(b"(24, 1, 20,", b"(24, 20, 1,"), "images.npy was changed since it was written"),
        (lambda data: data[:-1] + b"x", "images.npy was changed since it was written"),
    ],
)
def test_damaged_images_are_refused_with_the_damage(folder, change, reason):
    path = folder / "images.npy"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(JobError, match=reason):
        load(folder)


def swapped(pairs):
    pairs = pairs.copy()
    pairs[3, 1] = pairs[3, 0]
    return pairs


@pytest.mark.parametrize(
    ("name", "array", "reason"),
    [
        ("part", np.full(24, "exam", "<U5"), "part knows train, val, test and drop, got 'exam'"),
        ("part", np.full(24, "train", "<U9"), "part must be"),
        ("train_pairs", DATA.pairs["train"].astype(np.int64), r"the train pairs must be \(P, 2\) int32"),
        ("train_pairs", DATA.pairs["train"] + np.int32(24), "point outside the 24 images"),
        ("train_pairs", DATA.pairs["train"] - np.int32(24), "point outside the 24 images"),
        ("train_pairs", swapped(DATA.pairs["train"]), "row 3 of the train pairs pairs an image with itself"),
        ("test_pairs", DATA.pairs["train"], "row 0 of the test pairs uses an image of another part"),
        ("test_same", ~DATA.same["test"], "row 0 of the test pairs contradicts people"),
        ("test_same", DATA.same["test"][:-1], r"same of test must be \(30,\) bool"),
        ("test_same", DATA.same["test"].astype(np.uint8), r"same of test must be \(30,\) bool, got \(30,\) uint8"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(folder, name, array, reason):
    np.save(folder / f"{name}.npy", array)
    edit(folder)
    with pytest.raises(JobError, match=reason):
        load(folder)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": 3}, "has format 3, this program reads format 2: update siamese-np"),
        ({"format": 1}, "has format 1, .*Make the pairs again: siamese-np pairs"),
        ({"format": 0}, "has format 0, .*Make the pairs again"),
        ({"format": "1"}, "it gives no format"),
        ({"same_means": False}, "same is true where both images show one person"),
        ({"split": None}, "doesn't say how people were split"),
        ({"names": "abcdef"}, "names is not a list of texts"),
        ({"names": ["a"] * 6}, "two people have the same name"),
        ({"sources": [1] * 24}, "sources is not a list of texts"),
        ({"sources": ["a"]}, "sources must be 24 paths, got 1"),
    ],
)
def test_a_header_from_elsewhere_is_refused_and_nothing_is_changed(folder, changes, reason):
    edit(folder, **changes)
    before = content(folder)
    with pytest.raises(JobError, match=reason):
        load(folder)
    assert content(folder) == before


def test_files_that_the_header_does_not_list_are_refused(folder):
    (folder / "val_pairs.npy").unlink()
    edit(folder)
    with pytest.raises(JobError, match="pairs.json is damaged: it does not list the files of pairs"):
        load(folder)


def test_a_changed_byte_is_found_or_without_effect_in_every_file(folder):
    """What is without effect: spaces in pairs.json."""
    save(folder, replace(DATA, landmarks=np.zeros((24, 5, 2), np.float32)))
    rng = np.random.default_rng(0)
    for path in folder.iterdir():
        before, found = path.read_bytes(), 0
        for place in rng.choice(len(before), 60, replace=False):
            path.write_bytes(before[:place] + bytes([before[place] ^ int(rng.integers(1, 256))]) + before[place + 1 :])
            try:
                header = load(folder).info
            except JobError as error:
                found += path.name in str(error)
            else:
                assert path.name == "pairs.json" and header == DATA.info
        assert found == 60 or path.name == "pairs.json" and found > 30
        path.write_bytes(before)
    assert len(load(folder).landmarks) == 24


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", b"null", b"[" * 100_000])
def test_a_damaged_header_is_refused(folder, text):
    (folder / "pairs.json").write_bytes(text)
    with pytest.raises(JobError, match="pairs.json is damaged"):
        load(folder)
