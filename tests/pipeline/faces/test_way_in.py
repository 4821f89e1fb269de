"""The one way in: which faces a photo shows, and what a network is to see of each."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline import photos
from pipeline.datasets import orl
from pipeline.faces import choosing, extract, way_in
from pipeline.faces.detection import MTCNN
from pipeline.faces.way_in import NoFace

skimage = pytest.importorskip("skimage")
look = way_in.look


@pytest.fixture(autouse=True)
def _real(real_look):
    """`look` itself is what is tested here."""


def shipped(name):
    return photos.read(Path(skimage.__file__).parent / "data" / name)


@pytest.fixture(scope="module")
def astronaut():
    return shipped("astronaut.png")


@pytest.fixture(scope="module")
def two_people(astronaut):
    """One face twice as large as the other in area and more, side by side."""
    small = np.asarray(Image.fromarray(astronaut).resize((320, 320)))
    return np.concatenate([astronaut, np.pad(small, ((0, 192), (0, 0), (0, 0)))], axis=1)


def test_a_face_in_a_photo_is_cut_out_exactly_as_extraction_does(astronaut):
    (face,) = look(astronaut)
    (found,) = extract.faces(astronaut, MTCNN().detect_faces)
    expected, points = choosing.crop(astronaut, found, (160, 132), 0.15, False)
    crop, landmarks = face.crop()
    assert np.array_equal(crop, photos.to_gray(expected))
    assert np.abs(landmarks - points).max() < 0.1 * np.linalg.norm(points[1] - points[0])
    assert not face.whole and face.turned == 0 and face.confidence > 0.99
    assert face.done == "face found at 182, 64, 83 x 107 (confidence 0.999) and cut out"
    assert face.to_json()["box"] == [182, 64, 83, 107]


def test_a_face_crop_is_used_whole():
    faces = orl.load().images[::25, 0]
    for picture in faces:
        (face,) = look(picture)
        crop, landmarks = face.crop()
        assert face.whole and np.array_equal(crop, picture), "grey and whole"
        assert face.done == "used whole: it is a face crop already"
        assert landmarks[0, 0] < landmarks[1, 0] and landmarks[0, 1] < landmarks[2, 1] < landmarks[3, 1]


def test_what_extraction_cut_out_is_used_whole(astronaut):
    (found,) = extract.faces(astronaut, MTCNN().detect_faces)
    cut, points = choosing.crop(astronaut, found, (160, 132), 0.15, False)
    (face,) = look(cut)
    assert face.whole
    assert np.abs(face.points - points).max() < 0.1 * np.linalg.norm(points[1] - points[0])


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_picture_on_its_side_or_its_head_is_turned_back(astronaut, quarters):
    for upright in (astronaut, np.repeat(orl.load().images[0, 0][:, :, None], 3, 2)):
        (expected,) = look(upright)
        (face,) = look(np.ascontiguousarray(np.rot90(upright, -quarters)))
        assert face.turned == 90 * quarters and np.array_equal(face.photo, upright)
        assert np.abs(face.points - expected.points).max() < 2
        assert face.done.startswith(f"turned by {90 * quarters}° to the left, ")


def wall(size):
    stones = np.random.default_rng(1).integers(90, 160, (12, 16), np.uint8)
    return np.kron(stones, np.ones((25, 25), np.uint8))[: size[0], : size[1]]


NO_FACES = {
    "blue": lambda: np.tile(np.array([0, 0, 255], np.uint8), (300, 400, 1)),
    "wall": lambda: wall((300, 400)),
    "small wall": lambda: wall((112, 92)),
    "black": lambda: np.zeros((112, 92), np.uint8),
    "noise": lambda: np.random.default_rng(0).integers(0, 256, (160, 160, 3), np.uint8),
    "gradient": lambda: np.tile(np.linspace(0, 255, 160).astype(np.uint8), (160, 1)),
    "moon": lambda: shipped("moon.png"),
    "moon, small": lambda: np.ascontiguousarray(shipped("moon.png")[150:350, 150:350]),
    "coins": lambda: shipped("coins.png"),
    "one coin": lambda: np.ascontiguousarray(shipped("coins.png")[20:100, 20:100]),
    "text": lambda: shipped("text.png"),
    "bricks": lambda: shipped("brick.png"),
    "cup": lambda: shipped("coffee.png"),
}


@pytest.mark.parametrize("name", NO_FACES)
def test_what_is_no_face_is_called_so(name):
    with pytest.raises(NoFace, match="no face found: choose a photo in which"):
        look(NO_FACES[name]())


def test_a_picture_that_is_too_small_is_called_so():
    with pytest.raises(NoFace, match="too small: 20 x 400 pixels, and each side needs 24"):
        look(np.zeros((400, 20), np.uint8))


def test_several_faces_come_the_largest_first(two_people):
    first, second = look(two_people)
    assert first.box[2] * first.box[3] > second.box[2] * second.box[3] and first.box[0] < 512 < second.box[0]
    for face in (first, second):
        crop, landmarks = face.crop()
        assert crop.shape == (160, 132) and 0.3 < landmarks[:2, 1].mean() / 160 < 0.5


def test_one_face_is_meant_where_it_is_much_larger_and_else_one_has_to_be_chosen(two_people, astronaut):
    faces = look(two_people)
    assert way_in.one(faces) is faces[0]
    equal = look(np.concatenate([astronaut, astronaut[:, ::-1]], axis=1))
    with pytest.raises(NoFace, match="shows 2 faces: face 1 at .*; face 2 at .*; choose one with --face largest or "):
        way_in.one(equal)
    assert way_in.one(equal, "largest") is equal[0] and way_in.one(equal, "2") is equal[1]
    with pytest.raises(NoFace, match="there is no face 3: the photo shows 2 faces"):
        way_in.one(equal, "3")


def test_what_is_stored_of_a_photo_gives_the_same_face_in_another_framing_too(astronaut):
    (face,) = look(astronaut)
    kept = face.kept()
    assert kept.photo.shape[0] < 300, "bystanders and background go"
    assert np.abs(kept.crop()[0].astype(int) - face.crop()[0]).max() <= 2
    wide = (np.array(kept.region[:2]) - 0.2 * kept.region[2], np.array(kept.region[2:]) * 1.4)
    assert (wide[0] >= 0).all() and (wide[0] + wide[1] <= kept.photo.shape[1::-1]).all(), "room for another framing"
    (again,) = look(kept.photo)
    assert np.abs(again.points - kept.points).max() < 2


def test_a_large_face_is_stored_smaller_and_a_crop_as_it_is(astronaut):
    (face,) = look(np.asarray(Image.fromarray(astronaut).resize((2048, 2048))))
    kept = face.kept()
    assert max(kept.photo.shape) <= 512
    assert np.abs(kept.crop()[1] - face.crop()[1]).max() < 1e-6
    crop = way_in.of_crop(orl.load().images[0, 0])
    assert crop.kept().photo is crop.photo
