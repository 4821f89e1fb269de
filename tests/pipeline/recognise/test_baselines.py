"""Eigenfaces and Fisherfaces, compared with their definitions."""

import numpy as np
import pytest

from pipeline.recognise import baselines


@pytest.fixture(scope="module")
def blobs():
    """6 people x 5 photos of 30 pixels; what tells people apart is small beside what changes from photo to photo."""
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(6), 5)
    pixels = 0.3 * rng.normal(size=(6, 30))[people] + 0.02 * rng.normal(size=(30, 30))
    pixels += 2 * rng.normal(size=(30, 1)) * rng.normal(size=30)
    return pixels, people


def test_pixels_are_halved_while_forty_are_left():
    faces = np.random.default_rng(0).integers(0, 256, (2, 112, 92), np.uint8)
    assert np.array_equal(baselines.raw_pixels(faces), (faces[:, ::2, ::2] / 255).reshape(2, -1))
    square = np.random.default_rng(0).integers(0, 256, (1, 160, 160), np.uint8)
    means = square.reshape(40, 4, 40, 4).mean((1, 3)).ravel() / 255
    assert np.abs(baselines.raw_pixels(square)[0] - means).max() <= 1.01 / 255  # whole numbers, twice rounded
    assert baselines.raw_pixels(square[:, :30, :20]).shape == (1, 600)


def test_eigenfaces_keep_the_angles_of_centred_training_photos(blobs):
    pixels, _ = blobs
    train = np.arange(20)
    z = baselines.eigenfaces(pixels, train)
    centred = pixels[train] - pixels[train].mean(0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    # with all components that there are, nothing of the training photos is lost
    assert np.allclose(z[train] @ z[train].T, centred @ centred.T) and np.allclose(np.linalg.norm(z, axis=1), 1)


def test_fisherfaces_find_what_tells_people_apart(blobs):
    pixels, people = blobs
    z, eigen = baselines.fisherfaces(pixels, np.arange(30), people), baselines.eigenfaces(pixels, np.arange(30))
    assert z.shape == (30, 5)

    def share_between(z):
        within = sum(z[people == p].var(0).sum() for p in range(6)) / 6
        return 1 - within / z.var(0).sum()

    assert share_between(z) > 0.9 > share_between(eigen)


def test_test_photos_have_no_influence(blobs):
    pixels, people = blobs
    train, other = np.arange(20), pixels.copy()
    other[20:] = np.random.default_rng(1).normal(size=other[20:].shape)
    for way in (lambda x: baselines.eigenfaces(x, train), lambda x: baselines.fisherfaces(x, train, people)):
        assert np.array_equal(way(pixels)[:20], way(other)[:20])


def test_people_whose_photos_are_all_equal_scatter_nothing_and_end_nothing():
    pixels = np.repeat(np.random.default_rng(2).normal(size=(4, 9)), 3, axis=0)
    z = baselines.fisherfaces(pixels, np.arange(12), np.repeat(np.arange(4), 3))
    assert np.isfinite(z).all() and np.linalg.norm(z[0] - z[3]) > 0.1
    assert np.isfinite(baselines.fisherfaces(np.zeros((12, 9)), np.arange(12), np.repeat(np.arange(4), 3))).all()
