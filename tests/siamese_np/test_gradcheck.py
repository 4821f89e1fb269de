"""The instrument itself: the numeric gradient, the comparison, the table and the command."""

import json
import sys

import numpy as np
import pytest

from siamese_np import gradcheck_cases
from siamese_np.gradcheck import check_layer, compare, numeric_gradient
from siamese_np.layers import L2Normalize, MaxPool2D


def test_numeric_gradient_of_a_cubic_is_right_to_order_h_squared_and_puts_x_back():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    before = x.copy()
    gradient = numeric_gradient(lambda: float(np.sum(x**3)), x, h=1e-3)
    np.testing.assert_allclose(gradient, 3 * x**2 + 1e-6, rtol=1e-9)  # (x+h)^3 - (x-h)^3 = 2h (3x^2 + h^2)
    assert np.array_equal(x, before)


def test_compare_gives_the_worst_entry_and_its_error_relative_to_the_largest():
    c = compare("weight", np.array([[1.0, -4.0]]), np.array([[1.0, -5.0]]))
    assert (c.index, c.analytic, c.numeric, c.error, c.correct) == ((0, 1), -4.0, -5.0, 1 / 5, False)


def test_compare_judges_gradients_near_zero_absolutely():
    assert compare("bias", np.array([1e-13]), np.array([0.0])).correct
    assert not compare("bias", np.array([2e-12]), np.array([0.0])).correct


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_a_gradient_that_is_not_finite_is_wrong(bad, side):
    gradients = [np.array([1.0, 2.0]), np.array([1.0, 2.0])]
    gradients[side][1] = bad
    c = compare("weight", *gradients)
    assert not c.correct and c.error == np.inf and c.index == (1,)


def test_a_gradient_of_another_shape_is_refused_by_name():
    with pytest.raises(ValueError, match=r"gradient of bias has shape \(1, 3\), it should have \(3,\)"):
        compare("bias", np.zeros((1, 3)), np.zeros(3))


@pytest.mark.parametrize("layer, x", [(MaxPool2D(2), np.arange(16.0).reshape(1, 1, 4, 4)), (L2Normalize(), np.eye(3))])
def test_check_layer_leaves_its_input_alone(layer, x, rng):
    before = x.copy()
    assert all(c.correct for c in check_layer(layer, x, rng))
    assert np.array_equal(x, before)


@pytest.fixture
def one_wrong(monkeypatch):
    """A table of one case, whose weight gradient is wrong at (0, 1)."""
    right, wrong = np.array([[1.0, -4], [3, 4]]), np.array([[1.0, -2], [3, 4]])
    comparisons = [compare("input", right, right), compare("weight", wrong, right), compare("bias", right, right)]
    monkeypatch.setattr(gradcheck_cases, "cases", lambda kernels_name: {"Dense": lambda: comparisons})


def test_the_table_shows_a_failure_with_index_analytic_and_numeric_value(one_wrong, capsys):
    assert gradcheck_cases.report("numpy") is False
    head, *rows, end = capsys.readouterr().out.splitlines()
    assert [row.split()[:2] for row in rows] == [["Dense", "input"], ["Dense", "weight"], ["Dense", "bias"]]
    assert ["WRONG" in row for row in rows] == [False, True, False]
    assert rows[1].endswith("at (0, 1): analytic -2, numeric -4")
    assert end.startswith("3 gradients, 1 wrong")


def test_the_table_as_json_is_one_object(one_wrong, capsys):
    assert gradcheck_cases.report("numpy", as_json=True) is False
    found = json.loads(capsys.readouterr().out)
    assert found["kernels"] == "numpy" and found["wrong"] == 1
    wrong = found["rows"][1]
    assert wrong["gradient_of"] == "weight" and wrong["shape"] == [2, 2] and not wrong["correct"]
    assert (wrong["index"], wrong["analytic"], wrong["numeric"], wrong["error"]) == ([0, 1], -2, -4, 0.5)


@pytest.mark.parametrize("arguments, code", [([], 1), (["numpy"], 1), (["cuda"], 2), (["numpy", "numba"], 2)])
def test_the_command_exits_1_on_a_wrong_gradient_and_2_on_wrong_usage(
    arguments, code, one_wrong, monkeypatch, capsys
):
    monkeypatch.setattr(sys, "argv", ["gradcheck", *arguments])
    with pytest.raises(SystemExit) as end:
        gradcheck_cases.main()
    assert end.value.code == code
    assert ("usage" in capsys.readouterr().err) == (code == 2)
