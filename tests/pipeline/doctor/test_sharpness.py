import numpy as np
import pytest
from PIL import Image, ImageFilter

from pipeline.datasets import drawn
from pipeline.doctor.sharpness import BLURRED, SIDE, sharpness


@pytest.fixture(scope="module")
def faces():
    return drawn.draw(6, 1, np.random.default_rng(4), size=(112, 92)).images[:, 0]


def blurred(gray, share):
    return np.asarray(Image.fromarray(gray).filter(ImageFilter.GaussianBlur(share * max(gray.shape))))


def test_a_face_is_sharp_and_not_so_once_it_is_blurred(faces):
    for face in faces:
        assert sharpness(face) > BLURRED > sharpness(blurred(face, 0.02))
        steps = [sharpness(blurred(face, share)) for share in (0, 0.01, 0.02, 0.04)]
        assert steps == sorted(steps, reverse=True)


def test_light_and_contrast_do_not_change_it(faces):
    darker = (40 + faces[0] * 0.4).astype(np.uint8)
    assert sharpness(darker) == pytest.approx(sharpness(faces[0]), rel=0.05)


def test_the_size_of_the_file_changes_it_less_than_blur_does(faces):
    for face in faces:
        large = sharpness(np.repeat(np.repeat(face, 3, 0), 3, 1))
        assert sharpness(blurred(face, 0.01)) < large < 2 * sharpness(face)


def test_the_laplacian_of_a_checkerboard_is_known():
    board = (np.indices((SIDE, SIDE)).sum(0) % 2 * 100).astype(np.uint8)
    # l is +-400 where x is +-50 about its mean
    assert sharpness(board) == pytest.approx(64)


def test_a_small_face_is_not_blurred_for_being_small(faces):
    for face in faces:
        small = np.asarray(Image.fromarray(face).resize((23, 28), Image.Resampling.BOX))
        assert sharpness(small) > BLURRED


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (3, 2), (80, 80)])
def test_a_flat_picture_of_any_shape_has_none(shape):
    assert sharpness(np.full(shape, 7, np.uint8)) == 0
