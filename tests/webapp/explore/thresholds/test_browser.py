"""The line of the threshold explorer in Chromium: dragged, and moved by keys. Deselected unless asked for."""

import pytest

from tests.webapp.explore.thresholds.conftest import percent, rates

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # those of playwright are not ours


@pytest.fixture
def explorer(tab, live):
    """explorer(query) opens the page and waits until the samples have been asked."""

    def open(query="", samples=True):
        tab.goto(f"{live}/explore/thresholds/?{query}")
        tab.wait_for_function("() => document.documentElement.dataset.rows")
        if samples:
            tab.wait_for_selector("#ask", state="detached")
            tab.wait_for_function("() => !document.documentElement.classList.contains('visiting')")
            tab.wait_for_load_state("networkidle")
        return tab

    return open


def line(tab):
    return float(tab.locator("#line").inner_text())


def matches(tab, found):
    t = line(tab)
    for id, text in rates(found, t).items():
        assert tab.locator(f"#{id}").inner_text() == text, (t, id)


def test_the_samples_are_asked_by_the_page_itself(explorer, measured):
    tab = explorer("t=0.62&rule=both")
    matches(tab, measured())


def test_a_line_that_is_dragged_moves_every_number_and_the_address(explorer, measured):
    tab, found = explorer("rule=both"), measured()
    lane = tab.locator(".hills .different svg")
    box = lane.bounding_box()
    tab.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 20)
    tab.mouse.down()
    end = float(tab.locator(".hills").get_attribute("data-end"))
    for share in (0.25, 0.4):
        tab.mouse.move(box["x"] + share * box["width"], box["y"] + 20)
        assert line(tab) == pytest.approx(share * end, abs=0.01)
        matches(tab, found)
    x, y = (float(tab.locator(".roc .point").get_attribute(name)) for name in ("cx", "cy"))
    fpr = (found.d[~found.same] < line(tab)).mean()
    tpr = (found.d[found.same] < line(tab)).mean()
    assert x == pytest.approx(100 * fpr, abs=0.01) and y == pytest.approx(100 - 100 * tpr, abs=0.01)
    tab.mouse.up()
    tab.wait_for_function("text => location.search.includes(`t=${text}`)", arg=f"{line(tab):.3f}")
    place = line(tab)
    tab.reload()
    assert line(tab) == pytest.approx(place)


def test_keys_move_the_line_and_the_size_of_the_gallery(explorer, measured):
    tab, found = explorer("t=0.6&n=1&rule=both"), measured()
    tab.locator("#t").focus()
    before = line(tab)
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function("t => document.getElementById('line').textContent !== t", arg=f"{before:.3f}")
    assert line(tab) > before
    matches(tab, found)
    tab.locator("#size").focus()
    tab.keyboard.press("End")
    tab.keyboard.press("ArrowLeft")
    tab.wait_for_function("() => document.getElementById('people').textContent === '700'")
    tab.wait_for_function("() => location.search.includes('n=700')")
    far = 1 - (1 - (found.strangers < line(tab)).mean()) ** 700
    assert tab.locator("#far").inner_text() in (percent(far), "over 99.9 %")
    share = float(tab.locator("#needed").inner_text().removesuffix(" %")) / 100
    assert 1 - (1 - share) ** 700 == pytest.approx(0.05, rel=0.02)


@pytest.mark.parametrize("key, end", [("Home", "first"), ("End", "last"), ("PageUp", None)])
def test_a_key_before_the_places_have_come_leads_to_a_place_of_the_line(tab, live, key, end):
    held = []
    tab.route("**/thresholds/rows*", lambda route: held.append(route))  # the answer does not come
    tab.goto(f"{live}/explore/thresholds/?t=0.6")
    tab.wait_for_function("() => document.documentElement.classList.contains('js')")
    lasts = [float(tab.locator(".hills").get_attribute("data-end"))]
    tab.locator("#t").focus()
    tab.keyboard.press(key)
    tab.wait_for_function("() => Number(document.getElementById('line').textContent) !== 0.6")
    lasts.append(float(tab.locator(".hills").get_attribute("data-end")))  # the samples, measured now, may lie further on
    assert tab.locator("#said").is_hidden() and held
    assert line(tab) in {"first": [0], "last": lasts}.get(end, [line(tab)]) and 0 <= line(tab) <= lasts[-1]
    assert f"t={line(tab):.3f}" in tab.url


def test_a_mark_leads_to_its_place(explorer, app):
    tab = explorer()
    stored = app.extensions["serving"].now().recogniser.thresholds["pair"]["threshold"]
    tab.get_by_role("link", name="FAR 1 %").click()
    tab.wait_for_function("t => document.getElementById('line').textContent !== t", arg=f"{stored:.3f}")
    assert "t=" in tab.url


def test_the_page_is_no_wider_than_the_screen(explorer, tab):
    for width in (360, 768, 1280):
        tab.set_viewport_size({"width": width, "height": 800})
        explorer("t=0.7", samples=False)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
