"""Wilson's interval, against published values and against the inequality that defines it."""

import numpy as np
import pytest

from siamese_np.rates import Z, wilson


# R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, 1998, table I, method 3
@pytest.mark.parametrize(("hits", "n", "low", "high"), [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)
])  # fmt: skip
def test_the_interval_has_the_values_of_the_literature(hits, n, low, high):
    assert wilson(hits / n, n) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_the_interval_holds_every_rate_from_which_the_measured_one_is_not_far(n):
    p = np.linspace(0, 1, 200_001)
    for hits in range(n + 1):
        rate = hits / n
        inside = p[(rate - p) ** 2 <= Z**2 * p * (1 - p) / n + 1e-15]
        low, high = wilson(rate, n)
        assert low == pytest.approx(inside.min(), abs=1e-5) and high == pytest.approx(inside.max(), abs=1e-5)


def test_none_of_few_is_not_zero():
    low, high = wilson(0.0, 2)
    assert low == 0 and high == pytest.approx(Z**2 / (2 + Z**2)) and high > 0.6


def test_the_interval_shrinks_with_more_probes_and_mirrors():
    widths = [high - low for low, high in (wilson(0.3, n) for n in (5, 50, 500))]
    assert widths == sorted(widths, reverse=True)
    assert wilson(0.2, 10) == pytest.approx(tuple(1 - end for end in reversed(wilson(0.8, 10))))


def test_without_a_probe_nothing_is_known():
    assert wilson(0.5, 0) == (0.0, 1.0)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_what_is_no_rate_is_refused(rate):
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson(rate, 10)
