"""Drawn faces: a person is recognisable, but not by comparing pixels alone."""

import numpy as np
import pytest

from pipeline.datasets import drawn

PEOPLE, IMAGES = 12, 8


@pytest.fixture(scope="module")
def faces():
    return drawn.draw(PEOPLE, IMAGES, np.random.default_rng(0), (56, 46))


def one_shot(vectors, rng):
    """1-shot accuracy with one random photo per person in the gallery; vectors (people, images, n)."""
    hits = []
    for _ in range(20):
        chosen = rng.integers(vectors.shape[1], size=len(vectors))
        gallery = vectors[np.arange(len(vectors)), chosen]
        distances = np.linalg.norm(vectors[:, :, None] - gallery, axis=3)
        right = distances.argmin(2) == np.arange(len(vectors))[:, None]
        right[np.arange(len(vectors)), chosen] = False  # the gallery photo itself is no question
        hits.append(right.sum() / (right.size - len(vectors)))
    return np.mean(hits)


def test_shapes_names_and_sources(faces):
    assert faces.images.shape == (96, 1, 56, 46)
    assert faces.people.tolist() == [number // IMAGES for number in range(96)]
    assert faces.names[0] == "p1" and faces.names[-1] == "p12"
    assert faces.sources[0] == "p1/1.png" and faces.sources[-1] == "p12/8.png"


@pytest.mark.parametrize("size", [(112, 92), (40, 40), (33, 80), (80, 33)])
def test_any_size_gives_a_picture_with_contrast(size):
    images = drawn.draw(10, 2, np.random.default_rng(1), size).images
    assert images.shape == (20, 1, *size)
    assert (images.std(axis=(1, 2, 3)) > 20).all()


def test_the_faces_depend_only_on_the_generator():
    first = drawn.draw(2, 2, np.random.default_rng(5)).images
    assert np.array_equal(first, drawn.draw(2, 2, np.random.default_rng(5)).images)
    assert not np.array_equal(first, drawn.draw(2, 2, np.random.default_rng(6)).images)


def test_no_two_photos_are_alike(faces):
    assert len({image.tobytes() for image in faces.images}) == len(faces.images)


def test_pixels_tell_people_apart_better_than_chance_but_far_from_perfectly(faces):
    pixels = faces.images.reshape(PEOPLE, IMAGES, -1) / 255
    assert .6 < one_shot(pixels, np.random.default_rng(0)) < .9


def coarse(images, people):
    """Means of 4 x 4 pixels, which hold the drawing but little of the noise."""
    return images[..., :44].reshape(-1, 14, 4, 11, 4).mean((2, 4)).reshape(people, IMAGES, -1) / 255


def test_the_person_is_in_the_drawing_and_not_in_the_noise(faces):
    assert one_shot(coarse(faces.images, PEOPLE), np.random.default_rng(0)) > .6


def test_features_learnt_on_some_people_tell_others_apart_where_pixels_fail(faces):
    others = coarse(drawn.draw(40, IMAGES, np.random.default_rng(1), (56, 46)).images, 40)
    within = (others - others.mean(1, keepdims=True)).reshape(40 * IMAGES, -1)
    # directions in which the photos of one person differ are made short
    spread, axes = np.linalg.eigh(within.T @ within / len(within))
    features = coarse(faces.images, PEOPLE) @ (axes / np.sqrt(spread + 1e-3))
    assert one_shot(features, np.random.default_rng(0)) > .9
