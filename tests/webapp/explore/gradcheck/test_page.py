"""The gradient check: its numbers against those of siamese_np.gradcheck, which the test asks itself."""

import re

import numpy as np
import pytest

from siamese_np import kernels
from siamese_np.gradcheck import H, check_layer, compare, numeric_gradient, question, steps
from siamese_np.gradcheck.layer_cases import layer_case
from siamese_np.gradcheck.mistakes import MISTAKES
from siamese_np.gradcheck.network_cases import network_question
from tests.webapp.explore.common.test_jobs import events
from tests.webapp.reader import read
from webapp.explore.gradcheck import checks, drawn

ADDRESS = "/explore/gradcheck/"


def shown(x):
    """A number as the page writes it."""
    return f"{x:.4g}".replace("-", "−")


def output(answer, id):
    """The text of the element with this id."""
    return re.search(rf'id="{id}"[^>]*>([^<]*)<', answer.get_data(as_text=True))[1]


def asked(name):
    return question(*layer_case(name, kernels.get("numpy")))


@pytest.mark.parametrize("name", [name for name in checks.NAMES if name not in checks.NETWORKS])
def test_every_layer_and_every_formula_is_checked_at_once(client, name):
    answer = client.get(ADDRESS, query_string={"check": name})
    page = read(answer)
    assert answer.status_code == 200 and len(page.all("svg", role="img")) == 5
    wrong = len(page.all("td", **{"class": "wrong"}))
    assert wrong == (1 if name.startswith(checks.WRONG) else 0)


def test_the_table_has_the_error_of_every_array(client):
    layer, x, rng = layer_case("BatchNorm 2-d", kernels.get("numpy"))
    text = read(client.get(ADDRESS)).text
    for c in check_layer(layer, x, rng):
        error = f"{c.error:.1e}".replace("-", "−")
        assert f"{c.of} {' × '.join(map(str, c.shape))} {error} {c.verdict}" in text


def test_the_worst_entry_is_named_with_both_its_values(client):
    q = MISTAKES["conv2d"].question()
    worst = compare("input", q.analytic["input"], numeric_gradient(q.f, q.arrays["input"]))
    answer = client.get(f"{ADDRESS}?check=wrong-conv2d")
    assert output(answer, "worst") == f"input[{', '.join(map(str, worst.index))}]"
    assert output(answer, "analytic") == shown(worst.analytic) and output(answer, "numeric") == shown(worst.numeric)


def test_a_point_of_the_scatter_plot_is_an_entry(client):
    q = MISTAKES["dense"].question()
    analytic, numeric = q.analytic["weight"], numeric_gradient(q.f, q.arrays["weight"])
    limit = max(np.abs(analytic).max(), np.abs(numeric).max())
    page = read(client.get(f"{ADDRESS}?check=wrong-dense"))
    points = [(float(c["cx"]), float(c["cy"])) for c in page.all("circle", **{"class": "dot", "r": "3.2"})]
    expected = np.stack([150 * (1 + analytic.ravel() / limit), 150 * (1 - numeric.ravel() / limit)], 1)
    np.testing.assert_allclose(points, expected, atol=0.006)


@pytest.mark.parametrize("exponent", [1, 5, 12])
def test_the_error_at_the_chosen_step_is_that_of_the_numeric_gradient_with_this_step(client, exponent):
    q = asked("L2Normalize")
    expected = compare("input", q.analytic["input"], numeric_gradient(q.f, q.arrays["input"], 10.0**-exponent)).error
    answer = client.get(f"{ADDRESS}?check=L2Normalize&h={exponent}")
    assert output(answer, "error") == f"{expected:.2e}".replace("-", "−")
    assert read(answer).all("td", **{"class": "right"})  # the verdict is that of h = 1e-5


def test_the_curve_and_its_two_lines_are_those_of_the_steps(client):
    q = asked("L2Normalize")
    errors = list(steps.errors(q, "input", checks.STEPS))
    truncation, rounding = steps.truncation_and_rounding(q, "input")
    page = read(client.get(f"{ADDRESS}?check=L2Normalize"))
    dots = [(float(c["cx"]), float(c["cy"])) for c in page.all("circle", **{"class": "dot", "r": "3"})]
    np.testing.assert_allclose(dots, [(drawn.across(h), drawn.up(e)) for h, e in zip(checks.STEPS, errors)], atol=0.06)
    largest = checks.STEPS[0]
    for name, first in (("truncation", truncation * largest**2), ("rounding", rounding / largest)):
        (line,) = page.all("polyline", **{"class": f"line {name}"})
        x, y = map(float, line["points"].split()[0].split(","))
        assert (x, y) == pytest.approx((drawn.across(0.1), drawn.up(first)), abs=0.06)


def test_where_the_two_lines_meet_the_error_is_near_its_smallest(client):
    q = asked("L2Normalize")
    truncation, rounding = steps.truncation_and_rounding(q, "input")
    h = float(output(client.get(f"{ADDRESS}?check=L2Normalize"), "meet").replace("−", "-"))
    assert truncation * h**2 == pytest.approx(rounding / h, rel=0.2)
    (error,), far = steps.errors(q, "input", [h]), list(steps.errors(q, "input", [100 * h, h / 100]))
    assert error < min(far)


def test_the_best_step_lies_left_of_where_the_lines_meet_and_no_step_has_a_smaller_sum(client):
    truncation, rounding = steps.truncation_and_rounding(asked("L2Normalize"), "input")
    answer = client.get(f"{ADDRESS}?check=L2Normalize")
    h, meet = (float(output(answer, id).replace("−", "-")) for id in ("advised", "meet"))
    assert h < meet and h == pytest.approx(meet / 2 ** (1 / 3), rel=0.05)
    tried = np.logspace(-7, -2, 5001)
    assert h == pytest.approx(tried[np.argmin(truncation * tried**2 + rounding / tried)], rel=0.02)


def test_what_is_said_of_f_is_what_the_check_moves():
    layer, x, rng = layer_case("Dense", kernels.get("numpy"))
    q = question(layer, x, rng)
    upstream = q.analytic["bias"]  # of a Dense, db is the upstream added up over the images
    before = q.f()
    q.arrays["bias"][1] += 0.5
    assert q.f() - before == pytest.approx(0.5 * upstream[1])


def numbers_of(answer, name):
    return np.array([float(output(answer, f"norm-{name}-{n}").replace("−", "-")) for n in range(4)])


@pytest.mark.parametrize("first, add, dy", [(1, 0, (0.5, -1, 2, 0.3)), (-4, 10, (1, 1, 1, 1))])
def test_a_batch_of_four_images_is_normalised_as_the_formula_says(client, first, add, dy):
    name = "ones" if dy[0] == 1 else "random"
    answer = client.get(f"{ADDRESS}?first={first}&add={add}&dy={name}")
    x, dy = np.array([first, 2, 4, 7.0]) + add, np.array(dy)
    s = np.sqrt(x.var() + 1e-5)
    h = (x - x.mean()) / s
    assert numbers_of(answer, "y") == pytest.approx(h, rel=1e-3)
    assert numbers_of(answer, "dx") == pytest.approx((dy - dy.mean() - h * np.mean(dy * h)) / s, rel=1e-3, abs=1e-9)
    for id, value in (("m", x.mean()), ("v", x.var()), ("s", s)):
        assert output(answer, f"norm-{id}") == shown(value)
    assert output(answer, "norm-bias") == output(answer, "norm-dx-sum") == "0"


@pytest.mark.parametrize("first", [1, -7, 10])
def test_of_two_images_alone_only_the_order_is_left(client, first):
    answer = client.get(f"{ADDRESS}?first={first}")
    said = (output(answer, f"two-{name}").replace("−", "-").split(", ") for name in ("y", "dx"))
    y, dx = (list(map(float, parts)) for parts in said)
    assert y == ([-1, 1] if first < 2 else [1, -1]) and dx == pytest.approx([0, 0], abs=1e-4)


def test_in_a_batch_one_image_moves_all_and_a_number_added_to_all_moves_none(client):
    before = numbers_of(client.get(ADDRESS), "y")
    assert np.all(numbers_of(client.get(f"{ADDRESS}?first=-6"), "y") != before)
    assert numbers_of(client.get(f"{ADDRESS}?add=10"), "y") == pytest.approx(before)


def test_with_ones_for_dy_every_dx_of_a_batch_is_0_and_only_there(client):
    assert not numbers_of(client.get(f"{ADDRESS}?dy=ones"), "dx").any()
    assert numbers_of(client.get(f"{ADDRESS}?dy=ones&norm=running"), "dx").all()


def test_in_a_prediction_each_image_stands_alone(client):
    before, after = (client.get(f"{ADDRESS}?norm=running&first={first}") for first in (1, -6))
    moved = numbers_of(before, "y") != numbers_of(after, "y")
    assert moved.tolist() == [True, False, False, False]
    s = np.sqrt(4 + 1e-5)
    assert numbers_of(after, "y") == pytest.approx((np.array([-6, 2, 4, 7]) - 3) / s, rel=1e-3)
    assert numbers_of(after, "dx") == pytest.approx(np.array([0.5, -1, 2, 0.3]) / s, rel=1e-3)
    assert float(output(after, "norm-bias")) == pytest.approx(1.8 / s, rel=1e-3)


def test_one_unit_up_the_axis_is_a_power_of_ten():
    assert drawn.across(1e-12) == 0 and drawn.across(1e-1) == drawn.WIDTH
    assert drawn.up(1e-7) - drawn.up(1e-6) == pytest.approx(drawn.HEIGHT / 17) and drawn.up(0) == drawn.HEIGHT


@pytest.mark.parametrize(
    "place, numeric, verdict, second",
    [(0, "0.5", "cannot be judged", "1, 1"), (20, "1", "correct", "0, 0"), (-20, "0", "correct", "0, 0"),
     (2, "0.6", "cannot be judged", "0.8, 0.6"), (5, "0.75", "cannot be judged", "0.5, 0")],
)  # fmt: skip
def test_a_relu_is_moved_onto_its_kink(client, place, numeric, verdict, second):
    answer = client.get(f"{ADDRESS}?kink={place}")
    assert output(answer, "kink-numeric") == numeric
    assert output(answer, "kink-analytic") == ("1" if place > 0 else "0")
    assert output(answer, "kink-verdict").startswith(verdict)
    assert output(answer, "kink-second") == second


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_backward_is_offered_without_its_answer_and_answered_with_its_sentence(client, name):
    mistake = MISTAKES[name]
    assert mistake.title not in read(client.get(ADDRESS)).text
    answer = client.get(f"{ADDRESS}?check=wrong-{name}")
    page = read(answer)
    assert page.all("a", id=f"of-{mistake.wrong}", **{"aria-current": "true"})
    assert output(answer, "gives-away") == mistake.gives_away and "siamese_np/gradcheck/mistakes.py" in page.text


def test_a_network_is_checked_by_a_job_and_then_shown(client):
    address = f"{ADDRESS}?check=original_network&of=conv2d1.weight"
    before = client.get(address)
    assert read(before).all("button", id="run") and 'id="worst"' not in before.get_data(as_text=True)
    sent = events(client.get(f"{ADDRESS}run?check=original_network&of=conv2d1.weight"))
    assert sent[-1] == ("end", {"why": "done"}) and sum(name == "progress" for name, _ in sent) > 10
    after = client.get(address)
    q = network_question("original_network", kernels.get("numpy"))
    worst = q.judge("conv2d1.weight", numeric_gradient(q.f, q.arrays["conv2d1.weight"], H))
    assert worst.correct and output(after, "analytic") == shown(worst.analytic)
    assert output(after, "numeric") == shown(worst.numeric)


@pytest.mark.parametrize("query", ["check=Nothing", "h=0", "h=13", "of=nothing", "kink=31", "check=wrong-nothing",
                                   "first=11", "add=x", "norm=no", "dy=zeros"])  # fmt: skip
def test_a_state_that_is_not_there_is_refused(client, query):
    assert client.get(f"{ADDRESS}?{query}").status_code == 400
