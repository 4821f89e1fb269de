"""One convolution in Chromium: clicks, keys, a filter, a measurement. Deselected unless asked for: pytest -m browser"""

import numpy as np
import pytest

from tests.webapp.explore.convolution.conftest import shown

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # those of playwright are not ours


@pytest.fixture
def page(live, tab):  # the tab is closed before its server
    """page(query) opens the page."""

    def open(query=""):
        tab.goto(f"{live}/explore/convolution/?{query}")
        tab.wait_for_function("() => document.documentElement.classList.contains('js')")
        return tab

    return open


def arrived(tab, row, column):
    state = "document.getElementById('state').dataset"
    tab.wait_for_function(f"place => `${{{state}.row}},${{{state}.column}}` === place", arg=f"{row},{column}")


def test_a_click_on_the_output_shows_this_very_place(page, expected):
    tab = page("row=0&column=0")
    output = tab.locator("svg[data-map=y]")
    at = output.evaluate("""(map) => {
        const box = map.getBoundingClientRect();
        const place = new DOMPoint(9.5, 12.5).matrixTransform(map.getScreenCTM());
        return { x: place.x - box.x, y: place.y - box.y };
    }""")
    output.click(position=at)
    arrived(tab, 12, 9)
    for id in ("value", "y-window", "y-columns", "y-lines", "y-winograd"):
        assert tab.locator(f"#{id}").inner_text() == shown(expected["y"][12, 9])
    assert tab.locator("#dx-sum").inner_text() == shown(expected["dx"][12, 9])


def test_arrow_keys_go_from_place_to_place_and_stay_inside(page, expected):
    tab = page("row=0&column=5")
    for key, row, column in (("ArrowUp", 0, 5), ("ArrowDown", 1, 5), ("ArrowRight", 1, 6), ("ArrowLeft", 1, 5)):
        tab.keyboard.press(key)
        arrived(tab, row, column)
    assert tab.locator("#y-lines").inner_text() == shown(expected["y"][1, 5])
    assert "row=1" in tab.url and "column=5" in tab.url


def test_another_filter_is_applied_at_the_same_place(page, expected):
    tab = page("row=4&column=6")
    tab.locator("#filter").select_option("blur")
    value = shown(np.mean(expected["x"][3:6, 5:8]))
    tab.wait_for_function("value => document.getElementById('value').textContent === value", arg=value)
    assert tab.locator("#y-winograd").inner_text() == value


def test_the_measurement_fills_the_table(page):
    tab = page("channels=4")
    tab.locator("#measure").click()
    tab.locator("#time-winograd").wait_for()
    assert all(float(tab.locator(f"#time-{way}").inner_text().removesuffix(" ms")) > 0 for way in ("window", "lines"))


def test_the_page_is_no_wider_than_the_screen(page, tab):
    for width in (360, 768, 1280):
        tab.set_viewport_size({"width": width, "height": 800})
        page("row=4&column=0")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
