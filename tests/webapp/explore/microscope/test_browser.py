"""The microscope in Chromium: clicks, keys, and Back. Deselected unless asked for: pytest -m browser"""

import pytest

from tests.webapp.explore.microscope.conftest import shown

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # those of playwright are not ours


@pytest.fixture
def microscope(tab, live):
    """microscope(query) opens the page."""

    def open(query=""):
        tab.goto(f"{live}/explore/microscope/?{query}")
        tab.wait_for_function("() => document.documentElement.classList.contains('js')")
        return tab

    return open


def arrived(tab, stop):
    tab.wait_for_function("stop => document.querySelector('.way [aria-current]')?.id === `to-${stop}`", arg=stop)


def test_a_click_on_a_unit_shows_that_very_unit(microscope, traced):
    tab = microscope("stop=conv2d1")
    sheet = tab.locator("svg.sheet[data-side=b]")
    # map 1 lies right of map 0: the middle of its cell (10, 7)
    at = sheet.evaluate("""(sheet) => {
        const box = sheet.getBoundingClientRect();
        const cell = new DOMPoint(24 + 7.5, 10.5).matrixTransform(sheet.getScreenCTM());
        return { x: cell.x - box.x, y: cell.y - box.y };
    }""")
    sheet.click(position=at)
    tab.wait_for_function("() => document.getElementById('unit').dataset.unit === '1,10,7'")
    assert tab.locator("#value").inner_text() == shown(traced()["conv2d1"].y[1, 1, 10, 7])
    assert "unit=1%2C10%2C7" in tab.url and "side=b" in tab.url


def test_arrow_keys_go_through_the_network_and_back_to_the_weights(microscope, traced):
    tab = microscope("stop=dense1")
    for stop in ("l2normalize1", "distance", "loss", "distance-back"):
        tab.keyboard.press("ArrowRight")
        arrived(tab, stop)
    tab.keyboard.press("ArrowLeft")
    arrived(tab, "loss")
    assert tab.locator("#dd").inner_text() == shown(traced()["loss"].dx[0])


def test_arrow_keys_on_a_sheet_move_from_unit_to_unit(microscope, traced):
    tab = microscope("stop=relu2&unit=1,4,5&side=a")
    tab.locator("#a-1").focus()
    for key, unit in (("ArrowRight", "1,4,6"), ("ArrowDown", "1,5,6"), ("ArrowLeft", "1,5,5")):
        tab.keyboard.press(key)
        tab.wait_for_function("unit => document.getElementById('unit').dataset.unit === unit", arg=unit)
    assert tab.evaluate("document.activeElement.id") == "a-1"
    assert tab.locator("#value").inner_text() == shown(traced()["relu2"].y[0, 1, 5, 5])


def test_back_shows_the_state_before_and_a_link_the_same_state(microscope, live):
    tab = microscope("stop=conv2d1")
    tab.locator("#after").click()
    arrived(tab, "batchnorm1")
    address = tab.url
    tab.go_back()
    arrived(tab, "conv2d1")
    tab.goto(address)
    arrived(tab, "batchnorm1")


def test_the_form_leads_to_a_unit_by_its_numbers(microscope, traced):
    tab = microscope("stop=maxpool2d2-back")
    tab.locator("#pad-side").select_option("b")
    for name, number in (("map", 2), ("row", 3), ("column", 1)):
        tab.locator(f"#pad-{name}").fill(str(number))
    tab.keyboard.press("Enter")
    tab.wait_for_function("() => document.getElementById('unit').dataset.unit === '2,3,1'")
    assert tab.locator("#value").inner_text() == shown(traced()["maxpool2d2"].dx[1, 2, 3, 1])


def test_the_look_for_silent_units_shows_its_count_when_it_is_done(microscope):
    tab = microscope("stop=relu1")
    tab.locator("#look").click()
    tab.locator("#silent-count").wait_for()
    assert int(tab.locator("#silent-count").inner_text().replace(",", "")) >= 0


@pytest.mark.parametrize("stop", ["faces", "conv2d2", "distance", "loss", "dense1-back", "weights"])
def test_no_stop_is_wider_than_the_screen(microscope, tab, stop):
    for width in (360, 768, 1280):
        tab.set_viewport_size({"width": width, "height": 800})
        microscope(f"stop={stop}")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
