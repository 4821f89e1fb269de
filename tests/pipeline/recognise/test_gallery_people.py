"""Who is enrolled and forgotten, and under which names."""

import shutil
import unicodedata

import numpy as np
import pytest

from pipeline.common.errors import JobError
from pipeline.common.names import is_folder_name
from pipeline.photos.folder import natural
from pipeline.recognise.gallery import Gallery


def folders(root):
    return sorted(path.name for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def photo_of(gallery, name):
    return min((gallery.root / name).iterdir(), key=lambda path: natural(path.name))


def test_enrolling_twice_is_enrolling_once(gallery, strangers):
    colour = [np.repeat(face[..., None], 3, 2) for face in strangers[0][:2]]
    path = photo_of(gallery, "Ann")
    written = path.stat().st_mtime_ns
    assert gallery.enroll("Ann", strangers[0][:2]) == 0
    assert gallery.enroll("Ann", colour) == 0, "the same photo, read from a grey file as colour"
    assert gallery.enroll("Ann", strangers[0][1:4]) == 2
    assert len(gallery.refresh().photos) == 8
    assert path.stat().st_mtime_ns == written


def test_a_photo_of_two_people_is_kept_for_both(gallery, strangers):
    assert gallery.enroll("Dan", strangers[0][:1]) == 1
    shown = gallery.refresh()
    assert len(shown.photos) == 7 and len({photo.path for photo in shown.photos}) == 7


PATHS = ["", " ", ".", "..", "../x", "a/b", "/x", "a\\b", "..\\x", "\u200d"]
ODD = [".x", "__MACOSX", "Thumbs.db", "x" * 201, "?" * 80]


@pytest.mark.parametrize("name", PATHS + ODD)
def test_a_name_that_is_no_folder_is_refused_and_nothing_is_touched(gallery, strangers, name, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    for action in (lambda: gallery.enroll(name, strangers[0][:1]), lambda: gallery.forget(name)):
        with pytest.raises(JobError, match="can't be the name of a person"):
            action()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "name",
    [
        *("Анна Каренина", "José", "王秀英", "O'Brien-Smith_2", "Dr. Who", "Connie", "null", "s1", "ශ්\u200dරී", "مهدی\u200cزاده"),
        *("Sammy Davis Jr.", "AC:DC", "Who?", "C:x", "<b>", 'Ed "Too Tall" Jones', "CON", "nul", "com1.", "Aux.txt", "100%25"),
    ],
)
def test_names_of_people_are_fine(gallery, strangers, name):
    assert gallery.enroll(name, strangers[3][:1]) == 1
    assert name in gallery.refresh().people
    assert all(is_folder_name(path.name) for path in gallery.root.iterdir() if path.is_dir())
    assert gallery.forget(name).photos == 1
    assert name not in gallery.refresh().people


def test_spellings_in_other_case_or_with_other_spaces_are_one_person(gallery, strangers):
    for number, name in enumerate(["Ada  B", "ADA B", " ada b ", "ANN", "Who?", "WHO?"]):
        gallery.enroll(name, strangers[3][number : number + 1])
    assert gallery.refresh().people == ("Ada B", "Ann", "Bob", "Cem", "Who?")
    assert gallery.forget("aDa b").photos == 3 and gallery.forget("who?").photos == 2


def test_folders_of_one_person_from_elsewhere_count_as_one_and_are_forgotten_together(gallery, strangers, capsys):
    shutil.copytree(gallery.root / "Ann", gallery.root / "ANN")
    gallery.enroll("Bob", strangers[3][:1])
    photo_of(gallery, "ANN").rename(gallery.root / "ANN" / "new.png")
    assert gallery.refresh().people == ("ANN", "Bob", "Cem")
    assert "Ann and " in capsys.readouterr().err
    assert gallery.forget("Ann").photos == 4 and folders(gallery.root) == ["Bob", "Cem"]


def test_a_linked_folder_or_photo_is_refused_by_name_and_what_it_leads_to_stays(gallery, strangers, tmp_path):
    outside = tmp_path / "outside"
    shutil.copytree(gallery.root / "Ann", outside)
    before = sorted(path.name for path in outside.iterdir())
    (gallery.root / "Dan").symlink_to(outside)
    (gallery.root / "Bob" / "linked.png").symlink_to(outside / before[0])
    for action in (lambda: gallery.enroll("Dan", strangers[3][:1]), lambda: gallery.forget("dan")):
        with pytest.raises(JobError, match="Dan is a link to another folder"):
            action()
    shown = gallery.refresh()
    assert shown.people == ("Ann", "Bob", "Cem") and len(shown.photos) == 6
    assert {path.parent.name for path, reason in shown.problems if "is a link" in reason} == {"Bob", "Dan"}
    assert gallery.forget("Bob").photos == 3
    assert sorted(path.name for path in outside.iterdir()) == before


def test_a_name_has_one_folder_however_its_accents_are_written(gallery, strangers):
    decomposed = unicodedata.normalize("NFD", "José")
    shutil.copytree(gallery.root / "Ann", gallery.root / decomposed)
    assert "José" in gallery.refresh().people
    gallery.enroll("José", strangers[3][:1])
    assert folders(gallery.root) == sorted(["Ann", "Bob", "Cem", decomposed])
    assert gallery.forget("José").photos == 3


def test_forgetting_deletes_the_person_alone(gallery):
    gallery.refresh()
    assert gallery.forget("Bob").photos == 2
    assert folders(gallery.root) == ["Ann", "Cem"]
    assert gallery.refresh().people == ("Ann", "Cem")


def test_forgetting_somebody_unknown_lists_who_is_there(gallery, tmp_path):
    with pytest.raises(JobError, match="Dan is not in the gallery .*: it holds Ann, Bob, Cem"):
        gallery.forget("Dan")
    with pytest.raises(JobError, match="Ann is not in the gallery .*: it is empty"):
        Gallery(tmp_path / "none").forget("Ann")
