"""A folder of people, as it really looks on people's disks."""

import unicodedata

import numpy as np
import pytest

from pipeline import photos
from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.datasets import Faces
from pipeline.photos.folder import natural, scan

PNG = photos.png_bytes(np.zeros((4, 4), np.uint8))
JUNK = [".DS_Store", "Thumbs.db", "desktop.ini", "._1.jpg", ".hidden.png"]


def put(root, *names, data=PNG):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def people(root):
    return {person.name: [path.name for path in person.files] for person in scan(root).people}


def reasons(root):
    return {path.relative_to(root).as_posix(): reason for path, reason in scan(root).skipped}


def test_folders_are_people_and_files_are_photos_in_natural_order(tmp_path):
    put(tmp_path, "s10/1.png", "s2/10.png", "s2/9.png", "S1/b.png", "S1/A.png")
    found = list(people(tmp_path).items())
    assert found == [("S1", ["A.png", "b.png"]), ("s2", ["9.png", "10.png"]), ("s10", ["1.png"])]
    assert reasons(tmp_path) == {}


def test_natural_order_counts():
    names = ["s10", "S2", "s1", "10", "9", "a", "", "s2b", "s02"]
    assert sorted(names, key=natural) == ["", "9", "10", "a", "s1", "S2", "s02", "s2b", "s10"]


def test_photos_are_known_by_their_content(tmp_path):
    put(tmp_path, "Anna/photo", "Anna/photo.txt")
    put(tmp_path, "Anna/notes.txt", data=b"Anna in May")
    put(tmp_path, "Anna/page.jpg", data=b"<html></html>")
    put(tmp_path, "Anna/nothing.jpg", data=b"")
    assert people(tmp_path) == {"Anna": ["photo", "photo.txt"]}
    skipped = reasons(tmp_path)
    assert "text" in skipped["Anna/notes.txt"]
    assert "web page" in skipped["Anna/page.jpg"]
    assert "empty" in skipped["Anna/nothing.jpg"]


def test_files_of_the_system_are_skipped_at_both_levels_and_listed(tmp_path):
    put(tmp_path, "Anna/1.png", "__MACOSX/Anna/1.png", ".git/1.png", *JUNK, *(f"Anna/{name}" for name in JUNK))
    assert people(tmp_path) == {"Anna": ["1.png"]}
    assert set(reasons(tmp_path)) == {"__MACOSX", ".git", *JUNK, *(f"Anna/{name}" for name in JUNK)}


def test_what_else_is_no_person_is_listed_with_its_reason(tmp_path):
    put(tmp_path, "Anna/1.png", "Anna/old/2.png", "loose.png")
    put(tmp_path, "notes.txt", data=b"hello")
    (tmp_path / "Empty").mkdir()
    assert people(tmp_path) == {"Anna": ["1.png"]}
    skipped = reasons(tmp_path)
    assert set(skipped) == {"Anna/old", "loose.png", "notes.txt", "Empty"}
    assert "move it into one" in skipped["loose.png"]
    assert "text" in skipped["notes.txt"]
    assert "inside a person's folder" in skipped["Anna/old"]
    assert "without photos" in skipped["Empty"]


def test_one_name_written_in_two_forms_of_unicode_is_one_person(tmp_path):
    composed, decomposed = unicodedata.normalize("NFC", "Zoé"), unicodedata.normalize("NFD", "Zoé")
    put(tmp_path, f"{decomposed}/1.png")
    assert list(people(tmp_path)) == [composed]
    put(tmp_path, f"{composed}/2.png")
    assert {name: sorted(files) for name, files in people(tmp_path).items()} == {composed: ["1.png", "2.png"]}


def test_names_that_read_the_same_are_one_person_with_a_word(tmp_path, capsys):
    console.say_once.cache_clear()
    for name in ("ADA/1.png", "Ada/1.PNG", "Ada/2.png", "Ada  B/1.png", "ada b/2.png"):
        put(tmp_path, name)
    found = scan(tmp_path)
    assert [(person.name, len(person.files)) for person in found.people] == [("ADA", 2), ("Ada B", 2)]
    ((path, reason),) = found.skipped
    assert path == tmp_path / "Ada" / "1.PNG" and str(tmp_path / "ADA" / "1.png") in reason and "rename" in reason
    scan(tmp_path)
    assert capsys.readouterr().err.count("taken as one person") == 2, "one word for each, once"


@pytest.mark.parametrize("name", ["Sammy Davis Jr.", "AC:DC", "Who?", "con", "ශ්\u200dරී"])
def test_a_name_that_no_folder_may_have_everywhere_is_still_a_name(tmp_path, name):
    put(tmp_path, f"{name}/1.png")
    assert list(people(tmp_path)) == [name]


def test_what_could_not_be_enrolled_is_named_at_once(tmp_path):
    for name in ("Ada", "a\\b", "x" * 201):
        put(tmp_path, f"{name}/1.png")
    found = scan(tmp_path)
    assert [person.name for person in found.people] == ["Ada"]
    assert {path.name for path, reason in found.skipped if "rename the folder" in reason} == {"a\\b", "x" * 201}


def test_a_photo_whose_name_leaves_no_room_for_png_is_named_and_left_out(tmp_path):
    for name in ("a" * 251, "b" * 252, "é" * 126):
        put(tmp_path, f"Ada/{name}")
    found = scan(tmp_path)
    assert [path.name for path in found.people[0].files] == ["a" * 251]
    assert all("longer than 251 bytes" in reason for _, reason in found.skipped) and len(found.skipped) == 2


def test_no_people_is_an_error_that_shows_the_layout(tmp_path):
    for root, problem in ((tmp_path / "nowhere", "doesn't exist"), (tmp_path, "no folder with photos")):
        with pytest.raises(JobError, match=problem) as caught:
            scan(root)
        assert str(root / "Anna" / "1.jpg") in str(caught.value)


def test_when_nothing_is_a_photo_the_error_says_why_and_stays_short(tmp_path):
    put(tmp_path, *(f"Anna/{number}.heic" for number in range(30)), data=b"8BPS\0\1")
    with pytest.raises(JobError, match="0.heic: is a Photoshop drawing") as caught:
        scan(tmp_path)
    assert "and 21 more" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 12


def test_a_file_in_place_of_the_folder_is_said(tmp_path):
    put(tmp_path, "a.zip")
    with pytest.raises(JobError, match="is a file, not a folder"):
        scan(tmp_path / "a.zip")


def test_the_folder_of_one_person_gets_a_hint(tmp_path):
    put(tmp_path, "Anna/1.png")
    with pytest.raises(JobError, match="1.png lies directly in it: perhaps you meant the folder above"):
        scan(tmp_path / "Anna")


@pytest.mark.parametrize(
    "table", ["file,person\nimages/0.png,ada\nimages/1.png,ben\n", "images/0.png;ada\nimages/1.png;ben"]
)
def test_a_table_of_labels_beside_one_folder_is_refused_with_the_line_that_imports_it(tmp_path, table):
    put(tmp_path, "images/0.png", "images/1.png")
    put(tmp_path, "labels.csv", data=table.encode())
    with pytest.raises(JobError, match="labels.csv says who is on which photo.* siamese-np import"):
        scan(tmp_path)


@pytest.mark.parametrize(
    "table",
    ["file,person\nAda/0.png,Ada\nBen/1.png,ben\n", "file,split\nAda/0.png,train\nBen/1.png,test\n",
     "name,photos\nAda,1\nBen,1\n", "Ada likes\nBen, too\n"],
)  # fmt: skip
def test_a_table_that_agrees_or_tells_something_else_changes_nothing(tmp_path, table):
    put(tmp_path, "Ada/0.png", "Ben/1.png")
    put(tmp_path, "table.csv", data=table.encode())
    assert people(tmp_path) == {"Ada": ["0.png"], "Ben": ["1.png"]}


def test_a_table_that_contradicts_the_folders_is_refused(tmp_path):
    put(tmp_path, "batch a/0.png", "batch b/1.png")
    put(tmp_path, "who.tsv", data=b"file\tperson\nbatch a/0.png\tAda\nbatch b/1.png\tAda\n")
    with pytest.raises(JobError, match="who.tsv says who"):
        scan(tmp_path)


def test_one_folder_of_many_people_is_refused_and_that_of_one_person_is_not(tmp_path):
    put(tmp_path, "photos/ada_1.png", "photos/ben_1.png")
    with pytest.raises(JobError, match="the names of the files name the people .ada, ben.* siamese-np import"):
        scan(tmp_path)
    (tmp_path / "photos").rename(tmp_path / "Ada")
    assert set(people(tmp_path)) == {"Ada"}


def test_folders_at_a_deeper_level_are_told_with_the_line_that_imports_them(tmp_path):
    put(tmp_path, "2024/spring/Ada/1.png")
    with pytest.raises(JobError, match="siamese-np import") as caught:
        scan(tmp_path)
    assert "only in folders within it" in str(caught.value)
    put(tmp_path, "Ben/1.png")
    assert "only in folders within it: siamese-np import" in reasons(tmp_path)["2024"]


def test_the_line_that_imports_can_be_given_as_it_is(tmp_path):
    put(tmp_path / "my photos", "ada_1.png")
    with pytest.raises(JobError, match="siamese-np import '.*my photos'"):
        scan(tmp_path / "my photos")


def test_faces_refuse_arrays_that_do_not_fit_together():
    images, numbers = np.zeros((2, 1, 4, 4), np.uint8), np.array([0, 1], np.int32)
    good = {"images": images, "people": numbers, "names": ("a", "b"), "sources": ("a/1.png", "b/1.png")}
    assert Faces(**good).names == ("a", "b")
    for field, value, message in [
        ("images", images[:, 0], r"\(N, 1, H, W\)"),
        ("images", images.astype(float), "float64"),
        ("people", numbers[:1], r"\(2,\) int32"),
        ("people", numbers.astype(int), "int64"),
        ("people", numbers + 1, "1 ... 2"),
        ("people", numbers - 1, "-1 ... 0"),
        ("names", ("a", "a"), "same name"),
        ("sources", ("a/1.png",), "2 paths, got 1"),
    ]:
        with pytest.raises(ValueError, match=message):
            Faces(**{**good, field: value})
