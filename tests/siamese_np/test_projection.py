"""The map of embeddings: its variance, and that turning it changes nothing but where it lies."""

import numpy as np
import pytest

from siamese_np.projection import principal_map, turned_to


@pytest.fixture
def z(rng):
    return rng.normal(size=(30, 6)) * [5, 3, 1, 0.5, 0.2, 0.1] + 7


def spread(m):
    return np.sum((m - m.mean(0)) ** 2)


def test_no_other_plane_shows_more_of_the_variance(z, rng):
    m, shown = principal_map(z)
    assert m.mean(0) == pytest.approx([0, 0]) and shown == pytest.approx(spread(m) / spread(z))
    for _ in range(50):
        plane, _ = np.linalg.qr(rng.normal(size=(6, 2)))
        assert spread(z @ plane) <= spread(m)


def test_the_share_that_is_shown_is_that_of_the_two_largest_variances(z):
    variances = np.sort(np.linalg.eigvalsh(np.cov(z.T)))
    assert principal_map(z)[1] == pytest.approx(variances[-2:].sum() / variances.sum())
    # along the axes, with variances 9 : 9 : 1 : 1
    assert principal_map(np.concatenate([m * np.diag([3.0, 3, 1, 1]) for m in (-1, 1)]))[1] == pytest.approx(0.9)


def test_points_in_a_plane_keep_their_distances_and_all_is_shown(rng):
    flat = rng.normal(size=(20, 2))
    plane, _ = np.linalg.qr(rng.normal(size=(5, 2)))
    m, shown = principal_map(flat @ plane.T)
    assert shown == pytest.approx(1)
    between = lambda p: np.linalg.norm(p[:, None] - p, axis=2)  # noqa: E731
    np.testing.assert_allclose(between(m), between(flat), atol=1e-12)


def test_a_turned_and_mirrored_map_comes_back(z):
    m, _ = principal_map(z)
    for angle in (0.3, 2.0, -1.2):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        np.testing.assert_allclose(turned_to(m @ turn, m), m, atol=1e-9)
        np.testing.assert_allclose(turned_to(m @ turn * [1, -1], m), m, atol=1e-9)


def test_no_other_turn_lies_nearer_to_the_map_before(z, rng):
    m, _ = principal_map(z)
    before = m @ [[0, 1], [1, 0]] + rng.normal(size=m.shape)
    best = np.linalg.norm(turned_to(m, before) - before)
    for angle in np.linspace(0, 2 * np.pi, 60):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        for mirror in ([1, 1], [1, -1]):
            assert np.linalg.norm(m @ turn * mirror - before) >= best - 1e-9


def test_equal_embeddings_lie_in_one_point(z):
    m, shown = principal_map(np.repeat(z[:1], 5, axis=0))
    assert np.abs(m).max() < 1e-12 and shown == 1
