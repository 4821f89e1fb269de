"""The playground in Chromium: its formulas against siamese_np, dragging, and points that go. Deselected unless asked
for: pytest -m browser"""

import numpy as np
import pytest

from siamese_np import distance
from siamese_np.losses import ContrastiveLoss
from webapp.explore.playground import plane

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # those of playwright are not ours

FORMULAS = """async ({ address, states }) => {
    const m = await import(address);
    return states.map(({ z, pairs, same, loss }) => {
        const d = m.distances(z, pairs), dd = m.slopes(d, same, loss);
        const share = same.filter(Boolean).length / same.length;
        const dz = m.gradient(dd, z, pairs, d);
        return { d, loss: m.lossOf(d, same, loss), dd, dz, plateaus: m.plateaus(share, loss) };
    });
}"""


@pytest.fixture
def playground(tab, live):
    """playground(query) opens the page."""

    def open(query=""):
        tab.goto(f"{live}/explore/playground/?{query}")
        tab.wait_for_function("() => document.documentElement.classList.contains('js')")
        return tab

    return open


def number(tab, id):
    return float(tab.locator(f"#{id}").inner_text().replace("−", "-"))


def random_state(rng):
    """Points, of which some share a place, and pairs."""
    count = int(rng.integers(2, 12))
    z = rng.normal(0, rng.choice([0.01, 0.7, 5]), (count, 2))
    z[rng.integers(count)] = z[0]
    pairs = np.array([(i, j) for i in range(count) for j in range(i + 1, count)])
    loss = ContrastiveLoss(rng.uniform(0.1, 2), int(rng.integers(1, 3)))
    return z, pairs, rng.random(len(pairs)) < rng.random(), loss


def test_the_formulas_of_the_page_are_those_of_siamese_np_on_a_hundred_random_states(playground, live):
    rng = np.random.default_rng(18)
    states = [random_state(rng) for _ in range(100)]
    sent = [
        {"z": z.tolist(), "pairs": pairs.tolist(), "same": same.tolist(), "loss": vars(loss)}
        for z, pairs, same, loss in states
    ]
    address = f"{live}/static/explore/playground/mathematics.js"
    answers = playground().evaluate(FORMULAS, {"address": address, "states": sent})
    assert len(answers) == 100
    for (z, pairs, same, loss), found in zip(states, answers):
        a, b = z[pairs[:, 0]], z[pairs[:, 1]]
        d = distance.forward(a, b)
        dd = loss.backward(d, same)
        da, db = distance.backward(dd, a, b, d)
        dz = np.zeros_like(z)
        np.add.at(dz, pairs[:, 0], da)
        np.add.at(dz, pairs[:, 1], db)
        assert found["d"] == pytest.approx(d, rel=1e-12, abs=1e-14)
        assert found["loss"] == pytest.approx(loss.forward(d, same), rel=1e-12)
        assert found["dd"] == pytest.approx(dd, rel=1e-12, abs=1e-14)
        assert np.array(found["dz"]) == pytest.approx(dz, rel=1e-9, abs=1e-12)
        assert found["plateaus"] == pytest.approx(list(loss.plateaus(float(same.mean())).values()), rel=1e-12)


def test_the_script_draws_what_the_server_has_drawn(playground, tab, live):
    query = "seed=4&steps=15&power=1&margin=0.8&same=1&a=1,0.4&labels=reversed"
    read = """() => [...document.querySelectorAll('#state svg [id]')].flatMap(({ id, attributes }) =>
        [...attributes].filter(({ name }) => /^(x1|x2|y1|y2|cx|cy|points|transform|width)$/.test(name))
            .map(({ name, value }) => [`${id} ${name}`, (value.match(/-?[\\d.]+(e-?\\d+)?/g) ?? []).map(Number)]))"""
    drawn = dict(playground(query).evaluate(read))
    context = tab.context.browser.new_context(java_script_enabled=False)
    other = context.new_page()
    other.goto(f"{live}/explore/playground/?{query}")
    first = dict(other.evaluate(read))
    context.close()
    assert len(first) > 150 and first.keys() == drawn.keys()
    for name, values in first.items():
        assert drawn[name] == pytest.approx(values, abs=0.02), name


@pytest.mark.parametrize("query", ["a=0.000001,0&b=0,0", "a=0,0&b=0,0", "a=-0.3,0.4&b=0.5,-0.0002&margin=0.9&same=1"])
def test_the_script_writes_numbers_as_the_server_does(playground, query, live):
    read = "() => [...document.querySelectorAll('.facts dd')].map((said) => said.textContent)"
    tab = playground(query)
    drawn = tab.evaluate(read)
    context = tab.context.browser.new_context(java_script_enabled=False)
    other = context.new_page()
    other.goto(f"{live}/explore/playground/?{query}")
    assert drawn == other.evaluate(read)
    context.close()


def test_a_point_is_dragged_and_the_numbers_and_the_address_follow(playground):
    tab = playground("same=0&margin=1")
    box, at = tab.locator("#pair-plane").bounding_box(), tab.locator("#point-a circle >> nth=1").bounding_box()
    tab.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + box["height"] / 2)
    tab.mouse.up()
    d = np.hypot(1 + 0.1, 0.1)
    assert number(tab, "d") == pytest.approx(d, abs=0.02) and number(tab, "loss") == 0
    assert tab.locator("[data-branch=beyond]").is_visible()
    tab.wait_for_function("() => location.search.includes('a=')")
    before = number(tab, "d")
    tab.reload()
    assert number(tab, "d") == before


def test_keys_move_a_point_and_the_margin(playground):
    tab = playground("same=1&a=0.3,0&b=0,0")
    tab.locator("#point-a").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp"):
        tab.keyboard.press(key)
    d = np.hypot(0.4, 0.05)
    assert number(tab, "d") == pytest.approx(d, abs=0.0006) and number(tab, "loss") == pytest.approx(d * d, abs=0.0006)
    tab.locator("#same-0").click()
    tab.wait_for_selector("#same-0[aria-current]")
    tab.locator("#margin").focus()
    tab.keyboard.press("End")
    assert number(tab, "loss") == pytest.approx((2 - d) ** 2, abs=0.0006)
    assert "margin=2" in tab.url


def test_the_other_label_and_the_direction_follow_a_point_that_moves(playground):
    tab = playground("same=1&a=0.3,0&b=0,0")
    tab.locator("#point-a").focus()
    tab.keyboard.press("ArrowUp")
    d = np.hypot(0.3, 0.05)
    assert number(tab, "other-loss") == pytest.approx((1 - d) ** 2, abs=0.0006)
    assert number(tab, "other-slope") == pytest.approx(-2 * (1 - d), abs=0.0006)
    direction = [float(part) for part in tab.locator("#direction").inner_text().split(", ")]
    assert direction == pytest.approx([0.3 / d, 0.05 / d], abs=0.0006) and number(tab, "direction-length") == 1


def test_pairs_and_margin_are_asked_anew_while_the_points_stay_where_they_are(playground):
    tab = playground("seed=6")
    tab.locator("#one").click()
    tab.locator("#d0").fill("0.4")
    tab.locator("#d0").press("Enter")
    tab.wait_for_function("() => document.getElementById('loss-0').textContent === '0.160'")
    assert number(tab, "mean") == pytest.approx((0.16 + 0.04 + 0.25) / 4, abs=0.0006) and number(tab, "steps") == 1
    tab.locator("#q").focus()
    tab.keyboard.press("Home")
    tab.wait_for_function("() => document.getElementById('nothing-4').textContent === '0.990'")
    tab.locator("#margin").focus()
    tab.keyboard.press("End")
    tab.wait_for_function("() => document.getElementById('nothing-4').textContent === '3.960'")
    moved = plane.let_go(plane.start(6), ContrastiveLoss(), plane.SAME, 4.0, 1)
    after = plane.let_go(np.round(moved.z, 3), ContrastiveLoss(2.0), plane.SAME, 4.0, 0)
    assert number(tab, "total") == pytest.approx(after.losses[-1], abs=0.0006)


def test_onto_each_other_a_different_pair_has_no_force(playground):
    tab = playground("same=0")
    tab.locator("#meet").click()
    tab.wait_for_selector("[data-branch=different-0]:not([hidden])")
    assert number(tab, "d") == 0 and number(tab, "force") == 0 and number(tab, "slope") == pytest.approx(-2)


@pytest.mark.parametrize("labels", ["right", "reversed"])
def test_points_that_go_are_where_siamese_np_puts_them(playground, labels):
    tab = playground(f"seed=5&labels={labels}")
    tab.locator("#go").click()
    tab.wait_for_function("() => Number(document.getElementById('steps').textContent) >= 30")
    tab.locator("#go").click()
    steps = int(number(tab, "steps"))
    same = plane.labels(labels == "reversed")
    moved = plane.let_go(plane.start(5), ContrastiveLoss(), same, 4.0, steps)
    assert number(tab, "total") == pytest.approx(moved.losses[-1], abs=0.0006)
    assert f"steps={steps}" in tab.url
    tab.locator("#fifty").click()
    tab.wait_for_function("n => Number(document.getElementById('steps').textContent) === n", arg=steps + 50)
    moved = plane.let_go(plane.start(5), ContrastiveLoss(), same, 4.0, steps + 50)
    assert number(tab, "total") == pytest.approx(moved.losses[-1], abs=0.0006)


def test_one_step_is_one_step_and_other_labels_begin_where_the_points_are(playground):
    tab = playground("seed=6&rate=8")
    for _ in range(3):
        tab.locator("#one").click()
    moved = plane.let_go(plane.start(6), ContrastiveLoss(), plane.SAME, 8.0, 3)
    assert number(tab, "total") == pytest.approx(moved.losses[-1], abs=0.0006)
    tab.locator("#labels-reversed").click()
    tab.wait_for_selector("#labels-reversed[aria-current]")
    turned = plane.let_go(np.round(moved.z, 3), ContrastiveLoss(), ~plane.SAME, 8.0, 0)
    assert number(tab, "total") == pytest.approx(turned.losses[0], abs=0.0006) and number(tab, "steps") == 0


def test_one_of_many_points_is_dragged_and_the_address_holds_all_places(playground):
    tab = playground("seed=7")
    before = number(tab, "total")
    tab.locator("#many-plane").scroll_into_view_if_needed()
    box, at = tab.locator("#many-plane").bounding_box(), tab.locator("#many-29 circle >> nth=1").bounding_box()
    tab.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.1 * box["height"])
    tab.mouse.up()
    tab.wait_for_function("() => location.search.includes('z=')")
    after = number(tab, "total")
    assert after != before
    tab.reload()
    assert number(tab, "total") == after


def test_with_reduced_motion_the_points_take_fifty_steps_at_once(playground, tab):
    tab.emulate_media(reduced_motion="reduce")
    playground()
    tab.locator("#go").click()
    assert number(tab, "steps") == 50


def test_the_page_is_no_wider_than_the_screen(playground, tab):
    for width in (360, 768, 1280):
        tab.set_viewport_size({"width": width, "height": 800})
        playground("steps=20")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
