"""How far an input is from the nearest kink of a network."""

import numpy as np
import pytest

from siamese_np.gradcheck.kinks import CLEAR, clear_input, clearance, spread
from siamese_np.layers import Dense, Dropout, Flatten, MaxPool2D, PReLU, ReLU, Sequential


def windows(*rows):
    return np.array(rows, float).reshape(1, 1, len(rows), len(rows[0]))


def test_the_clearance_of_a_relu_is_its_smallest_input():
    x = np.array([[3.0, -0.25, 1.0]])
    assert clearance(Sequential([ReLU()]), x) == clearance(Sequential([PReLU(3, dtype=np.float64)]), x) == 0.25


def test_the_clearance_of_a_pooling_is_the_smallest_gap_between_the_largest_and_the_second_largest():
    x = windows([1, 5, -3, -4], [4.5, 2, -3.25, -9])
    assert clearance(Sequential([MaxPool2D(2)]), x) == 0.25


def test_equal_zeros_of_closed_relus_are_no_tie():
    x = windows([-1, -2, 4, -2], [-3, -4, 1, -1])
    assert clearance(Sequential([ReLU(), MaxPool2D(2)]), x) == 1


def test_the_clearance_counts_every_layer_with_its_own_input(rng):
    dense = Dense(2, 1, rng=rng, dtype=np.float64)
    dense.params["weight"][...], dense.params["bias"][...] = [[2], [-1]], 0.125
    assert clearance(Sequential([ReLU(), dense, ReLU()]), np.array([[0.5, 1.0]])) == 0.125


def test_the_clearance_puts_back_the_generator():
    rng = np.random.default_rng(0)
    network, before = Sequential([Dropout(0.5, rng=rng), ReLU()]), rng.bit_generator.state
    clearance(network, np.ones((3, 4)))
    assert rng.bit_generator.state == before


def test_the_clearance_of_windows_over_the_border_is_not_known():
    with pytest.raises(ValueError, match="only padding 'valid'"):
        clearance(Sequential([MaxPool2D(2, padding="same")]), np.ones((1, 1, 3, 3)))


def test_a_clear_input_is_the_first_that_is_clear_and_that_the_caller_takes():
    draws = iter([[1e-4, 1.0], [2.0, 1.0], [3.0, 1.0]])
    x = clear_input(Sequential([ReLU()]), lambda: np.array([next(draws)]), lambda x: x[0, 0] - 2)
    assert x.tolist() == [[3, 1]]


def test_an_input_that_is_never_clear_is_an_error_and_not_an_endless_loop():
    with pytest.raises(RuntimeError, match="none of 1000 inputs keeps 0.001 clear of all kinks"):
        clear_input(Sequential([Flatten(), ReLU()]), lambda: np.zeros((2, 3)))


def test_spread_values_differ_and_are_far_from_zero(rng):
    values = np.sort(spread((3, 5), rng).ravel())
    assert np.diff(values).min() > 19 * CLEAR and np.abs(values).min() > 9 * CLEAR
