"""Faces of one person are more alike than those of two, for people that had no part in the fitting."""

import numpy as np
import pytest

from pipeline.datasets import orl
from pipeline.faces import likeness
from pipeline.faces.align import template
from pipeline.faces.likeness import Likeness, evidence

FACES = orl.load()
POINTS = np.tile(template((orl.HEIGHT, orl.WIDTH)), (len(FACES.images), 1, 1))


@pytest.fixture(scope="module")
def described():
    """z of the last ten people, (100, D), by a likeness that was fitted to the first thirty."""
    known = FACES.people < 30
    describe = Likeness(FACES.images[known, 0], POINTS[known], FACES.people[known])
    return describe(FACES.images[~known, 0], POINTS[~known])


def test_it_is_of_length_one_and_a_face_is_like_itself(described):
    assert np.linalg.norm(described, axis=1) == pytest.approx(np.ones(100))


def test_faces_of_a_person_it_never_saw_are_nearest_to_each_other(described):
    alike = described @ described.T - 2 * np.eye(100)
    nearest = alike.argmax(1)
    assert (nearest // 10 == np.arange(100) // 10).mean() > 0.9


def test_a_mirror_image_looks_the_same(described):
    known = FACES.people < 30
    describe = Likeness(FACES.images[known, 0], POINTS[known], FACES.people[known])
    five = FACES.images[300:305, 0]
    mirrored = describe(five[:, :, ::-1], POINTS[300:305])  # the template is its own mirror image
    assert mirrored == pytest.approx(described[:5], abs=1e-3)


def test_brightness_and_contrast_make_little_difference():
    describe = likeness.of_orl()
    face = FACES.images[7, 0]
    darker = (face * 0.5 + 20).astype(np.uint8)
    one, other = describe([face, darker], POINTS[:2])
    assert one @ other > 0.9


def test_it_is_fitted_once():
    assert likeness.of_orl() is likeness.of_orl()


def test_landmarks_of_no_face_are_refused():
    with pytest.raises(ValueError, match="landmarks"):
        likeness.of_orl()([FACES.images[0, 0]], POINTS[:1][:, [1, 0, 2, 4, 3]])  # the eyes are exchanged, and the mouth


def test_more_photos_say_more():
    assert 0 < evidence(0.3, 1) < evidence(0.3, 5) < evidence(0.3, 30)
    assert evidence(0.1, 5) < evidence(0.1, 1) < 0
    assert evidence(0.21, 3) == pytest.approx(0)


def test_the_evidence_is_the_ratio_of_two_normal_densities():
    n, s = 4, 0.4
    variance = likeness.VARIANCE + likeness.VARIANCE_OF_ONE / n
    log_density = [-((s - mean) ** 2) / (2 * variance) for mean in (likeness.OWN, likeness.OTHER)]
    assert evidence(s, n) == pytest.approx(log_density[0] - log_density[1])
