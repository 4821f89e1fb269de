"""The gradient check in Chromium: sliders, a network, and an answer. Deselected unless asked for: pytest -m browser"""

import pytest

from siamese_np import kernels
from siamese_np.gradcheck import compare, numeric_gradient, question
from siamese_np.gradcheck.layer_cases import layer_case
from siamese_np.gradcheck.mistakes import MISTAKES
from siamese_np.gradcheck.network_cases import network_question

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # those of playwright are not ours


@pytest.fixture
def page(live, tab):  # the tab is closed before its server
    """page(query) opens the page."""

    def open(query=""):
        tab.goto(f"{live}/explore/gradcheck/?{query}")
        tab.wait_for_function("() => document.documentElement.classList.contains('js')")
        return tab

    return open


def number(tab, id):
    return float(tab.locator(f"#{id}").inner_text().replace("−", "-"))


def test_the_slider_of_h_shows_the_error_at_this_step(page):
    tab = page("check=L2Normalize")
    tab.locator("#h").focus()
    tab.keyboard.press("ArrowLeft")
    tab.wait_for_function("() => location.search.includes('h=6')")
    tab.wait_for_function("() => !document.documentElement.classList.contains('visiting')")
    q = question(*layer_case("L2Normalize", kernels.get("numpy")))
    expected = compare("input", q.analytic["input"], numeric_gradient(q.f, q.arrays["input"], 1e-6)).error
    assert number(tab, "error") == pytest.approx(expected, rel=0.01)
    assert tab.evaluate("document.activeElement.id") == "h"


def test_the_slider_of_the_relu_moves_it_off_its_kink(page):
    tab = page()
    assert number(tab, "kink-numeric") == 0.5
    tab.locator("#kink").focus()
    tab.keyboard.press("End")
    tab.wait_for_function("() => document.getElementById('kink-verdict').textContent === 'correct'")
    assert number(tab, "kink-numeric") == number(tab, "kink-analytic") == 1


def test_a_slider_adds_a_number_to_all_images_and_no_output_moves(page):
    tab = page()
    before = [number(tab, f"norm-y-{n}") for n in range(4)]
    tab.locator("#norm-add").focus()
    tab.keyboard.press("End")
    tab.wait_for_function("() => document.getElementById('norm-m').textContent === '13.5'")
    assert [number(tab, f"norm-y-{n}") for n in range(4)] == before
    tab.locator("#norm-running").click()
    tab.wait_for_function("() => document.getElementById('norm-m').textContent === '3'")
    assert number(tab, "norm-y-0") == pytest.approx((11 - 3) / 2, abs=1e-3)


def test_a_link_within_the_page_goes_to_its_place(page):
    tab = page("check=Dense")
    tab.get_by_role("link", name="batch normalisation shows how").click()
    top = "document.getElementById('norm-title').getBoundingClientRect().top"
    tab.wait_for_function(f"() => Math.abs({top}) < innerHeight / 2")
    assert tab.url.endswith("?check=Dense#norm-title")


def test_a_wrong_backward_is_caught_and_its_answer_opened(page):
    tab = page()
    tab.locator("#suspect-dense").click()
    tab.locator("#answer summary").first.click()
    assert tab.locator("#gives-away").inner_text() == MISTAKES["dense"].gives_away
    assert number(tab, "numeric") == pytest.approx(3 * number(tab, "analytic"), rel=1e-3)


def test_a_network_is_run_and_shows_its_worst_entry(page):
    tab = page("check=original_network&of=conv2d1.weight")
    tab.locator("#run").click()
    tab.locator("#worst").wait_for()
    q = network_question("original_network", kernels.get("numpy"))
    worst = q.judge("conv2d1.weight", numeric_gradient(q.f, q.arrays["conv2d1.weight"]))
    assert number(tab, "analytic") == pytest.approx(worst.analytic, rel=1e-3)
    assert tab.locator("td.wrong").count() == 0


def test_a_network_is_stopped(page):
    tab = page("check=face_network")
    tab.locator("#run").click()
    tab.locator("#job button").click()
    tab.wait_for_function("() => document.querySelector('#job [role=status]').textContent === 'Stopped.'")
    assert tab.locator("#run").is_visible()


def test_the_page_is_no_wider_than_the_screen(page, tab):
    for width in (360, 768, 1280):
        tab.set_viewport_size({"width": width, "height": 800})
        page("check=wrong-conv2d")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
