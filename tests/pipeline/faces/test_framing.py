"""Every picture comes to the framing that the training crops had, and crops that have it stay as they are."""

import json
from dataclasses import replace

import numpy as np
import pytest

from pipeline.faces.align import template
from pipeline.faces.framing import Framing
from pipeline.faces.way_in import Face
from pipeline.recognise.recogniser import load
from pipeline.train import train

SIZE = (56, 46)
FACE = template(SIZE, 0.8)


@pytest.fixture
def framing():
    return Framing(SIZE, tuple(map(tuple, FACE.tolist())), 0.2)


def blob(shape, points):
    """A picture with five bright spots at `points`."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    spots = [np.exp(-((x - px) ** 2 + (y - py) ** 2) / 18) for px, py in points]
    return (250 * np.max(spots, axis=0)).astype(np.uint8)


def similar(points, scale, degrees, shift):
    turned = points @ (1, 1j) * scale * np.exp(1j * np.deg2rad(degrees)) + complex(*shift)
    return np.stack([turned.real, turned.imag], axis=1)


def test_a_face_comes_to_lie_where_the_training_faces_lay(framing):
    points = similar(FACE, 3, 20, (150, 60))
    picture = blob((400, 300), points)
    crop, landmarks = framing.cut(picture, points)
    assert crop.shape == SIZE and crop.dtype == np.uint8
    np.testing.assert_allclose(landmarks, FACE, atol=1e-9)
    for x, y in FACE:
        assert crop[int(y), int(x)] > 200, "a spot lies at each point"
    colour, _ = framing.cut(np.repeat(picture[:, :, None], 3, 2), points)
    assert np.array_equal(colour[:, :, 1], crop)


def test_movement_is_in_distances_of_the_eyes(framing):
    eyes = FACE[1, 0] - FACE[0, 0]
    assert framing.movement(FACE, SIZE) == pytest.approx(0, abs=1e-12)
    assert framing.movement(FACE + (0.25 * eyes, 0), SIZE) == pytest.approx(0.25)
    spread = np.sqrt(np.mean(np.sum((FACE - FACE.mean(0)) ** 2, axis=1)))
    larger = (FACE - FACE.mean(0)) * 1.3 + FACE.mean(0)
    assert framing.movement(larger, SIZE) == pytest.approx(0.3 * spread / eyes)


def test_the_size_of_a_picture_does_not_move_its_face(framing):
    assert framing.movement(FACE * 3, (168, 138)) == pytest.approx(0, abs=1e-12)
    wide = FACE * 2 + (20, 0)  # twice as large, with 20 pixels more on each side, which a crop is cut by
    assert framing.movement(wide, (112, 132)) == pytest.approx(0, abs=1e-12)


def test_the_framing_of_a_training_set_is_its_mean_and_its_reach_holds_nine_in_ten():
    rng = np.random.default_rng(0)
    faces = np.array([FACE + rng.normal(0, 2, 2) for _ in range(200)])
    faces[5] = np.nan
    found = Framing.of(SIZE, faces)
    np.testing.assert_allclose(found.points, np.nanmean(faces, axis=0))
    kept = [found.has(points, SIZE) for points in np.delete(faces, 5, axis=0)]
    assert 0.88 <= np.mean(kept) <= 0.92
    assert Framing.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert Framing.of(SIZE, np.full((3, 5, 2), np.nan)) is None


def test_a_picture_that_ends_soon_beside_the_face_is_too_tight(framing):
    assert framing.fits(FACE, SIZE)
    for missing, fits in ((0.15, True), (0.25, False)):
        across = round(SIZE[1] * (1 - missing))
        assert framing.fits(FACE, (SIZE[0], across)) is fits
        assert framing.fits(FACE - (SIZE[1] - across, 0), (SIZE[0], across)) is fits


@pytest.fixture
def framed(loaded, framing):
    return replace(loaded, framing=framing, find=lambda picture: pytest.fail("searched again"))


def test_a_crop_within_reach_or_too_tight_is_used_as_it_is_and_another_one_is_cut_again(framed, loaded, framing):
    near, small, tight = FACE + (1, 0), similar(FACE, 0.6, 0, (9, 11)), similar(FACE, 1.5, 0, (-11, -14))
    for points, cut in ((near, False), (small, True), (tight, False)):
        crop = blob(SIZE, points)
        assert framing.has(points, SIZE) is (points is near)
        expected = framing.cut(crop, points)[0] if cut else crop
        assert np.array_equal(framed.embed([crop], points[None]), loaded.embed([expected])), cut
    nowhere = np.full((1, 5, 2), np.nan)
    assert np.array_equal(framed.embed([crop], nowhere), loaded.embed([crop])), "without landmarks it stays"


def test_a_photo_and_its_crop_come_to_the_same_framing(framed, framing):
    points = FACE + 120
    photo = np.repeat(blob((300, 300), points)[:, :, None], 3, 2)
    for width, is_cut in ((34, False), (92, True)):  # a tight crop, and one with room around the face
        height = width * 160 / 132
        region = (*(points.mean(0) - (width / 2, height / 2)).tolist(), width, height)
        face = Face(photo, region, region, points, 0.99)
        crop, there = face.crop()
        assert (framing.has(there, crop.shape), framing.fits(there, crop.shape)) == (False, is_cut)
        seen, alone = framed.prepare_face(face)[0].astype(int), framed.prepare(crop, there)[0].astype(int)
        assert np.abs(seen - alone).mean() < 4, "levels of grey; another framing differs by tens"


def test_training_stores_the_framing_of_training_photos_alone(few_pairs, quick, tmp_path, no_curves, few_rehearsals):
    points = np.array([template((40, 32), 0.8)] * len(few_pairs.images), np.float32)
    points[few_pairs.part != "train"] += 3
    train(replace(few_pairs, landmarks=points), "default", quick, tmp_path / "run")
    framing = load(tmp_path / "run", "numpy").framing
    np.testing.assert_allclose(framing.points, template((40, 32), 0.8), atol=1e-4)
    assert framing.size == (40, 32)
    train(few_pairs, "default", quick, tmp_path / "plain")
    assert load(tmp_path / "plain", "numpy").framing is None
