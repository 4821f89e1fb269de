"""ROC, AUC, EER, rates and thresholds, against worked examples and the definitions."""

import numpy as np
import pytest

from siamese_np.metrics import Roc, balanced_accuracy, roc

# distances of same pairs 1 2 4, of different pairs 3 5 6 7, in mixed order
D = np.array([5.0, 1, 3, 4, 7, 2, 6])
SAME = np.array([False, True, False, True, False, True, False])


def drawn(seed, distances=(0.0, 0.5, 1.0, 1.5, 2.0)):
    """Many pairs with many ties."""
    rng = np.random.default_rng(seed)
    return rng.choice(distances, 60), np.append(rng.random(58) < 0.4, [True, False])


def test_the_roc_by_hand():
    curve = roc(D, SAME)
    np.testing.assert_allclose(curve.tpr, [0, 1 / 3, 2 / 3, 2 / 3, 1, 1, 1, 1])
    np.testing.assert_allclose(curve.fpr, [0, 0, 0, 1 / 4, 1 / 4, 2 / 4, 3 / 4, 1])
    np.testing.assert_allclose(curve.threshold[:-1], [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5])
    assert 7 < curve.threshold[-1] < 7.001
    assert curve.auc == pytest.approx(11 / 12)  # of the 12 pairs of pairs only (4, 3) is the wrong way round


@pytest.mark.parametrize("seed", range(4))
def test_the_auc_is_the_share_of_pairs_of_pairs_in_the_right_order_and_a_tie_counts_half(seed):
    d, same = drawn(seed)
    order = [(a < b) + (a == b) / 2 for a in d[same] for b in d[~same]]
    assert roc(d, same).auc == pytest.approx(np.mean(order))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("apart", ["clearly", "by one bit"])
def test_each_threshold_gives_the_rates_of_its_point(seed, dtype, apart):
    """Also where there is no number between two distances."""
    steps = [dtype(1)]
    while len(steps) < 5:
        steps.append(np.nextafter(steps[-1], dtype(2)) if apart == "by one bit" else steps[-1] + dtype(0.25))
    d, same = drawn(seed, np.array(steps, dtype))
    curve = roc(d, same)
    thresholds = curve.threshold.tolist()  # as they stand in a file: a plain number meets float32 distances in float32
    np.testing.assert_allclose(curve.tpr, [np.mean(d[same] < t) for t in thresholds])
    np.testing.assert_allclose(curve.fpr, [np.mean(d[~same] < t) for t in thresholds])


def test_the_eer_by_hand_between_two_points():
    curve = roc(D, SAME)  # FPR 1/4 meets FRR 1/3 and then 0: they are equal on the way up, at 1/4
    assert curve.eer == pytest.approx(1 / 4)
    # FPR, FRR: (0, 1), (0, 1/2), (1/2, 1/2) for same 1 3, different 2 4: met exactly
    assert roc(np.array([1.0, 3, 2, 4]), np.array([True, True, False, False])).eer == pytest.approx(1 / 2)
    # same and different at one distance: straight from (0, 1) to (1, 0)
    assert roc(np.ones(4), np.array([True, True, False, False])).eer == pytest.approx(1 / 2)


def test_fnr_is_what_is_left_of_tpr():
    curve = roc(D, SAME)
    rejected = [np.mean(D[SAME] >= t) for t in curve.threshold]
    np.testing.assert_allclose(1 - curve.tpr, rejected)
    crossing = np.interp(0, curve.fpr - rejected, curve.fpr)
    assert curve.eer == pytest.approx(crossing)


def test_the_auc_does_not_change_where_the_order_does_not():
    assert roc(D**2, SAME).auc == roc(D, SAME).auc


def test_how_many_accepted_pairs_are_same_depends_on_how_frequent_they_are():
    curve = roc(D, SAME)
    for point, threshold in enumerate(curve.threshold.tolist()[1:], 1):
        accepted = D < threshold
        assert curve.right_among_accepted(point, 3 / 7) == pytest.approx(np.mean(SAME[accepted]))
    assert curve.right_among_accepted(4, 0.01) == pytest.approx(0.01 / (0.01 + 0.99 / 4))
    assert curve.right_among_accepted(0, 0.5) is None


def test_the_eer_is_interpolated_where_both_rates_move_at_once():
    # same 1 2 2, different 2 3: from (FPR 0, FRR 2/3) straight to (1/2, 0); equal at share 4/7, FPR 2/7
    d, same = np.array([1.0, 2, 2, 2, 3]), np.array([True, True, True, False, False])
    assert roc(d, same).eer == pytest.approx(2 / 7)


@pytest.mark.parametrize("d, auc, eer", [([1.0, 2, 3, 4], 1, 0), ([3.0, 4, 1, 2], 0, 1)])
def test_perfect_and_reversed_distances(d, auc, eer):
    curve = roc(np.array(d), np.array([True, True, False, False]))
    assert curve.auc == auc and curve.eer == eer
    assert curve.tar_at_far(0) == 1 - eer


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("far", [0, 0.01, 0.1, 0.3, 0.999, 1])
def test_tar_at_far_is_the_best_rate_that_any_threshold_reaches_within_it(seed, far):
    d, same = drawn(seed)
    rates = [(np.mean(d[~same] < t), np.mean(d[same] < t)) for t in (-1, 0.1, 0.6, 1.1, 1.6, 2.1)]
    best = max(tar for fpr, tar in rates if fpr <= far)
    curve = roc(d, same)
    assert curve.tar_at_far(far) == pytest.approx(best)
    threshold = curve.threshold_at_far(far)
    assert np.mean(d[same] < threshold) == pytest.approx(best) and np.mean(d[~same] < threshold) <= far


def test_tar_at_far_by_hand():
    curve = roc(D, SAME)
    assert [curve.tar_at_far(far) for far in (0, 0.24, 0.25, 1)] == pytest.approx([2 / 3, 2 / 3, 1, 1])
    assert curve.threshold_at_far(0) == 2.5


@pytest.mark.parametrize("seed", range(4))
def test_the_threshold_of_best_balance_can_not_be_beaten(seed):
    d, same = drawn(seed)
    threshold = roc(d, same).threshold_of_best_balance()
    best = max(balanced_accuracy(d, same, t) for t in (0.1, 0.6, 1.1, 1.6, 2.1))
    assert balanced_accuracy(d, same, threshold) == pytest.approx(max(best, 0.5))


def test_of_equally_good_thresholds_the_smallest_is_taken():
    d, same = np.array([1.0, 2, 3, 4]), np.array([True, False, True, False])
    assert roc(d, same).threshold_of_best_balance() == 1.5


@pytest.mark.parametrize("value", [0.0, 1e-30, 0.7, 1e6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_constant_distances_give_chance_and_never_nan(value, dtype):
    d, same = np.full(6, value, dtype), np.arange(6) < 2
    curve = roc(d, same)
    assert (curve.auc, curve.eer, curve.tar_at_far(0.5)) == (0.5, 0.5, 0)
    for threshold in (curve.threshold_at_far(0.1), curve.threshold_of_best_balance()):
        assert balanced_accuracy(d, same, threshold) == 0.5
    assert curve.threshold_at_far(1) > value


def test_accuracy_of_the_worked_case_and_of_its_inverse():
    d, same = np.array([0.1, 0.2, 0.9, 1.1]), np.array([True, True, False, False])
    assert balanced_accuracy(d, same, 0.5) == 1
    assert balanced_accuracy(d, ~same, 0.5) == 0


@pytest.mark.parametrize("threshold", [0.05, 5.0])
def test_an_answer_that_is_the_same_for_all_pairs_has_a_balanced_accuracy_of_one_half(threshold):
    d, same = np.array([0.1, 0.2, 0.9, 1.1]), np.array([True, False, False, False])
    assert balanced_accuracy(d, same, threshold) == 0.5


def test_a_distance_at_the_threshold_is_not_below_it():
    d = np.array([0.5, 0.5])
    assert balanced_accuracy(d, np.array([True, False]), 0.5) == 0.5


def test_balanced_accuracy_weighs_both_kinds_alike():
    d, same = np.array([1.0, 9, 9, 9, 1]), np.array([True, False, False, False, False])
    assert balanced_accuracy(d, same, 5) == pytest.approx((1 + 3 / 4) / 2)


@pytest.mark.parametrize("same", [[True, True], [False, False]])
@pytest.mark.parametrize("metric", [roc, lambda d, same: balanced_accuracy(d, same, 0.5)])
def test_one_kind_of_pair_alone_is_refused(same, metric):
    with pytest.raises(ValueError, match="needs same and different pairs"):
        metric(np.array([0.1, 0.9]), np.array(same))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_roc_of_distances_that_are_not_finite_is_refused(bad):
    with pytest.raises(ValueError, match="not finite"):
        roc(np.array([0.1, bad]), np.array([True, False]))


@pytest.mark.parametrize("metric, more", [(roc, ()), (balanced_accuracy, (0.5,))])
def test_same_has_to_be_bool(metric, more):
    with pytest.raises(TypeError, match="same is a bool array"):
        metric(np.array([0.1, 0.9]), np.array([1, 0]), *more)


def test_metrics_do_not_change_what_they_are_handed():
    d, same = D.copy(), SAME.copy()
    curve = roc(d, same)
    assert isinstance(curve, Roc) and isinstance(curve.auc, float) and isinstance(curve.eer, float)
    assert np.array_equal(d, D) and np.array_equal(same, SAME)
