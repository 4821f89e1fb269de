"""Landmarks beside the pairs, and the one step that uses them in training and prediction."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import pairs, photos
from pipeline.common.errors import JobError
from pipeline.faces import extract, landmarks
from pipeline.faces.align import POINTS, align, template
from pipeline.faces.gray import gray_folder
from pipeline.faces.preprocess import Preprocessing, fit
from pipeline.pairs import fingerprint
from pipeline.recognise.gallery import Gallery
from pipeline.train import train

NONE = landmarks.NONE


def points_of(picture):
    return template(picture.shape[:2], 0.8).astype(np.float32)


@pytest.fixture
def pointed(few_pairs):
    points = np.array([points_of(image[0]) for image in few_pairs.images])
    points[3] = np.nan
    return replace(few_pairs, landmarks=points)


def test_landmarks_are_kept_with_the_pairs(pointed, tmp_path):
    pairs.save(tmp_path / "pairs", pointed)
    assert np.array_equal(pairs.load(tmp_path / "pairs").landmarks, pointed.landmarks, equal_nan=True)
    pairs.save(tmp_path / "pairs", replace(pointed, landmarks=None))
    assert pairs.load(tmp_path / "pairs").landmarks is None


def test_landmarks_of_another_number_of_images_are_refused(pointed):
    with pytest.raises(ValueError, match="landmarks must be"):
        replace(pointed, landmarks=pointed.landmarks[1:])


def test_landmarks_are_found_once_an_image(pointed):
    asked = []

    def find(picture):
        asked.append(picture)

    known = replace(pointed, landmarks=None)
    found = landmarks.beside(known, find=find)
    assert len(asked) == len(known.images) and np.isnan(found).all() and found.shape == (len(known.images), 5, 2)
    again = landmarks.beside(known, pointed, find)
    assert len(asked) == len(known.images) and np.array_equal(again, pointed.landmarks, equal_nan=True)


def test_the_command_finds_them_and_counts_those_without(tmp_path, few_pairs, monkeypatch):
    for image, source in zip(few_pairs.images, few_pairs.sources):
        photos.write_png(tmp_path / "gray" / source, image[0])
    left = iter([None])
    monkeypatch.setattr(landmarks.beside, "__defaults__", (None, lambda picture: next(left, points_of(picture))))
    result = CliRunner().invoke(pairs.main, [str(tmp_path / "gray"), str(tmp_path / "pairs"), "--landmarks", "--json"])
    assert result.exit_code == 0 and json.loads(result.stdout)["landmarks"] == len(few_pairs.images) - 1
    assert np.isnan(pairs.load(tmp_path / "pairs").landmarks).any((1, 2)).sum() == 1


@pytest.fixture
def extracted(tmp_path):
    """Four photos, their faces cut out and in grey, of the size that pairs keep."""
    for n, name in enumerate(("Ann/1.png", "Ann/2.png", "Bob/1.jpg", "Bob/2.png")):
        noise = np.random.default_rng(n).integers(0, 256, (80, 60, 3), np.uint8)
        photos.write_png(tmp_path / "raw" / name, noise)

    def detect(rgb):
        places = template((40, 32)) + (10, 20)
        return [{"box": [10, 20, 32, 40], "confidence": 0.99, "keypoints": dict(zip(POINTS, places.tolist()))}]

    extract.extract(tmp_path / "raw", tmp_path / "faces", detect, extract.Options(size=(40, 32), margin=0))
    gray_folder(tmp_path / "faces", tmp_path / "gray")
    return tmp_path


def read(grays):
    faces, _ = pairs.read_folder(grays)
    split = pairs.Split(np.full(len(faces.images), "train", "<U5"), "image", pairs.Duplicates((), (), (), ()))
    return pairs.build(faces, split, {"train": 2}, np.random.default_rng(0))


def test_what_extraction_found_is_not_looked_for_again(extracted):
    asked = []
    found = landmarks.beside(read(extracted / "gray"), find=asked.append, folder=extracted / "gray")
    assert asked == [] and np.allclose(found, template((40, 32)), atol=0.01)


def test_what_has_changed_since_it_was_extracted_is_looked_for(extracted):
    photos.write_png(extracted / "gray/Bob/2.png", photos.read(extracted / "gray/Bob/2.png")[::-1, :, 0])
    asked = []
    data = read(extracted / "gray")
    found = landmarks.beside(data, find=asked.append, folder=extracted / "gray")
    changed = data.sources.index("Bob/2.png")
    assert len(asked) == 1 and np.array_equal(asked[0], data.images[changed, 0]) and np.isnan(found[changed]).all()


def test_the_command_takes_over_what_extraction_found(extracted, monkeypatch):
    monkeypatch.setattr(landmarks.beside, "__defaults__", (None, lambda picture: pytest.fail("looked for again")))
    arguments = [str(extracted / "gray"), str(extracted / "pairs"), "--split", "image", "--val", "0", "--test", "0"]
    result = CliRunner().invoke(pairs.main, [*arguments, "--pairs", "2", "--landmarks"])
    assert result.exit_code == 0, result.output
    assert np.allclose(pairs.load(extracted / "pairs").landmarks, template((40, 32)), atol=0.01)


def test_preprocessing_aligns_where_landmarks_are_known_and_takes_the_plain_crop_elsewhere(pointed):
    recipe = Preprocessing((28, 23), standardise=False, align=1.15)
    grays = pointed.images[2:4, 0]
    x = recipe(grays, pointed.landmarks[2:4]) * 255
    assert np.array_equal(np.rint(x[0, 0]), align(grays[0], pointed.landmarks[2], (28, 23), 1.15))
    assert np.array_equal(np.rint(x[1, 0]), fit(grays[1], (28, 23)))
    plain = Preprocessing((28, 23))
    assert np.array_equal(plain(grays, pointed.landmarks[2:4]), plain(grays))


def test_alignment_is_stored_and_a_recipe_from_before_it_still_loads():
    recipe = Preprocessing((28, 23), align=0.85)
    assert Preprocessing.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    assert Preprocessing.from_json({"size": [28, 23], "standardise": True}) == Preprocessing((28, 23))


def test_training_sees_the_landmarks_and_asks_for_them(pointed, quick, tmp_path):
    aligned = replace(quick, preprocessing=Preprocessing((20, 16), align=1.0))
    with pytest.raises(JobError, match="pairs --landmarks"):
        train(replace(pointed, landmarks=None), "default", aligned, tmp_path)
    assert fingerprint(pointed) != fingerprint(replace(pointed, landmarks=None))


def test_a_recogniser_that_aligns_finds_landmarks_itself_and_the_gallery_sees_the_same(loaded, pointed, tmp_path):
    size = loaded.preprocessing.size
    aligning = replace(loaded, views=(Preprocessing(size, align=1.0),), find=points_of)
    faces = pointed.images[:2, 0]
    z = aligning.embed(faces)
    assert np.allclose(z, aligning.embed(faces, pointed.landmarks[:2]), atol=1e-6)
    assert not np.allclose(z, loaded.embed(faces), atol=1e-2)
    assert np.array_equal(aligning.prepare(faces[0])[0], align(faces[0], pointed.landmarks[0], size))
    gallery = Gallery(tmp_path / "gallery", aligning)
    gallery.enroll("Ann", faces[:1])
    assert np.allclose(gallery.refresh().embeddings, z[:1], atol=1e-5)
    lost = replace(aligning, find=lambda picture: None)
    assert np.allclose(lost.embed(faces), loaded.embed(faces), atol=1e-6)
