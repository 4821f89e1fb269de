"""Duplicate photos are found before the split."""

import numpy as np
import pytest
from PIL import Image

from pipeline.datasets import Faces, drawn
from pipeline.pairs import build, by_image, by_person, duplicates, read_folder
from pipeline.pairs.components import components


@pytest.fixture
def pictures():
    """(6, 4) different faces (112, 92) of 6 people."""
    faces = drawn.draw(6, 4, np.random.default_rng(0))
    assert not duplicates.find(faces).near, "this test needs faces that are no duplicates"
    return faces.images[:, 0].reshape(6, 4, 112, 92)


def faces_of(images, people):
    sources = tuple(f"{person}/{number}.png" for number, person in enumerate(people))
    names = tuple(f"p{person}" for person in range(max(people) + 1))
    return Faces(np.array(images)[:, None], np.array(people, np.int32), names, sources)


def named(links, faces):
    return {(faces.sources[a], faces.sources[b]) for a, b in links}


@pytest.fixture
def folder(pictures, tmp_path):
    for person, photos in zip("ABCDEF", pictures, strict=True):
        (tmp_path / person).mkdir()
        for number, photo in enumerate(photos, 1):
            Image.fromarray(photo).save(tmp_path / person / f"{number}.jpg", quality=95)
    (tmp_path / "A/9.jpg").write_bytes((tmp_path / "A/1.jpg").read_bytes())
    Image.open(tmp_path / "A/1.jpg").save(tmp_path / "A/again.jpg", quality=60)
    return tmp_path


def test_a_copy_is_dropped_and_a_photo_saved_again_stays_in_one_part(folder):
    faces, _ = read_folder(folder)
    found = duplicates.find(faces)
    assert named(found.copies, faces) == {("A/1.jpg", "A/9.jpg")}
    assert named(found.near, faces) == {("A/1.jpg", "A/again.jpg")}
    assert not found.conflicts
    original, copy, again = (faces.sources.index(f"A/{name}.jpg") for name in ("1", "9", "again"))
    sides = set()
    for seed in range(20):
        part = by_image(faces, val=0, test=2, rng=np.random.default_rng(seed)).part
        assert part[copy] == "drop" and part[original] == part[again]
        sides.add(str(part[original]))
    assert sides == {"train", "test"}


def test_the_same_photo_under_two_people_is_a_conflict_and_none_of_it_is_used(folder):
    (folder / "B/3.jpg").write_bytes((folder / "A/1.jpg").read_bytes())
    faces, _ = read_folder(folder)
    split = by_person(faces, val=0, test=2, rng=np.random.default_rng(0))
    assert named(split.duplicates.conflicts, faces) == {("A/1.jpg", "B/3.jpg"), ("A/again.jpg", "B/3.jpg")}
    dropped = {faces.sources[image] for image in np.flatnonzero(split.part == "drop")}
    assert dropped == {"A/1.jpg", "A/9.jpg", "A/again.jpg", "B/3.jpg"}
    data = build(faces, split, 100, np.random.default_rng(0))
    assert data.info["conflicts"] == [["A/1.jpg", "B/3.jpg"], ["A/again.jpg", "B/3.jpg"]]
    used = np.concatenate([data.pairs[part].ravel() for part in ("train", "test")])
    assert not {faces.sources[image] for image in used} & dropped


@pytest.mark.parametrize("shift", [(2, 2), (-5, 3), (0, -4)])  # in pixels of 112 x 92; 2 pixels of 40 are 5.6 x 4.6
def test_a_photo_that_is_moved_a_little_is_near(pictures, shift):
    photo = pictures[0, 0]
    moved = np.roll(photo, shift, (0, 1))
    assert duplicates.find(faces_of([photo, moved], [0, 0])).near == ((0, 1),)


def test_a_photo_that_is_moved_far_or_is_another_is_not_near(pictures):
    photo = pictures[0, 0]
    found = duplicates.find(faces_of([photo, np.roll(photo, 20, 0), photo[:, ::-1] // 2, pictures[1, 0]], [0, 0, 0, 0]))
    assert found.near == found.copies == ()


def test_a_darker_and_flatter_print_is_near(pictures):
    photo = pictures[0, 0]
    assert duplicates.find(faces_of([photo, photo // 2 + 20], [0, 0])).near == ((0, 1),)


def test_pictures_without_contrast_have_no_near_duplicates_and_copies_of_them_are_copies(pictures):
    flat = np.full((112, 92), 90, np.uint8)
    found = duplicates.find(faces_of([flat, flat + 1, flat, pictures[0, 0]], [0, 0, 0, 0]))
    assert found.near == () and found.copies == ((0, 2),)


def test_shift_correlation_is_the_best_of_25_plain_correlations():
    a, b = np.random.default_rng(0).integers(0, 256, (2, 3, 40, 40), np.uint8)
    b[1, 3:, :-1] = a[2, 1:-2, 1:]  # moved by 2 and -1
    expected = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            for y in range(5):
                for x in range(5):
                    ab = np.corrcoef(a[i, 2:38, 2:38].ravel(), b[j, y : y + 36, x : x + 36].ravel())[0, 1]
                    ba = np.corrcoef(a[i, y : y + 36, x : x + 36].ravel(), b[j, 2:38, 2:38].ravel())[0, 1]
                    expected[i, j] = max(expected[i, j], ab, ba)
    found = duplicates.shift_correlation(a, b)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.unravel_index(found.argmax(), (3, 3)) == (2, 1) and found.max() > 0.9


def test_images_of_different_blocks_are_compared(pictures, monkeypatch):
    images = [*pictures.reshape(-1, 112, 92)[:8], pictures[0, 0] // 2, pictures[1, 3] // 2]
    faces = faces_of(images, [0] * 10)
    assert duplicates.find(faces).near == ((0, 8), (7, 9))
    monkeypatch.setattr(duplicates, "BLOCK", 3)
    assert duplicates.find(faces).near == ((0, 8), (7, 9))


def test_components_join_nodes_that_are_linked_through_others():
    assert components(7, [(5, 2), (6, 5), (0, 3), (3, 0)]).tolist() == [0, 1, 2, 0, 3, 2, 2]
    assert components(0, []).tolist() == []
