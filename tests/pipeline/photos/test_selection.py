"""Keeping and rejecting photos: one file of decisions, and nothing is ever deleted."""

import os
import shutil
import unicodedata

import numpy as np
import pytest

from pipeline import photos
from pipeline.common.errors import JobError
from pipeline.photos import selection, selection_file


@pytest.fixture
def source(tmp_path):
    """Anna with photos 0 to 2, Ben with 0 and 1, all different."""
    for tone, name in enumerate(("Anna/0", "Anna/1", "Anna/2", "Ben/0", "Ben/1")):
        photos.write_png(tmp_path / f"{name}.png", np.full((30, 20), 40 * tone, np.uint8))
    return tmp_path


def files(source):
    return {path.name: path.read_bytes() for path in source.glob("*/*.png")}


def test_without_decisions_every_photo_is_kept(source):
    assert selection.load(source).is_kept("Anna/0.png") and not selection.load(source).rejected


def test_a_rejection_is_kept_on_disk_and_deletes_nothing(source):
    before = files(source)
    selection.decide(source, ["Anna/1.png"], kept=False)
    assert selection.load(source).rejected == {"Anna/1.png"}
    assert files(source) == before


def test_a_decision_can_be_taken_back(source):
    selection.decide(source, ["Anna/1.png", "Ben/0.png"], kept=False)
    selection.decide(source, ["Anna/1.png"], kept=True)
    assert selection.load(source).decisions == {"Anna/1.png": True, "Ben/0.png": False}


def test_another_photo_under_the_old_name_is_undecided(source):
    selection.decide(source, ["Anna/1.png"], kept=False)
    photos.write_png(source / "Anna/1.png", np.full((30, 20), 200, np.uint8))
    assert selection.load(source).decisions == {}


@pytest.mark.parametrize("name", ["Anna/9.png", "../Anna/0.png", "Anna", ""])
def test_a_photo_that_is_not_there_is_refused_by_name_and_changes_nothing(source, name):
    with pytest.raises(JobError, match="no photo"):
        selection.decide(source, ["Anna/0.png", name], kept=False)
    assert not (source / selection.FILE).exists()


def test_a_decision_on_a_photo_that_is_away_holds_again_when_it_is_back(source):
    selection.decide(source, ["Anna/1.png"], kept=False)
    (source / "Anna/1.png").rename(source / "away")
    selection.decide(source, ["Ben/0.png"], kept=True)
    (source / "away").rename(source / "Anna/1.png")
    assert selection.load(source).rejected == {"Anna/1.png"}


def test_a_name_spelled_in_other_bytes_is_the_same_person_and_a_replaced_photo_undecided(tmp_path):
    folder = tmp_path / unicodedata.normalize("NFD", "Zoë")
    photos.write_png(folder / "1.png", np.full((30, 20), 10, np.uint8))
    selection.decide(tmp_path, ["Zoë/1.png"], kept=False)
    assert selection.load(tmp_path).rejected == {"Zoë/1.png"}
    photos.write_png(folder / "1.png", np.full((30, 20), 90, np.uint8))
    assert not selection.load(tmp_path).rejected


def test_a_file_name_that_is_no_text_can_be_decided(source):
    odd = os.fsdecode(b"\xff.png")
    try:
        photos.write_png(source / "Anna" / odd, np.full((30, 20), 77, np.uint8))
    except OSError:
        pytest.skip("this system refuses such names")
    selection.decide(source, [f"Anna/{odd}"], kept=False)
    assert selection.load(source).rejected == {f"Anna/{odd}"}


def test_another_format_is_named_and_not_called_damaged(source):
    (source / selection.FILE).write_text('{"format": 9, "photos": {}}')
    with pytest.raises(JobError, match="format 9.*update"):
        selection.load(source)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', "[" * 100_000,
                                  '{"format": 2, "photos": [], "undo": {"a": 1}}',
                                  '{"format": 2, "photos": [{"photo": "A", "sha256": null, "kept": false}], "undo": []}',
                                  '{"format": 2, "photos": [{"photo": "A", "sha256": "0", "kept": 1}], "undo": []}',
                                  '{"format": 2, "photos": [{"photo": [], "sha256": "0", "kept": true}], "undo": []}',
                                  '{"format": 2, "photos": [], "undo": [{"photo": "A", "sha256": "0", "was": "no"}]}',
                                  '{"format": 3, "photos": [{"photo": "A", "sha256": "0", "kept": true, "face": [1, 2]}], "undo": []}',
                                  '{"format": 3, "photos": [{"photo": "A", "sha256": "0", "kept": true, "face": 7}], "undo": []}',
                                  '{"format": 3, "photos": [{"photo": "A", "sha256": "0", "kept": true, "face": [1, 2, 3, 0]}], "undo": []}',
                                  '{"format": 3, "photos": [{"photo": "A", "sha256": "0", "kept": true, "face": [NaN, 2, 3, 9]}], "undo": []}',
                                  '{"format": "2"}', '{"format": 2, "photos": [1], "undo": []}'],
                         ids=["empty", "cut", "list", "no photos", "deep", "undo", "no hash", "kept 1", "name", "was",
                              "two sides", "no box", "no height", "not a number", "text", "no entry"])  # fmt: skip
def test_a_damaged_file_of_decisions_is_named_and_not_overwritten(source, text):
    (source / selection.FILE).write_text(text)
    with pytest.raises(JobError, match=selection.FILE):
        selection.decide(source, ["Anna/0.png"], kept=False)
    assert (source / selection.FILE).read_text() == text


def test_a_decision_follows_a_photo_that_got_another_name(source):
    selection.decide(source, ["Anna/1.png"], kept=False)
    (source / "Anna/1.png").rename(source / "Anna/one.png")
    assert selection.load(source).rejected == {"Anna/one.png"}
    selection.decide(source, ["Anna/0.png"], kept=True)  # written down under the new name
    assert selection.load(source).decisions == {"Anna/0.png": True, "Anna/one.png": False}
    assert "Anna/1.png" not in (source / selection.FILE).read_text()


def test_two_photos_that_changed_names_with_each_other_keep_their_own_decision(source):
    selection.decide(source, ["Anna/0.png"], kept=True)
    selection.decide(source, ["Anna/1.png"], kept=False)
    (source / "Anna/0.png").rename(source / "Anna/x")
    (source / "Anna/1.png").rename(source / "Anna/0.png")
    (source / "Anna/x").rename(source / "Anna/1.png")
    assert selection.load(source).decisions == {"Anna/0.png": False, "Anna/1.png": True}


def test_decisions_follow_a_folder_that_got_another_name(source):
    selection.decide(source, ["Ben/0.png"], kept=False)
    (source / "Ben").rename(source / "Benjamin")
    assert selection.load(source).rejected == {"Benjamin/0.png"}


def test_a_photo_that_went_to_another_person_is_undecided(source):
    selection.decide(source, ["Anna/1.png"], kept=False)
    (source / "Anna/1.png").rename(source / "Ben/from Anna.png")
    assert not selection.load(source).rejected


def test_a_copy_of_a_rejected_photo_is_undecided(source):
    selection.decide(source, ["Anna/1.png"], kept=False)
    shutil.copy(source / "Anna/1.png", source / "Anna/copy.png")
    assert selection.load(source).decisions == {"Anna/1.png": False}


def test_a_decision_on_another_photo_under_its_name_leaves_that_of_a_photo_that_is_away(source):
    selection.decide(source, ["Anna/1.png"], kept=False)
    (source / "Anna/1.png").rename(source / "away")
    photos.write_png(source / "Anna/1.png", np.full((30, 20), 200, np.uint8))
    selection.decide(source, ["Anna/1.png"], kept=True)
    assert selection.load(source).decisions == {"Anna/1.png": True}
    (source / "away").rename(source / "Anna/1.png")
    assert selection.load(source).decisions == {"Anna/1.png": False}


def test_decisions_are_taken_back_one_after_another_to_the_first(source):
    selection.decide(source, ["Anna/0.png"], kept=True)
    selection.decide(source, ["Anna/0.png", "Ben/1.png"], kept=False)
    assert selection.load(source).undoable == 3
    assert selection.undo(source) == "Ben/1.png"
    assert selection.load(source).decisions == {"Anna/0.png": False}
    assert selection.undo(source) == "Anna/0.png"
    assert selection.load(source).decisions == {"Anna/0.png": True}
    assert selection.undo(source) == "Anna/0.png"
    assert selection.load(source).decisions == {}
    assert selection.undo(source) is None


def test_the_same_decision_twice_is_one_to_take_back(source):
    selection.decide(source, ["Anna/0.png"], kept=False)
    selection.decide(source, ["Anna/0.png"], kept=False)
    assert selection.undo(source) == "Anna/0.png"
    assert selection.load(source).decisions == {} and selection.undo(source) is None


def test_a_decision_on_a_photo_with_a_new_name_can_be_taken_back(source):
    selection.decide(source, ["Anna/1.png"], kept=False)
    (source / "Anna/1.png").rename(source / "Anna/one.png")
    assert selection.undo(source) == "Anna/one.png"
    assert selection.load(source).decisions == {}


def test_only_the_last_decisions_are_remembered_but_all_of_them_hold(source, monkeypatch):
    monkeypatch.setattr(selection_file, "REMEMBERED", 2)
    for name in ("Anna/0.png", "Anna/1.png", "Ben/0.png"):
        selection.decide(source, [name], kept=False)
    assert len(selection.load(source).rejected) == 3
    assert [selection.undo(source) for _ in range(3)] == ["Ben/0.png", "Anna/1.png", None]


def test_a_file_that_cannot_be_written_leaves_the_old_decisions(source, monkeypatch):
    selection.decide(source, ["Anna/1.png"], kept=False)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(JobError, match="selection.json can't be written .No space"):
        selection.decide(source, ["Anna/1.png"], kept=True)
    monkeypatch.undo()
    assert selection.load(source).rejected == {"Anna/1.png"}


def test_unchanged_photos_are_not_read_again_by_one_who_remembers_their_hashes(source):
    asked = []

    def digest(path):
        asked.append(path.name)
        return selection.digest_of(path)

    selection.load(source, digest)
    assert asked == []  # without decisions nothing is read
    selection.decide(source, ["Ben/1.png"], kept=False)
    selection.load(source, digest)
    assert set(asked) == {"1.png"}  # nor is any photo without a decision


FACE = (10.0, 5.5, 8.0, 9.0)


def test_a_chosen_face_keeps_its_photo_and_is_on_the_disk(source):
    selection.decide(source, ["Anna/1.png"], kept=False)
    selection.choose(source, "Anna/1.png", FACE)
    assert selection.load(source).decisions == {"Anna/1.png": True}
    assert selection.load(source).faces == {"Anna/1.png": FACE}


def test_a_chosen_face_stays_chosen_while_its_photo_is_rejected_and_kept_again(source):
    selection.choose(source, "Anna/1.png", FACE)
    for kept in (False, True):
        selection.decide(source, ["Anna/1.png"], kept)
        assert selection.load(source).faces == {"Anna/1.png": FACE}


def test_choosing_a_face_is_taken_back_like_any_decision(source):
    other = (1.0, 2.0, 3.0, 4.0)
    selection.decide(source, ["Anna/1.png"], kept=False)
    selection.choose(source, "Anna/1.png", FACE)
    selection.choose(source, "Anna/1.png", FACE)  # said twice, it is one decision
    selection.choose(source, "Anna/1.png", other)
    assert selection.load(source).undoable == 3
    assert selection.undo(source) == "Anna/1.png" and selection.load(source).faces == {"Anna/1.png": FACE}
    assert selection.undo(source) == "Anna/1.png" and selection.load(source).decisions == {"Anna/1.png": False}
    assert selection.load(source).faces == {}


def test_a_chosen_face_follows_its_photo_and_not_another_one_under_its_name(source):
    selection.choose(source, "Anna/1.png", FACE)
    (source / "Anna/1.png").rename(source / "Anna/one.png")
    assert selection.load(source).faces == {"Anna/one.png": FACE}
    photos.write_png(source / "Anna/one.png", np.full((30, 20), 222, np.uint8))
    assert selection.load(source).faces == {}


def test_decisions_of_the_format_before_are_read_and_written_anew(source):
    content = selection.digest_of(source / "Anna/1.png")
    entry = f'{{"photo": "Anna/1.png", "sha256": "{content}", '
    (source / selection.FILE).write_text(
        f'{{"format": 2, "photos": [{entry}"kept": false}}], "undo": [{entry}"was": true}}]}}'
    )
    assert selection.load(source).rejected == {"Anna/1.png"}
    selection.choose(source, "Ben/0.png", FACE)
    assert selection.load(source).decisions == {"Anna/1.png": False, "Ben/0.png": True}
    assert [selection.undo(source) for _ in range(3)] == ["Ben/0.png", "Anna/1.png", None]
    assert selection.load(source).decisions == {"Anna/1.png": True}
