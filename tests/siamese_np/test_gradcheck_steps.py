"""How the error depends on h, where it is known: a cubic, and a linear layer."""

import numpy as np
import pytest

from siamese_np.gradcheck import Question, question, steps
from siamese_np.gradcheck.mistakes import MISTAKES
from siamese_np.layers import Dense, L2Normalize

pytestmark = pytest.mark.gradcheck


def cubic():
    """f = sum x^3, so f''' = 6 and n(h) is wrong by h^2 exactly."""
    x = np.array([0.5, 1.0, -0.7])
    return Question(lambda: float(np.sum(x**3)), {"x": x}, {"x": 3 * x**2})


def test_the_truncation_error_of_a_cubic_is_its_third_derivative():
    truncation, _ = steps.truncation_and_rounding(cubic(), "x")
    assert truncation == pytest.approx(1 / 3, rel=1e-4)  # 6 / 6, relative to the largest gradient, 3
    found = list(steps.errors(cubic(), "x", [1e-1, 1e-2]))
    assert found == pytest.approx([1e-2 / 3.01, 1e-4 / 3.0001], rel=1e-6)  # the numeric gradient is the larger one


@pytest.mark.parametrize("size, third", [(1.0, 1.0), (1000.0, 1.0), (2.0, 50.0)])
def test_no_step_has_a_smaller_sum_of_both_errors_than_the_best_step(size, third):
    truncation, rounding = third / 6, steps.EPS * size
    h = np.logspace(-9, -1, 16001)
    total = truncation * h**2 + rounding / h
    best = steps.best_step(truncation, rounding)
    assert best == pytest.approx(h[total.argmin()], rel=2e-3)
    assert best == pytest.approx((3 * steps.EPS * size / third) ** (1 / 3))
    assert rounding / best == pytest.approx(2 * truncation * best**2)
    where_equal = (rounding / truncation) ** (1 / 3)
    assert where_equal / best == pytest.approx(1.26, abs=0.001)
    assert 2 * rounding / where_equal / total.min() == pytest.approx(1.06, abs=0.005)


def test_the_error_of_a_linear_layer_is_rounding_alone(rng):
    asked = question(Dense(5, 4, rng=rng, dtype=np.float64), rng.standard_normal((3, 5)), rng)
    truncation, rounding = steps.truncation_and_rounding(asked, "weight")
    assert truncation == 0
    for h in (1e-2, 1e-5, 1e-8, 1e-11):
        (error,) = steps.errors(asked, "weight", [h])
        assert error <= 4 * rounding / h


def test_the_error_of_a_right_gradient_has_its_minimum_between_both_lines(rng):
    asked = question(L2Normalize(), rng.standard_normal((4, 5)), rng)
    found = list(steps.errors(asked, "input", [1e-1, 1e-5, 1e-11]))
    assert found[1] < 1e-9 < 1e-7 < min(found[0], found[2])


def test_the_error_of_a_wrong_formula_is_the_same_for_every_step():
    found = list(steps.errors(MISTAKES["dense"].question(), "weight", [1e-2, 1e-5, 1e-8]))
    assert found == pytest.approx([found[0]] * 3, rel=1e-5) and found[0] > 0.1


def test_no_array_is_changed():
    asked = cubic()
    before = asked.arrays["x"].copy()
    list(steps.errors(asked, "x", [1e-3]))
    steps.truncation_and_rounding(asked, "x")
    assert np.array_equal(asked.arrays["x"], before)
