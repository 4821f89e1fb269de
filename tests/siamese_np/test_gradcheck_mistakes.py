"""Five wrong backwards: each is caught, in the one gradient that is wrong, and shows what is said to give it away."""

import numpy as np
import pytest

from siamese_np.gradcheck import TOLERANCE, mistakes, numeric_gradient
from siamese_np.gradcheck.mistakes import MISTAKES, PAIRS

pytestmark = pytest.mark.gradcheck


def both(name):
    """The analytic and the numeric gradient that differ, of a mistake, and its question."""
    question, of = MISTAKES[name].question(), MISTAKES[name].wrong
    return question.analytic[of], numeric_gradient(question.f, question.arrays[of]), question


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_each_is_caught_in_the_gradient_that_is_wrong_and_no_other(mistake):
    verdicts = {c.of: c.verdict for c in mistake.question().check()}
    assert verdicts == {of: "WRONG" if of == mistake.wrong else "correct" for of in verdicts}


@pytest.mark.parametrize(
    "name, kind",
    [
        ("dense", mistakes.AveragedDense),
        ("relu", mistakes.OpenReLU),
        ("batchnorm", mistakes.ConstantBatchNorm),
        ("conv2d", mistakes.RotatedConv2D),
    ],
)
def test_without_the_wrong_backward_the_same_question_is_answered_with_correct(name, kind, monkeypatch):
    monkeypatch.delattr(kind, "backward")
    assert all(c.correct for c in MISTAKES[name].question().check())


def test_averaged_dense_is_wrong_by_one_factor():
    analytic, numeric, _ = both("dense")
    np.testing.assert_allclose(numeric, 3 * analytic, rtol=1e-6)


def test_open_relu_is_wrong_on_the_axis_alone():
    analytic, numeric, question = both("relu")
    positive = question.arrays["input"] > 0
    np.testing.assert_allclose(numeric[positive], analytic[positive], rtol=1e-6)
    assert np.abs(numeric[~positive]).max() == 0 and np.abs(analytic[~positive]).min() > 0


def test_constant_batchnorm_does_not_add_up_to_zero():
    analytic, numeric, _ = both("batchnorm")
    assert np.abs(numeric.sum(0)).max() < 1e-8 and np.abs(analytic.sum(0)).max() > 0.1


def test_rotated_conv2d_keeps_the_sum():
    analytic, numeric, _ = both("conv2d")
    assert analytic.sum() == pytest.approx(numeric.sum(), rel=1e-8)
    assert np.mean(np.abs(analytic - numeric) > 1e-3) > 0.9


def test_forgetful_pairs_is_wrong_where_an_image_is_in_two_pairs():
    analytic, numeric, _ = both("pairs")
    wrong = np.abs(analytic - numeric).max(1) > TOLERANCE
    assert wrong.tolist() == (np.bincount(PAIRS.ravel()) > 1).tolist() == [True, False, False, False, False]
