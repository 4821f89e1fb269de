"""Who is enrolled and forgotten, and under which names."""

import shutil
import unicodedata

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import gallery as module
from pipeline import photos
from pipeline.errors import JobError
from pipeline.datasets.folder import natural
from pipeline.gallery import Gallery


def folders(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_dir())


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


PATHS = ["", " ", ".", "..", "../x", "a/b", "/x", "a\\b", "..\\x", "C:x"]
ODD = [".x", "x.", " x", "x ", "a\0b", "a\nb", "a?", "<b>", "CON", "nul", "com1", "Aux.txt", "__MACOSX", "Thumbs.db"]


@pytest.mark.parametrize("name", PATHS + ODD)
def test_a_name_that_is_no_folder_is_refused_and_nothing_is_touched(gallery, strangers, name, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    for action in (lambda: gallery.enroll(name, strangers[0][:1]), lambda: gallery.forget(name)):
        with pytest.raises(JobError, match="can't be the name of a folder"):
            action()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "name", ["Анна Каренина", "José", "王秀英", "O'Brien-Smith_2", "Dr. Who", "Connie", "null", "s1"]
)
def test_names_of_people_are_fine(gallery, strangers, name):
    assert gallery.enroll(name, strangers[3][:1]) == 1
    assert name in gallery.refresh().people
    assert gallery.forget(name) == 1
    assert name not in gallery.refresh().people


def test_a_name_has_one_folder_however_its_accents_are_written(gallery, strangers):
    decomposed = unicodedata.normalize("NFD", "José")
    shutil.copytree(gallery.root / "Ann", gallery.root / decomposed)
    assert "José" in gallery.refresh().people
    gallery.enroll("José", strangers[3][:1])
    assert folders(gallery.root) == sorted(["Ann", "Bob", "Cem", decomposed])
    assert gallery.forget("José") == 3


def test_forgetting_deletes_the_person_alone(gallery):
    gallery.refresh()
    assert gallery.forget("Bob") == 2
    assert folders(gallery.root) == ["Ann", "Cem"]
    assert gallery.refresh().people == ("Ann", "Cem")


def test_forgetting_somebody_unknown_lists_who_is_there(gallery, tmp_path):
    with pytest.raises(JobError, match="Dan is not in the gallery .*: it holds Ann, Bob, Cem"):
        gallery.forget("Dan")
    with pytest.raises(JobError, match="Ann is not in the gallery .*: it is empty"):
        Gallery(tmp_path / "none").forget("Ann")


def run(command, *arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_the_commands_enroll_and_forget(tmp_path, strangers):
    root = tmp_path / "known"
    photos.write_png(tmp_path / "1.png", strangers[0][0])
    photos.write_png(tmp_path / "2.png", strangers[0][1])
    result = run(module.enroll, "Ann", tmp_path / "1.png", tmp_path / "2.png", "--gallery", root)
    assert (result.exit_code, result.stdout) == (0, "Ann: 2 photos added, 0 were there already, 0 could not be read\n")
    result = run(module.enroll, "Ann", tmp_path / "1.png", "--gallery", root)
    assert result.stdout == "Ann: 0 photos added, 1 were there already, 0 could not be read\n"
    result = run(module.forget, "Ann", "--gallery", root)
    assert result.exit_code == 0 and result.stdout == f"Ann: 2 photos deleted from {root}\n"
    result = run(module.forget, "Ann", "--gallery", root)
    assert result.exit_code == 1 and "Ann is not in the gallery" in result.stderr


def test_without_a_gallery_the_one_inside_the_run_is_meant(tmp_path, strangers):
    photos.write_png(tmp_path / "1.png", strangers[0][0])
    assert run(module.enroll, "Ann", tmp_path / "1.png", "--run", tmp_path / "run").exit_code == 0
    assert len(list((tmp_path / "run" / "gallery" / "Ann").iterdir())) == 1


def test_enrolling_names_the_files_that_are_no_photos_and_adds_the_others(tmp_path, strangers):
    photos.write_png(tmp_path / "1.png", strangers[0][0])
    (tmp_path / "2.png").write_text("no photo")
    result = run(
        module.enroll, "Ann", tmp_path / "1.png", tmp_path / "2.png", tmp_path / "3.png", "--gallery", tmp_path / "g"
    )
    assert result.exit_code == 1
    assert "Ann: 1 photos added" in result.stdout and "2 could not be read" in result.stdout
    assert "2.png: holds text, not a photo" in result.stderr and "3.png: doesn't exist" in result.stderr
    result = run(module.enroll, "Bob", tmp_path / "2.png", "--gallery", tmp_path / "g")
    assert result.exit_code == 1 and "nobody was added" in result.stderr and folders(tmp_path / "g") == ["Ann"]
