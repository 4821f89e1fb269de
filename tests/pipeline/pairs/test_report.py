"""The report about pairs."""

import numpy as np

from pipeline.datasets import Faces, drawn
from pipeline.pairs import build, by_image, by_person
from pipeline.pairs.report import SHOWN, lines, listed, summary, warning


def test_the_report_counts_each_part_and_names_who_is_special():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (13, 1, 12, 10), np.uint8)
    people = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5], np.int32)
    images[10] = images[9]  # a copy: person 3 has one photo left
    images[12] = images[11]  # a conflict: persons 4 and 5 have none left
    faces = Faces(images, people, tuple("abcdef"), tuple(f"{'abcdef'[p]}/{i}.png" for i, p in enumerate(people)))
    figures = summary(build(faces, by_person(faces, val=0, test=2, rng=rng), {"train": 6, "test": 20}, rng))
    assert (figures["images"], figures["people"], figures["size"], figures["dropped"]) == (13, 6, [12, 10], 3)
    assert figures["parts"] == {
        "train": {"people": 2, "images": 4, "pairs": 6, "same": 3, "possible_same": 3, "possible_different": 3},
        "val": {"people": 0, "images": 0, "pairs": 0, "same": 0, "possible_same": 0, "possible_different": 0},
        "test": {"people": 2, "images": 6, "pairs": 20, "same": 10, "possible_same": 6, "possible_different": 9},
    }
    assert (figures["single"], figures["unused"]) == (["d"], ["e", "f"])
    text = lines(figures)
    assert "  train       2       4       6       3" in text
    assert "  test        2       6      20      10  (with repeats: only 6 same pairs exist)" in text
    assert "  drop                3" in text
    for heading, item in (
        ("copies of a photo of one person, of which one is kept (1):", "  d/9.png and d/10.png"),
        ("CONFLICTS, the same photo under two people: one name must be wrong (1):", "  e/11.png and f/12.png"),
        ("people with 1 photo, who are in pairs of different people only (1):", "  d"),
        ("people without a photo in use (2):", "  e"),
    ):
        assert text[text.index(heading) + 1] == item


def test_a_long_list_is_cut_and_an_empty_one_is_left_out():
    assert listed("things", []) == []
    assert listed("things", ["a"] * SHOWN) == [f"things ({SHOWN}):", *["  a"] * SHOWN]
    assert listed("things", ["a"] * (SHOWN + 3))[-1] == "  and 3 more"
    assert len(listed("things", ["a"] * (SHOWN + 3))) == SHOWN + 2


def test_a_split_that_leaves_too_few_people_is_told_with_one_that_works():
    for people, told in ((4, True), (40, False)):
        faces = drawn.draw(people, 3, np.random.default_rng(0), size=(40, 32))
        data = build(faces, by_person(faces, 0.1, 0.2, np.random.default_rng(0)), 10, np.random.default_rng(0))
        figures = summary(data)
        assert (warning(figures) is not None) == told
        assert any("WARNING: only 2 people train, 0 validate, 2 test" in line for line in lines(figures)) == told
    by_photo = build(faces, by_image(faces, 0, 0, np.random.default_rng(0)), 10, np.random.default_rng(0))
    assert warning(summary(by_photo)) is None
