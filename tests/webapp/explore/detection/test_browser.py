"""Inside MTCNN in Chromium: keys, clicks on a level, another photo. Deselected unless asked for: pytest -m browser"""

import pytest

from pipeline.faces import landmarks

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # those of playwright are not ours


@pytest.fixture
def detection(tab, live, name):
    """detection(query) opens the page with the photo of one person."""

    def open(query=""):
        tab.goto(f"{live}/explore/detection/?photo={name}&{query}")
        tab.wait_for_function("() => document.documentElement.classList.contains('js')")
        return tab

    return open


def arrived(tab, stop):
    tab.wait_for_function("stop => document.querySelector('.cascade [aria-current]')?.id === `to-${stop}`", arg=stop)


def shown(tab, id):
    return float(tab.locator(f"#{id}").inner_text().replace("−", "-").replace(",", ""))


def at(tab, row, column):
    tab.wait_for_function(
        "([row, column]) => { const { dataset } = document.getElementById('place');"
        " return dataset.row === String(row) && dataset.column === String(column); }",
        arg=[row, column],
    )


def test_arrow_keys_go_through_the_cascade_to_the_faces_and_back(detection, stages):
    tab = detection()
    for stop in ("pnet", "suppress", "rnet", "onet", "faces"):
        tab.keyboard.press("ArrowRight")
        arrived(tab, stop)
    assert shown(tab, "count-faces") == len(stages[-1].stays) == 1
    tab.keyboard.press("ArrowLeft")
    arrived(tab, "onet")
    assert shown(tab, "asked") == len(stages[-1].boxes)
    tab.go_back()
    arrived(tab, "faces")


def test_a_click_on_a_level_shows_that_very_square_and_arrow_keys_move_it(detection, stages):
    tab = detection("stop=pnet&level=4")
    face = landmarks.detector().pnet.answer(stages[4].level[None])["face"][0]
    grid = tab.locator("svg.grid")
    place = grid.evaluate("""(grid) => {
        const box = grid.getBoundingClientRect();
        const cell = new DOMPoint(2 * 11 + 6, 2 * 7 + 6).matrixTransform(grid.getScreenCTM());
        return { x: cell.x - box.x, y: cell.y - box.y };
    }""")
    grid.click(position=place)
    at(tab, 7, 11)
    assert shown(tab, "p") == pytest.approx(face[7, 11], rel=1e-3)
    tab.keyboard.press("ArrowDown")
    at(tab, 8, 11)
    tab.keyboard.press("ArrowLeft")
    at(tab, 8, 10)
    assert shown(tab, "p") == pytest.approx(face[8, 10], rel=1e-3) and "row=8" in tab.url


def test_boxes_are_gone_through_by_their_confidence(detection, stages):
    tab = detection("stop=suppress")
    tab.locator("#box-after").click()
    tab.locator("#box-before").wait_for()
    assert "box=1" in tab.url and shown(tab, "after-all") == len(stages[-3].stays)


def test_a_photo_is_chosen_and_the_stop_stays(detection):
    tab = detection("stop=faces")
    tab.locator("#choose summary").click()
    tab.get_by_role("link", name="Six photos in a row").click()
    tab.wait_for_function("() => !location.search.includes('photo=')")
    arrived(tab, "faces")


@pytest.mark.parametrize("stop", ["pyramid", "pnet", "suppress", "rnet", "onet", "faces"])
def test_no_stop_is_wider_than_the_screen(detection, tab, stop):
    for width in (360, 768, 1280):
        tab.set_viewport_size({"width": width, "height": 800})
        detection(f"stop={stop}")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
