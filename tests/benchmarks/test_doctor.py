"""Faults are planted where they are said to be, and findings are counted as what they are."""

import shutil

import numpy as np
import pytest

from benchmarks.doctor import compare, plant
from pipeline import photos
from pipeline.datasets import drawn
from pipeline.doctor import Examination, Finding
from pipeline.photos import folder


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Before, after, and what was planted."""
    before, after = (tmp_path_factory.mktemp("doctor") / name for name in ("before", "after"))
    faces = drawn.draw(4, 10, np.random.default_rng(3), size=(56, 46))
    for image, source in zip(faces.images, faces.sources):
        photos.write_png(before / source, image[0])
    shutil.copytree(before, after)
    others = [np.random.default_rng(4).integers(0, 256, (90, 120, 3), np.uint8)]
    return before, after, plant(after, np.random.default_rng(5), others)


def files(root):
    return {f"{p.name}/{path.name}": path for p in folder.scan(root).people for path in p.files}


def test_each_fault_is_planted_in_two_photos_of_its_own(planted):
    before, after, wrong = planted
    assert set(wrong) == {"copy", "near copy", "two people", "blurred", "no face", "wrong label"}
    names = [name for kind in wrong.values() for name in kind]
    assert all(len(kind) == 2 for kind in wrong.values()) and len(set(names)) == len(names)
    there, now = files(before), files(after)
    assert set(names) <= set(now) and len(now) == len(there) + 8, "blurred ones are replaced, renamed ones moved"
    for name in set(there) & set(now):
        assert (there[name].read_bytes() == now[name].read_bytes()) == (name not in wrong["blurred"])


def test_a_renamed_photo_was_that_of_somebody_else_and_is_there_no_more(planted):
    before, after, wrong = planted
    old = {path.read_bytes(): name for name, path in files(before).items()}
    now = files(after)
    for name in wrong["wrong label"]:
        was = old[now[name].read_bytes()]
        assert was.split("/")[0] != name.split("/")[0] and was not in now
    for name in wrong["two people"]:
        was = old[now[name].read_bytes()]
        assert was.split("/")[0] != name.split("/")[0] and was in now


def test_findings_are_counted_as_right_false_or_known_before():
    planted = {"copy": {"A/1", "A/2"}, "wrong label": {"A/3"}, "two people": {"B/9"}}
    findings = (
        Finding("copy", "A", "A/8", "", "A/1"),  # the other one of the two was planted
        Finding("copy", "A", "A/5", "", "A/6"),
        Finding("copy", "A", "A/7", "", "A/4"),
        Finding("wrong label", "A", "A/3", "", "B"),
        Finding("wrong label", "B", "B/9", "", "A"),  # a photo with two names has a wrong one
        Finding("wrong label", "B", "B/2", "", "A"),
        Finding("two people", "B", "B/4", "", "A/3"),  # and one with a wrong name is alike to another of its person
    )
    rows = compare(Examination(2, 20, 20, "", findings), planted, {("copy", "A/7")})
    assert rows == {"copy": [2, 1, 1, 1], "wrong label": [1, 1, 1, 0], "two people": [1, 0, 0, 0]}
