import numpy as np
import pytest

from siamese_np.losses import ContrastiveLoss


@pytest.mark.parametrize(
    "power, value, gradient",
    [
        (2, (0.5**2 + 2**2 + 1.5**2 + 0) / 4, [2 * 0.5 / 4, 2 * 2 / 4, -2 * 1.5 / 4, 0]),
        (1, (0.5 + 2 + 1.5 + 0) / 4, [1 / 4, 1 / 4, -1 / 4, 0]),
    ],
)
def test_contrastive_loss_by_hand(power, value, gradient):
    loss = ContrastiveLoss(margin=2.0, power=power)
    d, same = np.array([0.5, 2.0, 0.5, 3.0]), np.array([True, True, False, False])
    assert loss.forward(d, same) == pytest.approx(value)
    np.testing.assert_allclose(loss.backward(d, same), gradient)


@pytest.mark.parametrize("power", [1, 2])
def test_the_loss_is_the_mean_of_the_losses_of_its_pairs(power, rng):
    d, same, margin = rng.uniform(0, 2, 50), rng.random(50) < 0.3, 1.2
    each = [x**power if s else max(0, margin - x) ** power for x, s in zip(d, same)]
    assert ContrastiveLoss(margin, power).forward(d, same) == pytest.approx(sum(each) / 50)


@pytest.mark.parametrize("power", [1, 2])
def test_nothing_pulls_a_different_pair_at_the_margin_or_beyond(power):
    d, same = np.array([1.0, 1.5]), np.array([False, False])
    assert ContrastiveLoss(1.0, power).forward(d, same) == 0
    assert not ContrastiveLoss(1.0, power).backward(d, same).any()


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gradient_has_the_dtype_of_the_distances(power, dtype):
    d = np.array([0.1, 0.2], dtype)
    assert ContrastiveLoss(power=power).backward(d, np.array([True, False])).dtype == dtype
    assert isinstance(ContrastiveLoss(power=power).forward(d, np.array([True, False])), float)


def constant_loss(loss, c, share_same, pairs=100):
    return loss.forward(np.full(pairs, c), np.arange(pairs) < share_same * pairs)


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("margin, share_same", [(1, 0.5), (2.5, 0.5), (1, 0.2), (2, 0.75)])
def test_the_plateau_of_equal_embeddings_is_the_loss_at_distance_zero(power, margin, share_same):
    loss = ContrastiveLoss(margin, power)
    assert loss.plateaus(share_same)["all embeddings equal"] == pytest.approx(constant_loss(loss, 0, share_same))


@pytest.mark.parametrize("margin, share_same", [(1, 0.5), (2.5, 0.5), (1, 0.2), (2, 0.75)])
def test_the_plateau_of_equal_distances_is_the_best_that_one_distance_for_all_pairs_can_do(margin, share_same):
    loss = ContrastiveLoss(margin)
    tried = [constant_loss(loss, c, share_same) for c in np.linspace(0, 2 * margin, 2001)]
    assert loss.plateaus(share_same)["all distances equal"] == pytest.approx(min(tried))
    best = (1 - share_same) * margin
    slope = loss.backward(np.full(100, best), np.arange(100) < share_same * 100).sum()
    assert slope == pytest.approx(0, abs=1e-12)  # moving all distances together gains nothing there: stationary


def test_with_power_1_every_constant_distance_up_to_the_margin_is_a_plateau():
    loss = ContrastiveLoss(3.0, power=1)
    for c in np.linspace(0.1, 2.9, 8):
        assert constant_loss(loss, c, 0.5) == pytest.approx(loss.plateaus()["all distances equal"]) == 1.5
        assert loss.backward(np.full(4, c), np.array([True, True, False, False])).sum() == 0


@pytest.mark.parametrize("margin", [0, -1.0, np.nan])
def test_a_margin_that_is_not_above_zero_is_refused(margin):
    with pytest.raises(ValueError, match=f"margin is above 0, not {margin}"):
        ContrastiveLoss(margin)


@pytest.mark.parametrize("power", [0, 3, 1.5])
def test_another_power_is_refused(power):
    with pytest.raises(ValueError, match=f"power is 1 or 2, not {power}"):
        ContrastiveLoss(power=power)


@pytest.mark.parametrize("method", ["forward", "backward"])
@pytest.mark.parametrize("dtype", [int, np.uint8, float])
def test_same_as_0_and_1_is_refused_since_it_has_been_read_both_ways(method, dtype):
    with pytest.raises(TypeError, match=f"same is a bool array, True where .* one person; got {np.dtype(dtype)}"):
        getattr(ContrastiveLoss(), method)(np.ones(2), np.array([0, 1], dtype))


@pytest.mark.parametrize("method", ["forward", "backward"])
@pytest.mark.parametrize("shapes", [((3,), (2,)), ((3, 1), (3, 1)), ((3,), (3, 1)), ((0,), (0,)), ((), ())])
def test_anything_but_one_bool_for_each_distance_is_refused(method, shapes):
    with pytest.raises(ValueError, match="one distance and one bool for each of at least one pair"):
        getattr(ContrastiveLoss(), method)(np.zeros(shapes[0]), np.zeros(shapes[1], bool))
