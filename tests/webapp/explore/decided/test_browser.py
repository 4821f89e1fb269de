"""What decided? in Chromium: the computation, clicks and keys. Deselected unless asked for: pytest -m browser"""

import pytest

from tests.webapp.explore.decided.conftest import number

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # those of playwright are not ours


@pytest.fixture
def decided(tab, live):
    """decided(query) opens the page, and waits until all patches are covered."""

    def open(query=""):
        tab.goto(f"{live}/explore/decided/?{query}")
        tab.locator("svg.moves").first.wait_for()
        return tab

    return open


def shown(tab, id):
    return number(tab.locator(f"#{id}").inner_text())


def at(tab, row, column):
    tab.wait_for_function(
        "([row, column]) => { const { dataset } = document.getElementById('one');"
        " return dataset.row === String(row) && dataset.column === String(column); }",
        arg=[row, column],
    )


def test_the_patches_are_covered_by_themselves_and_the_strongest_is_shown(decided, expected):
    tab = decided()
    moves = [expected.moves("network", side, 8, 2) for side in (0, 1)]
    assert shown(tab, "high-network-a") == pytest.approx(moves[0].max(), rel=1e-3)
    assert abs(shown(tab, "move-network")) == pytest.approx(max(abs(m).max() for m in moves), rel=1e-3)
    assert "wait" not in tab.url


def test_a_click_on_a_cell_shows_that_very_patch(decided, expected):
    tab = decided("patch=4")
    map = tab.locator("svg.moves[data-side=b]").first
    # patches of 4 pixels, one pixel apart: the cell of patch (9, 6) lies in its middle
    place = map.evaluate("""(map) => {
        const box = map.getBoundingClientRect();
        const cell = new DOMPoint(6 + 1.5 + 0.5, 9 + 1.5 + 0.5).matrixTransform(map.getScreenCTM());
        return { x: cell.x - box.x, y: cell.y - box.y };
    }""")
    map.click(position=place)
    at(tab, 9, 6)
    assert shown(tab, "move-network") == pytest.approx(expected.move("network", 1, 9, 6, 4), rel=1e-2, abs=1e-5)
    assert "side=b" in tab.url and "row=9" in tab.url


def test_arrow_keys_move_the_patch(decided, expected):
    tab = decided("side=a&row=2&column=3")
    tab.locator("#network-a").focus()
    tab.keyboard.press("ArrowDown")
    at(tab, 3, 3)
    tab.keyboard.press("ArrowRight")
    at(tab, 3, 4)
    assert tab.evaluate("document.activeElement.id") == "network-a"
    assert shown(tab, "move-pixels") == pytest.approx(expected.move("pixels", 0, 6, 8, 8), rel=1e-2, abs=1e-4)


def test_another_size_of_the_patch_is_covered_anew(decided, expected):
    tab = decided()
    tab.locator("#patch-12").click()
    tab.wait_for_function("() => document.querySelector('svg.moves')?.dataset.patch === '12'")
    moves = expected.moves("network", 1, 12, 3)
    assert shown(tab, "low-network-b") == pytest.approx(moves.min(), rel=1e-3, abs=1e-6)


def test_the_page_is_nowhere_wider_than_the_screen(decided, tab):
    for width in (360, 768, 1280):
        tab.set_viewport_size({"width": width, "height": 800})
        decided()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
