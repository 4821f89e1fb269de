"""People and photos of a gallery are renamed, merged, moved and deleted, and all of it can be undone."""

import shutil

import pytest

from pipeline.common.errors import JobError
from pipeline.faces import way_in
from pipeline.recognise import gallery_trash
from pipeline.recognise.gallery import Gallery
from pipeline.recognise.gallery_changes import NotAName, NotThere
from pipeline.recognise.gallery_trash import FOLDER, KEPT, Conflict


def files(gallery):
    """All that is in the gallery beside hidden things: path -> content."""
    return {
        path.relative_to(gallery.root).as_posix(): path.read_bytes()
        for path in gallery.root.rglob("*")
        if path.is_file() and not path.relative_to(gallery.root).parts[0].startswith(".")
    }


def count(gallery):
    shown = gallery.refresh()
    return {person: sum(photo.person == person for photo in shown.photos) for person in shown.people}


def key_of(gallery, name, number=0):
    return [photo.key for photo in gallery.refresh().photos if photo.person == name][number]


def remove_all(gallery):
    for number in range(2):
        gallery.remove("Ann", key_of(gallery, "Ann"))


CHANGES = {
    "forget": (lambda g: g.forget("Ann"), {"Bob": 2, "Cem": 2}),
    "rename": (lambda g: g.rename("Ann", "Who?"), {"Bob": 2, "Cem": 2, "Who?": 2}),
    "another spelling": (lambda g: g.rename("ann", "ANN"), {"ANN": 2, "Bob": 2, "Cem": 2}),
    "merge": (lambda g: g.merge("Ann", "bob"), {"Bob": 4, "Cem": 2}),
    "remove a photo": (lambda g: g.remove("Ann", key_of(g, "Ann")), {"Ann": 1, "Bob": 2, "Cem": 2}),
    "move a photo": (lambda g: g.move("Ann", key_of(g, "Ann"), "Bob"), {"Ann": 1, "Bob": 3, "Cem": 2}),
    "move to a new person": (lambda g: g.move("Ann", key_of(g, "Ann"), "Dan"), {"Ann": 1, "Bob": 2, "Cem": 2, "Dan": 1}),
    "add photos": (lambda g: g.add("ann", g.new[:2]), {"Ann": 4, "Bob": 2, "Cem": 2}),
    "add a person": (lambda g: g.add("Dan", g.new), {"Ann": 2, "Bob": 2, "Cem": 2, "Dan": 3}),
}


@pytest.fixture
def gallery(gallery, strangers):
    """new: faces of photos that are not in it."""
    gallery.new = [way_in.of_crop(picture) for picture in strangers[3][:3]]
    return gallery


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_counts_from_the_next_answer_and_its_undo_brings_back_exactly_what_was_there(gallery, name):
    change, expected = CHANGES[name]
    before, faces = files(gallery), (gallery.root / ".faces.json").read_bytes()
    gallery.refresh()
    made = change(gallery)
    assert count(gallery) == expected and gallery.changes() == [made]
    assert gallery.refresh().problems == ()
    assert gallery.undo(made.id) == made
    assert files(gallery) == before and (gallery.root / ".faces.json").read_bytes() == faces
    assert count(gallery) == {"Ann": 2, "Bob": 2, "Cem": 2}
    assert gallery.changes() == [] and not (gallery.root / FOLDER).exists()


def test_changes_are_undone_one_after_the_other_the_last_one_first(gallery):
    before = files(gallery)
    for change, _ in list(CHANGES.values())[1:3]:
        change(gallery) if change is not CHANGES["another spelling"][0] else gallery.rename("who?", "WHO?")
    gallery.merge("who?", "Cem")
    gallery.move("Cem", key_of(gallery, "Cem", 3), "Bob")
    gallery.forget("cem")
    first = gallery.changes()[-1]
    with pytest.raises(Conflict, match="was changed since"):
        gallery.undo(first.id)
    for _ in range(5):
        gallery.undo()
    assert files(gallery) == before
    with pytest.raises(NotThere, match="nothing that can be undone"):
        gallery.undo()


def test_the_last_photo_of_a_person_takes_the_person_along_and_brings_them_back(gallery):
    before = files(gallery)
    remove_all(gallery)
    assert count(gallery) == {"Bob": 2, "Cem": 2} and gallery.refresh().problems == ()
    gallery.undo()
    gallery.undo()
    assert files(gallery) == before


def test_what_both_people_have_is_there_once_after_a_merge_and_names_of_files_give_way(gallery):
    one, two = sorted((gallery.root / "Ann").iterdir())
    shutil.copy(one, gallery.root / "Bob" / "copy.png")
    shutil.copy(one, gallery.root / "Bob" / two.name)
    (gallery.root / "Ann" / "notes.txt").write_text("hers")
    before = files(gallery)
    gallery.merge("Ann", "Bob")
    assert count(gallery) == {"Bob": 5, "Cem": 2}
    assert len([path for path in files(gallery) if path.startswith("Bob/")]) == 6
    gallery.undo()
    assert files(gallery) == before


def test_folders_of_one_person_are_one_folder_after_a_rename(gallery):
    shutil.copytree(gallery.root / "Cem", gallery.root / "ANN")
    with pytest.raises(Conflict, match="one person already"):
        gallery.merge("Ann", "ANN")
    before = files(gallery)
    gallery.rename("ann", "Zoe")
    assert count(gallery) == {"Bob": 2, "Cem": 2, "Zoe": 4}
    gallery.undo()
    assert files(gallery) == before


def test_what_is_not_there_or_taken_is_refused_and_nothing_is_changed(gallery):
    before, key = files(gallery), key_of(gallery, "Ann")
    refusals = [
        (NotThere, "Dan is not in the gallery", lambda: gallery.rename("Dan", "Eve")),
        (NotThere, "it holds Ann, Bob, Cem", lambda: gallery.merge("Ann", "Dan")),
        (NotThere, "no such photo of Bob", lambda: gallery.remove("Bob", key)),
        (NotThere, "no such photo of Bob", lambda: gallery.move("Bob", key, "Cem")),
        (NotThere, "can't be undone any more", lambda: gallery.undo("123")),
        (Conflict, "Bob is another person", lambda: gallery.rename("Ann", "BOB")),
        (Conflict, "is called so already", lambda: gallery.rename("Ann", "Ann")),
        (Conflict, "one person already", lambda: gallery.merge("Ann", "ANN")),
        (Conflict, "a photo of Ann already", lambda: gallery.move("Ann", key, "ann")),
        (NotAName, "can't be the name", lambda: gallery.rename("Ann", "../Dan")),
        (NotAName, "can't be the name", lambda: gallery.move("Ann", key, "a/b")),
        (NotAName, "can't be the name", lambda: gallery.merge("Ann", ".trash")),
    ]
    for error, words, action in refusals:
        with pytest.raises(error, match=words):
            action()
    assert files(gallery) == before and gallery.changes() == []


def test_links_are_refused(gallery, tmp_path):
    shutil.copytree(gallery.root / "Ann", tmp_path / "outside")
    (gallery.root / "Dan").symlink_to(tmp_path / "outside")
    key = key_of(gallery, "Ann")
    for action in (
        lambda: gallery.rename("Dan", "Eve"), lambda: gallery.merge("Dan", "Ann"), lambda: gallery.merge("Ann", "Dan"),
        lambda: gallery.move("Ann", key, "dan"), lambda: gallery.remove("Dan", key),
    ):  # fmt: skip
        with pytest.raises(JobError, match="Dan is a link to another folder"):
            action()
    (gallery.root / FOLDER).symlink_to(tmp_path / "outside")
    with pytest.raises(JobError, match=f"{FOLDER} is a link"):
        gallery.forget("Ann")
    assert len(list((tmp_path / "outside").iterdir())) == 2


def test_a_person_who_came_again_is_in_the_way_of_an_undo(gallery, strangers):
    gallery.forget("Ann")
    gallery.enroll("Ann", strangers[3][:1])
    with pytest.raises(Conflict, match="Ann is there again"):
        gallery.undo()
    gallery.rename("Ann", "Dan")
    gallery.undo(gallery.changes()[1].id)
    assert count(gallery) == {"Ann": 2, "Bob": 2, "Cem": 2, "Dan": 1}


def test_the_trash_is_bounded_in_number_and_age_and_what_leaves_it_leaves_nothing(gallery, monkeypatch):
    gallery.refresh()
    secret = [path.read_bytes() for path in (gallery.root / "Ann").iterdir()]
    kept = (gallery.root / ".embeddings.npz").stat().st_size
    gallery.forget("Ann")
    for number in range(KEPT - 1):
        gallery.rename("Bob" if number % 2 == 0 else "Zoe", "Zoe" if number % 2 == 0 else "Bob")
    assert len(gallery.changes()) == KEPT and gallery.changes()[-1].what == "Ann was forgotten"
    gallery.rename("Cem", "Dan")
    gallery.refresh()
    assert len(gallery.changes()) == KEPT and gallery.changes()[-1].what != "Ann was forgotten"
    assert not any(path.read_bytes() in secret for path in gallery.root.rglob("*") if path.is_file())
    assert "Ann" not in count(gallery) and (gallery.root / ".embeddings.npz").stat().st_size < kept
    monkeypatch.setattr(gallery_trash, "KEPT_FOR", -1)
    gallery.refresh()
    assert not (gallery.root / FOLDER).exists()


def test_forgetting_for_good_leaves_nothing_at_once(gallery):
    gallery.refresh()
    gallery.forget("Ann", for_good=True)
    assert gallery.changes() == [] and not (gallery.root / FOLDER).exists()
    again = Gallery(gallery.root, gallery.recogniser)
    assert count(again) == {"Bob": 2, "Cem": 2}


def test_a_face_that_is_still_there_for_somebody_else_is_kept(gallery):
    faces = (gallery.root / ".faces.json").read_bytes()
    shutil.copytree(gallery.root / "Ann", gallery.root / "Dan")
    gallery.forget("Ann", for_good=True)
    assert (gallery.root / ".faces.json").read_bytes() == faces


@pytest.mark.parametrize("content", ["{}", '{"format": 1, "what": "x", "photos": 1, "moves": [["../x", "Bob/x"]], "sha256": "0"}'])
def test_a_list_that_was_changed_is_told_and_not_followed(gallery, capsys, content):
    gallery.forget("Ann")
    (path,) = (gallery.root / FOLDER).rglob("done.json")
    path.write_text(content)
    assert gallery.changes() == [] and "can't be undone" in capsys.readouterr().err
    gallery.forget("Bob")
    assert [change.what for change in gallery.changes()] == ["Bob was forgotten"]


def test_an_addition_says_how_many_photos_are_new_and_is_none_where_all_are_there(gallery):
    first = gallery.add("Dan", gallery.new[:1])
    assert (first.what, first.photos) == ("a photo was added to Dan", 1)
    second = gallery.add("dan", gallery.new)
    assert (second.what, second.photos) == ("2 photos were added to Dan", 2)
    assert gallery.add("Dan", gallery.new) is None and gallery.changes() == [second, first]


def test_an_undone_addition_leaves_what_was_there_before_of_the_same_person(gallery):
    gallery.add("Dan", gallery.new[:1])
    before, faces = files(gallery), (gallery.root / ".faces.json").read_bytes()
    gallery.add("Dan", gallery.new)
    gallery.undo()
    assert files(gallery) == before and (gallery.root / ".faces.json").read_bytes() == faces
    assert count(gallery)["Dan"] == 1


def test_a_photo_that_was_moved_since_it_was_added_is_in_the_way_of_the_undo(gallery):
    added = gallery.add("Dan", gallery.new)
    gallery.rename("Dan", "Eve")
    with pytest.raises(Conflict, match="was changed since"):
        gallery.undo(added.id)
    assert count(gallery)["Eve"] == 3


def test_enrolment_of_whole_galleries_keeps_nothing_for_an_undo(gallery):
    assert gallery.enroll_faces("Dan", gallery.new) == 3 and gallery.enroll_faces("Dan", gallery.new) == 0
    assert gallery.changes() == [] and not (gallery.root / FOLDER).exists()


def test_enrolment_that_fails_adds_nothing(gallery, monkeypatch):
    before, faces = files(gallery), (gallery.root / ".faces.json").read_bytes()
    write, written = gallery_trash._write, []

    def fail(path, content, end):
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        written.append(path)
        write(path, content, end)

    monkeypatch.setattr(gallery_trash, "_write", fail)
    for name in ("Dan", "Bob"):
        written.clear()
        with pytest.raises(OSError, match="No space"):
            gallery.enroll_faces(name, gallery.new)
        assert len(written) == 2
        assert files(gallery) == before and (gallery.root / ".faces.json").read_bytes() == faces
    assert not (gallery.root / "Dan").exists() and not (gallery.root / FOLDER).exists()
