import numpy as np
import pytest

from siamese_np import distance
from siamese_np.gradcheck import numeric_gradient
from siamese_np.losses import ContrastiveLoss


def test_distance_by_hand():
    a, b = np.array([[0.0, 0], [1, 1]]), np.array([[3.0, 4], [1, -1]])
    d = distance.forward(a, b)
    np.testing.assert_array_equal(d, [5, 2])
    da, db = distance.backward(np.array([10.0, 1]), a, b, d)
    np.testing.assert_allclose(da, [[-6, -8], [0, 1]])
    np.testing.assert_allclose(db, [[6, 8], [0, -1]])


def test_distance_is_that_of_numpy_and_does_not_change_its_input(rng):
    a, b = rng.standard_normal((2, 40, 7))
    before = a.copy(), b.copy()
    d = distance.forward(a, b)
    np.testing.assert_allclose(d, np.linalg.norm(a - b, axis=1), rtol=1e-14)
    dd = np.ones(40)
    distance.backward(dd, a, b, d)
    assert np.array_equal(a, before[0]) and np.array_equal(b, before[1]) and np.array_equal(dd, np.ones(40))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_distance_and_gradient_are_exactly_zero_for_identical_embeddings(dtype, rng):
    z = rng.standard_normal((5, 50)).astype(dtype)
    d = distance.forward(z, z.copy())
    da, db = distance.backward(np.ones(5, dtype), z, z, d)
    for a in (d, da, db):
        assert a.dtype == dtype and not a.any()


def test_embeddings_that_nearly_touch_have_a_gradient_of_length_one():
    a, b = np.array([[1e-15, 0]], np.float32), np.zeros((1, 2), np.float32)
    da, _ = distance.backward(np.ones(1, np.float32), a, b, distance.forward(a, b))
    np.testing.assert_allclose(da, [[1, 0]], rtol=1e-6)


@pytest.mark.parametrize("same", [True, False])
def test_both_images_of_a_pair_get_opposite_gradients_and_the_numeric_ones(same, rng):
    a, b = rng.standard_normal((2, 6, 3)) * 0.3
    loss, same = ContrastiveLoss(margin=1), np.full(6, same)
    d = distance.forward(a, b)
    da, db = distance.backward(loss.backward(d, same), a, b, d)
    np.testing.assert_array_equal(da, -db)
    for analytic, x in ((da, a), (db, b)):
        numeric = numeric_gradient(lambda: loss.forward(distance.forward(a, b), same), x)
        np.testing.assert_allclose(analytic, numeric, atol=1e-9)


def test_the_gradient_of_a_same_pair_is_twice_the_difference(rng):
    a, b = rng.standard_normal((2, 1, 4))
    d = distance.forward(a, b)
    da, _ = distance.backward(ContrastiveLoss().backward(d, np.array([True])), a, b, d)
    np.testing.assert_allclose(da, 2 * (a - b))


@pytest.mark.parametrize("shapes", [((3, 4), (3, 5)), ((3, 4), (1, 4)), ((4,), (4,)), ((2, 3, 4), (2, 3, 4))])
def test_unlike_shapes_are_refused_and_never_broadcast(shapes):
    with pytest.raises(ValueError, match=r"distance expects two arrays \(P, D\) of one shape, got"):
        distance.forward(*map(np.zeros, shapes))
