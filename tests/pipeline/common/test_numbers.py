"""A message never compares two numbers that look the same."""

import math
import random

import pytest

from pipeline.common.numbers import apart


@pytest.mark.parametrize(("a", "b", "expected"), [
    (0.8, 0.95, ("0.80", "0.95")),
    (0.9496, 0.95, ("0.9496", "0.9500")),
    (0.9499, 0.95, ("0.9499", "0.9500")),
    (0.5, 0.5, ("0.50", "0.50")),
    (1e-30, 2e-30, ("1e-30", "2e-30")),
    (math.inf, 1.0, ("inf", "1.00")),
])  # fmt: skip
def test_as_many_digits_as_it_takes_for_two_numbers_to_look_different(a, b, expected):
    assert apart(a, b) == expected


def test_digits_is_the_least_number_of_digits():
    assert apart(0.123, 0.9, digits=3) == ("0.123", "0.900")


def test_neighbouring_numbers_look_different():
    draw = random.Random(3)
    for _ in range(1000):
        a = draw.random() * 10 ** draw.uniform(-20, 6)
        b = math.nextafter(a, math.inf)
        texts = apart(a, b)
        assert texts[0] != texts[1], (a, b)
