"""A split file is followed exactly, or refused with the number of its line."""

import numpy as np
import pytest

from pipeline.common.errors import JobError
from pipeline.datasets import Faces
from pipeline.pairs import build, from_file
from pipeline.pairs.report import lines, summary

SOURCES = ("s1/1.png", "s1/2.png", "s1/3.png", "s2/1.png", "s2/2.png", "s2/3.png")
FACES = Faces(
    np.random.default_rng(0).integers(0, 256, (6, 1, 12, 10), np.uint8),
    np.repeat(np.arange(2, dtype=np.int32), 3),
    ("s1", "s2"),
    SOURCES,
)


@pytest.fixture
def split_of(tmp_path):
    def split(text, faces=FACES):
        path = tmp_path / "split.txt"
        path.write_text(text, encoding="utf-8")
        return from_file(faces, path)

    return split


def test_each_photo_goes_where_its_line_says_and_what_has_no_line_is_dropped(split_of):
    split = split_of("# a comment\n\ntrain\ts1/1.png\nval\ts2/3.png\r\ntest\ts1/3.png\ndrop\ts2/1.png\n")
    assert split.part.tolist() == ["train", "drop", "test", "drop", "drop", "val"]
    assert split.kind == "split.txt"


@pytest.mark.parametrize("path", ["s2/1.pgm", "orl/s2/1.png", "a/b/s2/1.PGM", "s2\\1.png", "s2/1.pgm.png"])
def test_a_photo_is_found_from_a_higher_folder_and_with_another_ending(split_of, path):
    assert split_of(f"test\t{path}\n").part.tolist() == ["drop"] * 3 + ["test"] + ["drop"] * 2


def test_names_are_found_in_each_unicode_form_of_their_accents(split_of):
    faces = Faces(FACES.images[:1], FACES.people[:1], ("Zoe\u0301",), ("Zo\u00e9/1.png",))
    assert split_of("train\tZoe\u0301/1.png\n", faces).part.tolist() == ["train"]


def test_a_photo_whose_name_ends_in_two_ways_is_told_apart_by_its_ending_only(split_of):
    faces = Faces(FACES.images[:2], FACES.people[:2], ("A",), ("A/1.jpg.png", "A/1.png"))
    assert split_of("train\tA/1.png\ntest\tA/1.jpg.png\n", faces).part.tolist() == ["test", "train"]
    with pytest.raises(JobError, match=r"line 1: A/1\.bmp could be A/1\.jpg\.png and A/1\.png"):
        split_of("train\tA/1.bmp\n", faces)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("train s1/1.png\n", "line 1: expected a part, a tab and a path, got 'train s1/1.png'"),
        ("train\ts1/1.png\ntrain\t\n", "line 2: expected"),
        ("trian\ts1/1.png\n", "line 1: the part is train, val, test or drop, not 'trian'"),
        ("train\ts1/1.png\n# x\ntest\ta/s1/1.pgm\n", r"lines 1 and 3 both name s1/1\.png"),
        ("train\ts1/1.png\ntrain\ts9/1.png\n", r"aren't there or can't be read: s9/1\.png\. The faces are called s1/1"),
        ("".join(f"train\tx/{i}.png\n" for i in range(8)), r"x/4\.png and 3 more"),
        ("# nothing\n", "names no photo"),
        ("drop\tx/9.png\n", "names no photo"),
    ],
)
def test_a_file_that_cannot_be_followed_is_refused_with_the_line(split_of, text, reason):
    with pytest.raises(JobError, match=reason):
        split_of(text)


def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path):
    (tmp_path / "split.txt").write_bytes(b"\xff\xfe\x00t")
    with pytest.raises(JobError, match="split.txt can't be read: it is not a text file"):
        from_file(FACES, tmp_path / "split.txt")
    with pytest.raises(JobError, match="none.txt can't be read"):
        from_file(FACES, tmp_path / "none.txt")


def test_duplicates_stay_in_the_parts_of_the_file_and_are_reported_where_they_leak(split_of):
    images = FACES.images.copy()
    images[1] = images[3] = images[0]  # s1/1 = s1/2 = s2/1
    faces = Faces(images, FACES.people, FACES.names, SOURCES)
    split = split_of("".join(f"{'test' if s == 's1/2.png' else 'train'}\t{s}\n" for s in SOURCES), faces)
    assert split.part.tolist() == ["train", "test", "train", "train", "train", "train"]
    data = build(faces, split, {"train": 4}, np.random.default_rng(0))
    assert summary(data)["across"] == [["s1/1.png", "s1/2.png"]]
    assert summary(data)["conflicts"] == [["s1/1.png", "s2/1.png"]]
    assert summary(data)["copies"] == [["s1/1.png", "s1/2.png"]]
    text = "\n".join(lines(summary(data)))
    assert "LEAKS" in text and "CONFLICTS" in text and "split as the file split.txt says" in text


def test_a_duplicate_that_the_file_drops_is_no_leak(split_of):
    images = FACES.images.copy()
    images[1] = images[0]
    faces = Faces(images, FACES.people, FACES.names, SOURCES)
    split = split_of("".join(f"{'drop' if s == 's1/2.png' else 'train'}\t{s}\n" for s in SOURCES), faces)
    assert summary(build(faces, split, 4, np.random.default_rng(0)))["across"] == []
