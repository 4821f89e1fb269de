"""What was found in a gallery's photos, beside them."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pipeline import photos
from pipeline.common import locks
from pipeline.faces import way_in
from pipeline.faces.way_in import Face, of_crop
from pipeline.recognise.gallery import Gallery
from pipeline.recognise.kept_faces import FILE, KeptFaces

PLAIN = ("box", "region", "confidence", "whole", "turned")
PHOTO = np.arange(60 * 50 * 3, dtype=np.uint8).reshape(60, 50, 3)
FACE = Face(PHOTO, (5.0, 6.0, 30.0, 40.0), (1.0, 2.0, 41.25, 50.0), np.arange(10.0).reshape(5, 2), 0.987)


def equal(a, b):
    arrays = np.array_equal(a.points, b.points, equal_nan=True) and np.array_equal(a.photo, b.photo)
    return arrays and [getattr(a, name) for name in PLAIN] == [getattr(b, name) for name in PLAIN]


def test_a_face_a_reason_and_a_crop_without_landmarks_come_back(tmp_path):
    kept = KeptFaces(tmp_path)
    kept.put("a", FACE)
    kept.put("b", "no face found")
    kept.put("c", of_crop(PHOTO))
    kept.save()
    again = KeptFaces(tmp_path)
    assert equal(again.get("a", PHOTO), FACE) and again.get("b", PHOTO) == "no face found"
    assert equal(again.get("c", PHOTO), of_crop(PHOTO)) and again.get("d", PHOTO) is None


def test_a_photo_that_was_turned_is_turned_again(tmp_path):
    kept = KeptFaces(tmp_path)
    kept.put("a", Face(np.rot90(PHOTO), (5.0, 6.0, 30.0, 20.0), FACE.region, FACE.points, 0.9, turned=90))
    assert np.array_equal(kept.get("a", PHOTO).photo, np.rot90(PHOTO))


@pytest.mark.parametrize(
    "content", ["", "no JSON", "[]", "null", '{"format": 0, "faces": {}}', '{"format": 1}', "[" * 100000]
)
def test_a_damaged_file_counts_as_absent(tmp_path, content):
    (tmp_path / FILE).write_text(content)
    kept = KeptFaces(tmp_path)
    assert kept.get("a", PHOTO) is None
    kept.put("a", FACE)
    kept.save()
    assert equal(KeptFaces(tmp_path).get("a", PHOTO), FACE)


@pytest.mark.parametrize(
    "change",
    [{"turned": 45}, {"points": [[1, 2]]}, {"points": "x"}, {"box": [1]}, {"region": [0, 0, 1e9, 1e9]},
     {"turned": None}, {"region": [0, 0, float("nan"), 5]}, {"region": [0, 0, 0, 0]}, {"confidence": "x"}],
)  # fmt: skip
def test_an_entry_that_fits_no_face_is_not_believed(tmp_path, change):
    kept = KeptFaces(tmp_path)
    kept.put("a", FACE)
    kept.save()
    stored = json.loads((tmp_path / FILE).read_text())
    stored["faces"]["a"] |= change
    (tmp_path / FILE).write_text(json.dumps(stored))
    assert KeptFaces(tmp_path).get("a", PHOTO) is None


@pytest.fixture
def by_hand(tmp_path, strangers):
    """A gallery folder that somebody filled with photos."""
    for number, name in enumerate(("Ann", "Bob")):
        for n in range(2):
            photos.write_png(tmp_path / "people" / name / f"{n}.png", strangers[number][n])
    return tmp_path / "people"


@pytest.fixture
def counted(monkeypatch):
    """The pictures that were searched for faces; a bright one shows none."""
    searched = []

    def look(picture):
        searched.append(picture)
        if picture.min() == 255:
            raise way_in.NoFace("no face found: choose another one")
        return (of_crop(picture),)

    monkeypatch.setattr(way_in, "look", look)
    return searched


def test_a_folder_filled_by_hand_is_searched_once_also_by_other_processes(by_hand, loaded, counted):
    first = Gallery(by_hand, loaded).refresh()
    assert len(counted) == 4 and first.problems == ()
    again = Gallery(by_hand, loaded).refresh()
    assert len(counted) == 4 and np.array_equal(first.embeddings, again.embeddings) and again.problems == ()


def test_a_photo_without_a_face_is_a_problem_and_not_counted(by_hand, loaded, counted):
    photos.write_png(by_hand / "Ann" / "wall.png", np.full((60, 50, 3), 255, np.uint8))
    for _ in range(2):
        shown = Gallery(by_hand, loaded).refresh()
        assert len(shown.photos) == 4
        assert [(path.name, reason[:13]) for path, reason in shown.problems] == [("wall.png", "no face found")]
    assert len(counted) == 5


def test_a_photo_that_is_replaced_is_searched_anew(by_hand, loaded, counted, strangers):
    Gallery(by_hand, loaded).refresh()
    photos.write_png(by_hand / "Ann" / "0.png", strangers[4][0])
    Gallery(by_hand, loaded).refresh()
    assert len(counted) == 5


def test_what_is_enrolled_is_not_searched_and_what_is_forgotten_leaves_nothing(tmp_path, loaded, counted, strangers):
    gallery = Gallery(tmp_path / "g", loaded)
    gallery.enroll("Ann", strangers[0][:2])
    gallery.enroll("Bob", strangers[1][:2])
    gallery.refresh()
    assert counted == []
    gallery.forget("Ann", for_good=True)
    files = [path.read_bytes() for path in (tmp_path / "g" / "Bob").iterdir()]
    kept = json.loads((tmp_path / "g" / FILE).read_text())["faces"]
    assert set(kept) == {hashlib.sha256(content).hexdigest() for content in files}


def test_a_gallery_where_nothing_can_be_written_works(by_hand, loaded, counted, monkeypatch):
    def full(self):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(KeptFaces, "save", full)
    assert len(Gallery(by_hand, loaded).refresh().photos) == 4


def test_entries_that_others_write_meanwhile_are_kept(tmp_path):
    one, other = KeptFaces(tmp_path), KeptFaces(tmp_path)
    one.put("a", FACE)
    one.put("b", "no face found")
    one.save()
    other.put("c", FACE)
    other.save()
    one.drop({"b"})
    one.save()
    there = KeptFaces(tmp_path)
    assert equal(there.get("a", PHOTO), FACE) and there.get("b", PHOTO) is None and equal(there.get("c", PHOTO), FACE)


def test_a_refresh_writes_nothing_while_a_change_is_under_way(by_hand, loaded):
    with ThreadPoolExecutor(1) as other, locks.held(by_hand):
        assert other.submit(Gallery(by_hand, loaded).refresh).result().people
        assert not (by_hand / FILE).exists()
    Gallery(by_hand, loaded).refresh()
    assert (by_hand / FILE).exists()
