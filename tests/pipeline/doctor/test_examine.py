"""Faults that were put into a healthy folder are found, each by its name."""

import io
import shutil

import numpy as np
import pytest
from PIL import Image

from pipeline import photos
from pipeline.common.errors import JobError
from pipeline.doctor import KINDS, Finding, examine
from pipeline.photos import selection
from tests.pipeline.doctor.conftest import PEOPLE


def found(examination):
    return [(finding.kind, finding.photo or finding.person) for finding in examination.findings]


def test_in_a_healthy_folder_nothing_is_found(healthy, everywhere):
    (healthy / "Ann/.DS_Store").write_bytes(b"x")
    examination = examine(healthy, everywhere)
    assert (examination.people, examination.photos, examination.judged, examination.findings) == (8, 40, 40, ())


def test_a_copy_is_found_and_which_it_is_a_copy_of(healthy, everywhere):
    shutil.copy(healthy / "Ann/2.png", healthy / "Ann/7.png")
    (finding,) = examine(healthy, everywhere).findings
    assert finding == Finding("copy", "Ann", "Ann/7.png", "the same picture as Ann/2.png", "Ann/2.png", 1.0)
    assert finding.do == KINDS["copy"]


def test_a_photo_that_was_saved_anew_is_a_near_copy(healthy, everywhere):
    buffer = io.BytesIO()
    Image.fromarray(photos.read(healthy / "Bob/1.png")).save(buffer, "JPEG", quality=60)
    (healthy / "Bob/8.jpg").write_bytes(buffer.getvalue())
    (finding,) = examine(healthy, everywhere).findings
    assert (finding.kind, finding.photo, finding.other) == ("near copy", "Bob/8.jpg", "Bob/1.png")
    assert 0.98 < finding.value < 1 and f"{finding.value:.3f}" in finding.why


def test_one_photo_under_two_names_is_told_first(healthy, everywhere):
    shutil.copy(healthy / "Ann/2.png", healthy / "Bob/9.png")
    shutil.copy(healthy / "Cem/2.png", healthy / "Cem/3.png")
    kinds = found(examine(healthy, everywhere))
    assert kinds[0] == ("two people", "Bob/9.png") and ("copy", "Cem/3.png") in kinds


def test_two_blurred_faces_that_are_alike_are_not_taken_for_one_photo(healthy, everywhere):
    small = Image.fromarray(photos.read(healthy / "Ann/1.png")).resize((6, 7))
    for k, person in enumerate(("Ann", "Bob")):
        smooth = np.asarray(small.resize((66, 80), Image.Resampling.BICUBIC)) // 2 + 60 * k
        photos.write_png(healthy / person / "1.png", smooth.astype(np.uint8))
    assert "two people" not in {kind for kind, _ in found(examine(healthy, everywhere))}
    shutil.copy(healthy / "Ann/1.png", healthy / "Bob/1.png")
    assert ("two people", "Bob/1.png") in found(examine(healthy, everywhere)), "equal pixels are one photo all the same"


def test_a_wrong_name_is_a_suspect_with_the_right_person(healthy, everywhere):
    (healthy / "Ann/3.png").rename(healthy / "Зоя/6.png")
    (finding,) = examine(healthy, everywhere).findings
    assert (finding.kind, finding.photo, finding.other) == ("wrong label", "Зоя/6.png", "Ann")
    assert finding.value > 0 and "looks more like Ann" in finding.why


def test_what_is_no_face_to_the_detector_is_told_and_its_name_is_not_judged(healthy, everywhere):
    odd = photos.read(healthy / "Cem/4.png")[:, :, 0]
    examination = examine(healthy, lambda gray: None if np.array_equal(gray, odd) else everywhere(gray))
    assert found(examination) == [("no face", "Cem/4.png")] and examination.judged == 39


def test_whole_photos_are_told_once_and_no_name_is_judged(healthy, everywhere):
    (healthy / "Ann/3.png").rename(healthy / "Зоя/6.png")
    some = iter([True, True, True, False] * 10)
    examination = examine(healthy, lambda gray: everywhere(gray) if next(some) else None)
    (finding,) = examination.findings
    assert (finding.kind, finding.person, finding.photo, finding.value) == ("not cropped", "", None, 10)
    assert "in 10 of 40 pictures no face fills the picture" in finding.why and "siamese-np extract" in finding.do
    assert examination.judged == 0


def test_a_few_crops_without_a_face_are_told_one_by_one(healthy, everywhere):
    some = iter([True] * 33 + [False] * 7)
    examination = examine(healthy, lambda gray: everywhere(gray) if next(some) else None)
    assert {kind for kind, _ in found(examination)} == {"no face"} and len(examination.findings) == 7


def test_points_that_are_unlike_a_face_are_none(healthy, everywhere):
    odd = photos.read(healthy / "Cem/4.png")[:, :, 0]
    upside_down = everywhere(odd) * (1, -1)
    for points in (np.zeros((5, 2)), upside_down):
        examination = examine(healthy, lambda gray: points if np.array_equal(gray, odd) else everywhere(gray))
        assert found(examination) == [("no face", "Cem/4.png")]


def test_a_blurred_photo_is_told_by_its_fine_detail(healthy, everywhere):
    small = Image.fromarray(photos.read(healthy / "Ann/1.png")).resize((6, 7))
    smooth = small.resize((66, 80), Image.Resampling.BICUBIC)
    photos.write_png(healthy / "Ann/1.png", np.asarray(smooth))
    findings = [finding for finding in examine(healthy, everywhere).findings if finding.photo == "Ann/1.png"]
    assert [finding.kind for finding in findings] == ["blurred"] and findings[0].value < 0.05


@pytest.mark.parametrize("size", [(23, 60), (60, 23), (1, 1), (20, 400)])
def test_a_photo_that_is_too_small_is_told_by_that_alone(healthy, everywhere, size):
    photos.write_png(healthy / "Ann/9.png", np.full(size, 90, np.uint8))
    findings = [finding for finding in examine(healthy, everywhere).findings if finding.photo == "Ann/9.png"]
    assert [finding.kind for finding in findings] == ["too small"]
    assert findings[0].value == min(size) and f"{size[1]} x {size[0]} pixels" in findings[0].why


def test_files_that_can_not_be_read_are_told_with_the_reason(healthy, everywhere):
    (healthy / "Ann/6.jpg").write_bytes((healthy / "Ann/1.png").read_bytes()[:400])
    (healthy / "Bob/notes.txt").write_text("hello")
    (healthy / "loose.txt").write_text("hello")
    (healthy / "Empty").mkdir()
    findings = examine(healthy, everywhere).findings
    assert {(f.kind, f.person, f.photo) for f in findings} == {
        ("unreadable", "Ann", "Ann/6.jpg"), ("unreadable", "Bob", "Bob/notes.txt"), ("unreadable", "", "loose.txt"),
        ("unreadable", "Empty", "Empty"),
    }  # fmt: skip
    assert all(finding.why for finding in findings)


def test_a_person_with_one_photo_is_told(healthy, everywhere):
    shutil.copytree(healthy / "Ann", healthy / "Dora")
    for k in (2, 3, 4, 5):
        (healthy / f"Dora/{k}.png").unlink()
    photos.write_png(healthy / "Dora/1.png", np.random.default_rng(0).integers(0, 256, (80, 66), np.uint8))
    (finding,) = examine(healthy, everywhere).findings
    assert (finding.kind, finding.person, finding.photo, finding.value) == ("few photos", "Dora", None, 1)


def test_photos_that_were_rejected_are_left_out(healthy, everywhere):
    shutil.copy(healthy / "Ann/2.png", healthy / "Bob/9.png")
    selection.decide(healthy, ["Bob/9.png"], kept=False)
    examination = examine(healthy, everywhere)
    assert examination.findings == () and examination.photos == 40


def test_a_folder_without_a_photo_that_can_be_read_ends_the_job(tmp_path, everywhere):
    with pytest.raises(JobError, match="doesn't exist"):
        examine(tmp_path / "nowhere", everywhere)


def test_a_wrong_name_is_found_though_a_copy_says_the_same(healthy, everywhere):
    (healthy / "Ann/3.png").rename(healthy / "Cem/6.png")
    for k in (7, 8, 9):
        shutil.copy(healthy / "Cem/6.png", healthy / f"Cem/{k}.png")
    kinds = found(examine(healthy, everywhere))
    assert ("wrong label", "Cem/6.png") in kinds and kinds.count(("copy", "Cem/9.png")) == 1


def test_people_of_whom_there_is_one_picture_in_many_copies_are_not_judged(healthy, everywhere):
    for person in PEOPLE:
        for k in (2, 3, 4, 5):
            shutil.copy(healthy / person / "1.png", healthy / person / f"{k}.png")
    examination = examine(healthy, everywhere)
    assert examination.judged == 0 and {kind for kind, _ in found(examination)} == {"copy"}
