"""Each change alone does what its name says; with all changes off, augmentation is the identity."""

import numpy as np
import pytest

from pipeline.train.augmentation import Augmentation, augment

NOTHING = {"mirror": False, "rotation": 0, "scale": 0, "shift": 0, "contrast": 0, "brightness": 0, "cutout": 0}


def noise(n=40, size=(30, 24)):
    return np.random.default_rng(1).normal(size=(n, 1, *size)).astype(np.float32)


def blob(y, x, size=(60, 60), n=200):
    """Images of one soft dot whose centre is y, x pixels from the middle."""
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    dot = np.exp(-((rows - (size[0] - 1) / 2 - y) ** 2 + (columns - (size[1] - 1) / 2 - x) ** 2) / 8)
    return np.repeat(dot[None, None], n, 0).astype(np.float32)


def centres(images):
    """(n, 2): the centre of mass of each image, from the middle."""
    weight = images[:, 0] / images[:, 0].sum((1, 2), keepdims=True)
    rows, columns = (np.arange(n) - (n - 1) / 2 for n in images.shape[2:])
    return np.stack([(weight.sum(2) * rows).sum(1), (weight.sum(1) * columns).sum(1)], axis=1)


def changed(images, seed=0, **settings):
    return augment(images, Augmentation(**{**NOTHING, **settings}), np.random.default_rng(seed))


def test_all_settings_at_zero_change_nothing():
    assert np.array_equal(changed(noise()), noise())


def test_mirroring_flips_half_of_the_images_exactly():
    x = noise(400)
    y = changed(x, mirror=True)
    flipped = np.array([np.array_equal(b, a[:, :, ::-1]) for a, b in zip(x, y)])
    kept = np.array([np.array_equal(b, a) for a, b in zip(x, y)])
    assert (flipped ^ kept).all()
    assert 150 < flipped.sum() < 250


def test_shifts_move_by_up_to_their_share_of_each_side():
    y = centres(changed(blob(0, 0, (60, 90)), shift=0.1))
    assert (abs(y) <= (6.05, 9.05)).all()
    assert (y.max(0) > (5, 8)).all() and (y.min(0) < (-5, -8)).all()
    assert abs(np.corrcoef(y.T)[0, 1]) < 0.3, "the two directions are drawn independently"


def test_rotation_is_about_the_middle_by_up_to_its_angle():
    x = blob(0, 20)
    y = centres(changed(x, rotation=30))
    assert np.allclose(np.linalg.norm(y, axis=1), 20, atol=0.3)
    angle = np.rad2deg(np.arctan2(y[:, 0], y[:, 1]))
    assert 25 < angle.max() < 30.5 and -30.5 < angle.min() < -25


def test_scale_changes_the_distance_from_the_middle_and_not_the_direction():
    y = centres(changed(blob(10, 20), scale=0.2))
    assert np.allclose(y[:, 1], 2 * y[:, 0], atol=0.3)
    assert 23 < y[:, 1].max() < 24.2 and 15.8 < y[:, 1].min() < 17


def test_what_comes_from_outside_is_the_mean():
    y = changed(np.ones((200, 1, 20, 20), np.float32), shift=0.3)
    assert set(np.unique(y)) <= {0.0, 1.0} or (y.min() == 0 and y.max() == 1)
    assert (y == 0).mean() > 0.1


def test_contrast_is_a_factor_and_brightness_a_shift():
    x = noise()
    factors = changed(x, contrast=0.3) / x
    assert np.allclose(factors, factors[:, :, :1, :1], atol=1e-4)
    assert 0.7 <= factors.min() < 0.75 and 1.25 < factors.max() <= 1.3001
    shifts = changed(x, brightness=0.3) - x
    assert np.allclose(shifts, shifts[:, :, :1, :1], atol=1e-5)
    assert -0.3001 <= shifts.min() < -0.25 and 0.25 < shifts.max() <= 0.3001


def test_cutout_covers_one_rectangle_of_bounded_size_anywhere():
    y = changed(np.ones((2000, 1, 20, 40), np.float32), cutout=0.5)
    covered = y[:, 0] == 0
    heights, widths = covered.any(2).sum(1), covered.any(1).sum(1)
    assert (heights * widths == covered.sum((1, 2))).all(), "the covered pixels are one whole rectangle"
    assert heights.max() == 9 and widths.max() == 19, "below half of the side"
    assert covered.any(0).all(), "every place is covered in some image"


def test_the_same_random_numbers_give_the_same_images_and_the_input_stays():
    x = noise()
    before = x.copy()
    one, two = (augment(x, Augmentation(), np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one, two) and one.dtype == np.float32
    assert np.array_equal(x, before) and not np.shares_memory(x, one)
    assert not np.array_equal(one, augment(x, Augmentation(), np.random.default_rng(4)))


@pytest.mark.parametrize("name", list(NOTHING))
def test_each_setting_alone_changes_something(name):
    setting = {"mirror": True, "rotation": 8}.get(name, 0.3)
    assert not np.array_equal(changed(noise(), **{name: setting}), noise())
