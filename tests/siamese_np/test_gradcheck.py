"""The instrument itself: the numeric gradient, the comparison, what cannot be judged, the table and the command."""

import json
import sys

import numpy as np
import pytest

from siamese_np.gradcheck import __main__ as command
from siamese_np.gradcheck import check_layer, compare, numeric_gradient, table
from siamese_np.gradcheck.cases import Case
from siamese_np.gradcheck.numeric import H, doubt_of
from siamese_np.layers import BatchNorm, Conv2D, Dense, Flatten, L2Normalize, MaxPool2D, ReLU, Sequential


def test_numeric_gradient_of_a_cubic_is_right_to_order_h_squared_and_puts_x_back():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    before = x.copy()
    gradient = numeric_gradient(lambda: float(np.sum(x**3)), x, h=1e-3)
    h = 1e-3 * np.maximum(1, np.minimum(np.abs(x), x.std()))  # (x+h)^3 - (x-h)^3 = 2h (3x^2 + h^2)
    np.testing.assert_allclose(gradient, 3 * x**2 + h**2, rtol=1e-9)
    assert np.array_equal(x, before)


def test_compare_gives_the_worst_entry_and_its_error_relative_to_the_largest():
    c = compare("weight", np.array([[1.0, -4.0]]), np.array([[1.0, -5.0]]))
    assert (c.index, c.analytic, c.numeric, c.error, c.correct) == ((0, 1), -4.0, -5.0, 1 / 5, False)
    assert c.verdict == "WRONG"


def test_compare_judges_gradients_near_zero_absolutely():
    assert compare("bias", np.array([1e-13]), np.array([0.0])).correct
    assert not compare("bias", np.array([2e-12]), np.array([0.0])).correct
    assert compare("bias", np.array([2e-12]), np.array([0.0]), least=1.0).correct


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("side", ["analytic", "numeric"])
def test_a_gradient_that_is_not_finite_is_wrong(bad, side):
    gradients = {"analytic": np.array([1.0, 2.0]), "numeric": np.array([1.0, 2.0])}
    gradients[side][1] = bad
    c = compare("weight", **gradients)
    assert not c.correct and c.error == np.inf and c.index == (1,)


def test_a_backward_that_gives_nan_is_wrong(rng):
    layer = Dense(3, 2, rng=rng, dtype=np.float64)
    right = layer.backward
    layer.backward = lambda dy: np.nan * right(dy)
    assert check_layer(layer, rng.standard_normal((4, 3)), rng)[0].verdict == "WRONG"


def test_a_gradient_of_another_shape_is_refused_by_name():
    with pytest.raises(ValueError, match=r"gradient of bias has shape \(1, 3\), it should have \(3,\)"):
        compare("bias", np.zeros((1, 3)), np.zeros(3))


@pytest.mark.parametrize(
    "layer, x",
    [(MaxPool2D(2), np.arange(16.0).reshape(1, 1, 4, 4)), (L2Normalize(), np.eye(3))],
    ids=["MaxPool2D", "L2Normalize"],
)
def test_check_layer_leaves_its_input_alone(layer, x, rng):
    before = x.copy()
    assert all(c.correct for c in check_layer(layer, x, rng))
    assert np.array_equal(x, before)


def test_float32_is_refused_and_told_what_to_do(rng):
    advice = r"gradcheck needs float64, input is float32.*astype\(np.float64\).*dtype=np.float64"
    with pytest.raises(TypeError, match=advice):
        check_layer(Dense(3, 2, rng=rng), rng.standard_normal((4, 3)).astype(np.float32), rng)


def only(comparisons):
    (c,) = comparisons
    return c


def test_a_relu_exactly_at_0_cannot_be_judged_and_the_verdict_says_why(rng):
    x = np.array([[1.0, 0.0, -1.0]])
    c = only(check_layer(ReLU(), x, rng))
    assert not c.correct and c.index == (0, 1)
    assert c.verdict.startswith("cannot be judged: the slope is 0 on one side and") and "a kink" in c.verdict


@pytest.mark.parametrize("distance", [1e-6, 3e-6, 5e-6, 9e-6])
def test_a_relu_whose_kink_is_inside_of_h_cannot_be_judged(distance, rng):
    for x in (distance, -distance):
        assert "cannot be judged" in only(check_layer(ReLU(), np.array([[1.0, x]]), rng)).verdict


def test_a_tie_in_a_pooling_window_cannot_be_judged(rng):
    x = np.array([[1.0, 3.0], [3.0, 2.0]]).reshape(1, 1, 2, 2)
    c = only(check_layer(MaxPool2D(2), x, rng))
    assert c.verdict.startswith("cannot be judged: the slope is") and "a kink" in c.verdict


LAYERS = {
    "Dense": (lambda rng: Dense(5, 4, rng=rng, dtype=np.float64), (3, 5)),
    "Conv2D": (lambda rng: Conv2D(2, 3, rng=rng, dtype=np.float64), (2, 2, 5, 6)),
    "BatchNorm": (lambda rng: BatchNorm(4, dtype=np.float64), (5, 4)),
    "L2Normalize": (lambda rng: L2Normalize(), (4, 5)),
    "ReLU": (lambda rng: ReLU(), (4, 5)),
    "MaxPool2D": (lambda rng: MaxPool2D(2), (2, 2, 4, 6)),
}


@pytest.mark.parametrize("make, shape", LAYERS.values(), ids=LAYERS.keys())
@pytest.mark.parametrize("size", [1e3, 1e6, 1e9])
def test_the_right_gradient_of_an_input_of_any_large_size_is_correct(make, shape, size, rng):
    dx, *others = check_layer(make(rng), size * rng.standard_normal(shape), rng)
    assert dx.verdict == "correct"
    # a bias of size 1 beside outputs of size 1e9 is lost in their rounding: that cannot be judged
    assert "WRONG" not in [c.verdict for c in others]


@pytest.mark.parametrize("make, shape", LAYERS.values(), ids=LAYERS.keys())
@pytest.mark.parametrize("size", [1e-8, 1e-5, 1e-3, 1e6, 1e9, 1e12])
@pytest.mark.parametrize("where", ["everywhere", "at a third of the entries", "as an offset"])
def test_no_right_gradient_is_called_wrong_whatever_the_input(make, shape, size, where, rng):
    x = rng.standard_normal(shape)
    if where == "everywhere":
        x *= size
    elif where == "as an offset":
        x += size
    else:
        x[rng.random(shape) < 1 / 3] *= size
    assert "WRONG" not in [c.verdict for c in check_layer(make(rng), x, rng)]


def test_a_number_that_x_plus_h_cannot_be_told_from_cannot_be_judged(rng):
    c = check_layer(Dense(3, 2, rng=rng, dtype=np.float64), 1e13 + rng.standard_normal((4, 3)), rng)[0]
    assert c.verdict == "cannot be judged: beside 1e+13, h = 1e-05 is lost in rounding"


def test_a_small_number_beside_one_of_size_1e9_cannot_be_judged_since_rounding_hides_it(rng):
    x = np.array([[1e9, 0.5]])
    c = only(check_layer(ReLU(), x, rng))
    assert c.index == (0, 1) and c.verdict.startswith("cannot be judged: values of size") and "rounded" in c.verdict


@pytest.mark.parametrize("size, reason", [(1e-8, "is nearer to 0 than h = 1e-05"), (1e-4, "no room for h = 1e-05")])
def test_rows_that_are_not_much_longer_than_h_cannot_be_judged(size, reason, rng):
    verdict = only(check_layer(L2Normalize(), size * rng.standard_normal((2, 3)), rng)).verdict
    assert verdict.startswith("cannot be judged: ") and verdict.endswith(reason)


@pytest.mark.parametrize("share", [0.01, 0.2, 0.28, 2 / 7, 0.4, 0.5, 0.7, 0.95])
def test_beside_a_kink_the_doubt_is_at_least_0_4_times_the_error(share):
    x = np.array([1 + share * H])

    def f():
        return float(np.maximum(0, x - 1).sum())

    error = abs(numeric_gradient(f, x)[0] - 1)
    assert error == pytest.approx((1 - share) / 2, abs=1e-5)
    assert doubt_of(f, x, (0,), 0, 1)[0] >= 0.4 * error * (1 - 1e-5)


def test_a_wrong_gradient_is_called_wrong_even_beside_a_kink(rng):
    layer, x = ReLU(), np.array([[0.0, 2.0, 3.0]])
    right = layer.backward
    layer.backward = lambda dy: right(dy) * [1.0, 1.0, 1.01]
    c = only(check_layer(layer, x, rng))
    assert c.verdict == "WRONG" and c.index == (0, 2)


@pytest.mark.parametrize("size", [1, 1e6])
def test_a_gradient_that_is_wrong_by_one_in_a_hundred_thousand_is_called_wrong(size, rng):
    layer = Dense(5, 4, rng=rng, dtype=np.float64)
    right = layer.backward
    layer.backward = lambda dy: right(dy) * (1 + 1e-5)
    assert check_layer(layer, size * rng.standard_normal((3, 5)), rng)[0].verdict == "WRONG"


def test_a_bias_before_batchnorm_is_judged_by_the_size_of_its_weights_gradient(rng):
    network = Sequential([Flatten(), Dense(4, 3, rng=rng, dtype=np.float64), BatchNorm(3, dtype=np.float64)])
    x = rng.standard_normal((5, 2, 2))
    assert all(c.correct for c in check_layer(network, x, rng))
    right = network.backward

    def wrong(dy):
        dx = right(dy)
        network.grads["dense1.bias"] += 1e-4 * np.abs(network.grads["dense1.weight"]).max()
        return dx

    network.backward = wrong
    assert {c.of for c in check_layer(network, x, rng) if not c.correct} == {"dense1.bias"}


@pytest.fixture
def one_wrong(monkeypatch):
    """A table of one case, whose weight gradient is wrong at (0, 1)."""
    right, wrong = np.array([[1.0, -4], [3, 4]]), np.array([[1.0, -2], [3, 4]])
    comparisons = [compare("input", right, right), compare("weight", wrong, right), compare("bias", right, right)]
    monkeypatch.setattr(table, "cases", lambda kernels_name: [Case("Dense", "plain NumPy", lambda: comparisons)])


def test_the_table_shows_a_failure_with_index_analytic_and_numeric_value(one_wrong, capsys):
    assert table.report("numpy") is False
    head, *rows, end = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["case", "implementation", "gradient", "of"]
    assert [row.split()[:4] for row in rows] == [["Dense", "plain", "NumPy", of] for of in ("input", "weight", "bias")]
    assert ["WRONG" in row for row in rows] == [False, True, False]
    assert rows[1].endswith("at (0, 1): analytic -2, numeric -4")
    assert end.startswith("3 gradients, 1 wrong")


def test_the_table_as_json_is_one_object(one_wrong, capsys):
    assert table.report("numpy", as_json=True) is False
    found = json.loads(capsys.readouterr().out)
    assert found["kernels"] == "numpy" and found["wrong"] == 1
    wrong = found["rows"][1]
    assert wrong["gradient_of"] == "weight" and wrong["shape"] == [2, 2] and not wrong["correct"]
    assert wrong["implementation"] == "plain NumPy" and wrong["verdict"] == "WRONG"
    assert (wrong["index"], wrong["analytic"], wrong["numeric"], wrong["error"]) == ([0, 1], -2, -4, 0.5)


@pytest.mark.parametrize(
    "arguments, code",
    [([], 1), (["numpy"], 1), (["numba"], 1), (["both"], 1), (["cuda"], 2), (["numpy", "numba"], 2)],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, list) else f"exit {value}",
)
def test_the_command_exits_1_on_a_wrong_gradient_and_2_on_wrong_usage(arguments, code, one_wrong, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["gradcheck", *arguments])
    with pytest.raises(SystemExit) as end:
        command.main()
    assert end.value.code == code
    assert ("usage" in capsys.readouterr().err) == (code == 2)
