"""A folder of people is read as faces of one size, whatever else is in it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline import photos
from pipeline.common.errors import JobError
from pipeline.pairs import read_folder


def put(root, name, size=(30, 20), seed=0):
    """A photo of noise, size (H, W)."""
    picture = np.random.default_rng(seed).integers(0, 256, size, np.uint8)
    photos.write_png(root / name, picture)
    return picture


def test_photos_come_with_their_people_in_natural_order(tmp_path):
    names = ("s2/1", "s2/2", "s2/11", "s10/1", "s10/2", "s10/11")
    expected = [put(tmp_path, f"{name}.png", seed=seed) for seed, name in enumerate(names)]
    faces, reading = read_folder(tmp_path)
    assert faces.names == ("s2", "s10")
    assert faces.sources == tuple(f"{name}.png" for name in names)
    assert faces.people.tolist() == [0, 0, 0, 1, 1, 1]
    assert faces.images.shape == (6, 1, 30, 20) and np.array_equal(faces.images[:, 0], expected)
    assert reading.skipped == () and reading.resized == 0


def test_colour_becomes_grey(tmp_path):
    photos.write_png(tmp_path / "A/1.png", np.full((10, 10, 3), (255, 0, 0), np.uint8))
    assert read_folder(tmp_path)[0].images[0, 0, 0, 0] == 76


def test_the_order_in_which_the_system_lists_files_does_not_matter(tmp_path, monkeypatch):
    for seed, name in enumerate(["b/1", "b/2", "a/1", "C/5", "C/10"]):
        put(tmp_path, f"{name}.png", seed=seed)
    faces, _ = read_folder(tmp_path)
    listing = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda path: reversed(sorted(listing(path))))
    backward, _ = read_folder(tmp_path)
    monkeypatch.setattr(Path, "iterdir", lambda path: iter(sorted(listing(path))))
    forward, _ = read_folder(tmp_path)
    for other in (backward, forward):
        assert other.sources == faces.sources and other.names == faces.names
        assert np.array_equal(other.images, faces.images) and np.array_equal(other.people, faces.people)


def test_a_new_folder_before_all_others_leaves_each_name_with_its_photos(tmp_path):
    for seed, name in enumerate(["Ben/1", "Ben/2", "Cleo/1"]):
        put(tmp_path, f"{name}.png", seed=seed)

    def by_name():
        faces, _ = read_folder(tmp_path)
        return {name: faces.images[faces.people == person].tobytes() for person, name in enumerate(faces.names)}

    before = by_name()
    put(tmp_path, "AAA/1.png", seed=9)
    after = by_name()
    assert list(after) == ["AAA", "Ben", "Cleo"]
    assert {name: after[name] for name in before} == before


def test_junk_at_both_levels_is_never_a_person_or_a_photo_and_is_listed(tmp_path):
    put(tmp_path, "A/1.png")
    put(tmp_path, "B/1.png")
    junk = [".DS_Store", "Thumbs.db", "desktop.ini", "._1.jpg", "notes.txt"]
    for place in (tmp_path, tmp_path / "A"):
        for name in junk:
            (place / name).write_bytes(b"some text")
        put(place, "__MACOSX/1.png")
    faces, reading = read_folder(tmp_path)
    assert faces.sources == ("A/1.png", "B/1.png")
    places = {path.relative_to(tmp_path).as_posix() for path, _ in reading.skipped}
    assert places == {*junk, "__MACOSX", *(f"A/{name}" for name in (*junk, "__MACOSX"))}


def test_photos_that_cannot_be_read_are_listed_and_so_are_people_without_others(tmp_path):
    put(tmp_path, "A/1.png")
    put(tmp_path, "B/1.png")
    whole = (tmp_path / "B/1.png").read_bytes()
    (tmp_path / "A/2.png").write_bytes(whole[: len(whole) * 6 // 10])
    (tmp_path / "B/1.png").write_bytes(whole[:40])
    faces, reading = read_folder(tmp_path)
    assert faces.names == ("A",) and faces.sources == ("A/1.png",)
    reasons = {path.relative_to(tmp_path).as_posix(): reason for path, reason in reading.skipped}
    assert set(reasons) == {"A/2.png", "B/1.png", "B"}
    assert "cut short" in reasons["A/2.png"] and reasons["B"] == "has no photo that can be read"


def test_a_folder_of_unreadable_files_and_an_empty_one_are_refused(tmp_path):
    with pytest.raises(JobError, match="holds no folder with photos"):
        read_folder(tmp_path)
    (tmp_path / "A").mkdir()
    (tmp_path / "A/1.jpg").write_bytes(b"\xff\xd8\xff only a header")
    with pytest.raises(JobError, match=r"No photo in .* can be read:\n.*1\.jpg is cut short"):
        read_folder(tmp_path)


def test_the_most_common_size_wins_and_others_are_cut_not_stretched(tmp_path):
    kept = [put(tmp_path, f"A/{number}.png", (40, 20), number) for number in (1, 2)]
    square = np.zeros((40, 40), np.uint8)
    square[:, 10:30] = kept[0]  # with black left and right, which must go
    photos.write_png(tmp_path / "B/1.png", square)
    faces, reading = read_folder(tmp_path)
    assert faces.images.shape == (3, 1, 40, 20)
    assert np.array_equal(faces.images[:, 0], [*kept, kept[0]])
    assert reading.resized == 1


def test_of_two_sizes_that_are_equally_common_the_larger_one_wins(tmp_path):
    put(tmp_path, "A/1.png", (20, 20))
    put(tmp_path, "B/1.png", (30, 30))
    assert read_folder(tmp_path)[0].images.shape == (2, 1, 30, 30)


def test_large_photos_are_reduced_to_160_and_keep_their_aspect_ratio(tmp_path):
    for number in (1, 2):
        put(tmp_path, f"A/{number}.png", (400, 300), number)
    put(tmp_path, "B/1.png", (160, 120))
    faces, reading = read_folder(tmp_path)
    assert faces.images.shape == (3, 1, 160, 120)
    assert reading.resized == 2


def test_a_size_that_the_user_gives_is_used(tmp_path):
    put(tmp_path, "A/1.png", (10, 10))
    put(tmp_path, "A/2.png", (300, 200))
    put(tmp_path, "B/1.png", (24, 18))
    faces, reading = read_folder(tmp_path, (24, 18))
    assert faces.images.shape == (3, 1, 24, 18) and reading.resized == 2
    assert np.array_equal(faces.images[2, 0], np.asarray(Image.open(tmp_path / "B/1.png")))
