"""The keys of the page, pressed in Chromium. Deselected unless asked for: pytest -m browser"""

import numpy as np
import pytest

from pipeline import photos
from pipeline.photos import selection

from .conftest import face

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # warnings of playwright are not ours


@pytest.fixture
def tab(chromium, address):
    """A tab at the page; whatever the browser complains of fails the test."""
    complaints = []
    context = chromium.new_context(viewport={"width": 1000, "height": 700})
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    yield page
    context.close()
    assert complaints == []


def name(tab):
    return tab.title().removesuffix(" · siamese-np")


def press(tab, key, shown):
    tab.keyboard.press(key)
    tab.wait_for_function("shown => document.title.startsWith(shown)", arg=shown)
    tab.wait_for_load_state()


def decisions(source):
    return selection.load(source).decisions


def test_one_key_keeps_or_rejects_and_goes_on(tab, source):
    press(tab, "k", "Anna/1.png")
    press(tab, "r", "Anna/2.png")
    assert decisions(source) == {"Anna/0.png": True, "Anna/1.png": False}


def test_u_takes_back_one_after_another_and_across_a_reload(tab, source):
    press(tab, "k", "Anna/1.png")
    press(tab, "r", "Anna/2.png")
    press(tab, "u", "Anna/1.png")
    tab.reload()
    press(tab, "u", "Anna/0.png")
    assert decisions(source) == {}


def test_arrows_move_and_decide_nothing(tab, source):
    press(tab, "ArrowRight", "Anna/1.png")
    press(tab, "ArrowRight", "Anna/2.png")
    press(tab, "ArrowLeft", "Anna/1.png")
    tab.keyboard.press("Control+r")
    assert name(tab) == "Anna/1.png" and decisions(source) == {}


def test_a_key_that_is_held_decides_one_photo(tab, source):
    tab.keyboard.down("k")
    tab.keyboard.down("k")  # the browser repeats it
    tab.keyboard.down("k")
    tab.wait_for_function("() => document.title.startsWith('Anna/1.png')")
    tab.wait_for_timeout(300)
    tab.keyboard.up("k")
    assert decisions(source) == {"Anna/0.png": True}


def test_the_place_of_a_key_counts_where_letters_are_cyrillic(tab, source):
    tab.evaluate("""document.dispatchEvent(new KeyboardEvent("keydown", {key: "к", code: "KeyR", bubbles: true}))""")
    tab.wait_for_function("() => document.title.startsWith('Anna/1.png')")
    assert decisions(source) == {"Anna/0.png": False}


def focused(tab):
    return tab.evaluate("document.activeElement.querySelector('.file')?.textContent")


def test_the_grid_is_used_by_keys_too(tab, source):
    press(tab, "ArrowRight", "Anna/1.png")
    press(tab, "g", "Photos to keep")
    assert focused(tab) == "1.png"
    tab.keyboard.press("r")
    tab.wait_for_function("() => document.querySelectorAll('.tile.rejected').length == 1")
    tab.wait_for_load_state()
    assert decisions(source) == {"Anna/1.png": False} and focused(tab) == "2.png"
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowLeft")
    assert focused(tab) == "0.png"
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("k")
    tab.wait_for_function("() => document.querySelectorAll('.tile.kept').length == 1")
    assert decisions(source) == {"Anna/1.png": False, "Зоя/0.png": True}
    tab.keyboard.press("u")
    tab.wait_for_function("() => document.querySelectorAll('.tile.kept').length == 0")
    tab.wait_for_load_state()
    assert focused(tab) == "0.png"
    press(tab, "g", "Зоя/0.png")


def test_the_grid_opens_at_the_first_photo_to_decide(tab, address, source):
    selection.decide(source, ["Anna/0.png", "Anna/1.png"], kept=True)
    tab.goto(f"{address}/grid")
    assert focused(tab) == "2.png"
    tab.keyboard.press("r")
    tab.wait_for_function("() => document.querySelectorAll('.tile.rejected').length == 1")
    assert decisions(source)["Anna/2.png"] is False


def test_boxes_appear_once_the_faces_are_found(tab, detector, app, source, address):
    photos.write_png(source / "Anna/00.png", np.random.default_rng(1).integers(0, 256, (90, 120, 3), np.uint8))
    detector.ready.clear()
    key = next(photo.key for photo in app.extensions["desk"].now().photos if photo.name == "Anna/00.png")
    tab.goto(f"{address}/?photo={key}")
    assert tab.locator("#looking").is_visible()
    detector.ready.set()
    tab.wait_for_function("() => !document.getElementById('looking') && document.querySelector('.boxes').naturalWidth == 120")
    assert "1 face found" in tab.inner_text("#found")
    photo, boxes = (tab.locator(f".photo img >> nth={k}").bounding_box() for k in (0, 1))
    assert all(abs(photo[side] - boxes[side]) < 1 for side in photo)  # they lie over each other


@pytest.fixture
def two_seen(detector):
    detector.faces = [face(70, 20, 30, 40), face(10, 20, 30, 40)]


@pytest.fixture
def two_faces(two_seen, tab):
    """The page at Anna/0.png, with two faces of which either may be meant; the second one is listed first."""
    tab.wait_for_selector("button:has-text('Face 2')")
    tab.wait_for_function("() => document.querySelector('.boxes').naturalWidth == 120")
    return tab


def faces(source):
    return selection.load(source).faces


def test_a_digit_chooses_a_face_from_left_to_right_and_u_takes_it_back(two_faces, source):
    press(two_faces, "2", "Anna/1.png")
    assert faces(source) == {"Anna/0.png": (70, 20, 30, 40)} and decisions(source) == {"Anna/0.png": True}
    press(two_faces, "u", "Anna/0.png")
    assert faces(source) == decisions(source) == {}
    two_faces.keyboard.press("3")  # there is none
    press(two_faces, "1", "Anna/1.png")
    assert faces(source) == {"Anna/0.png": (10, 20, 30, 40)}


def test_a_click_chooses_the_face_at_that_place(two_faces, source):
    photo = two_faces.locator(".photo").bounding_box()

    def click(x, y):
        two_faces.mouse.click(photo["x"] + photo["width"] * x / 120, photo["y"] + photo["height"] * y / 90)

    click(60, 80)
    two_faces.wait_for_selector("text=There is no face at that place")
    assert faces(source) == {} and name(two_faces) == "Anna/0.png"
    click(80, 30)
    two_faces.wait_for_function("() => document.title.startsWith('Anna/1.png')")
    assert faces(source) == {"Anna/0.png": (70, 20, 30, 40)}


def test_a_click_on_a_photo_with_one_certain_face_decides_nothing(tab, source):
    tab.wait_for_selector("text=1 face found")
    tab.click(".photo")
    tab.wait_for_timeout(300)
    assert name(tab) == "Anna/0.png" and decisions(source) == {}


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(tab, address, width):
    tab.set_viewport_size({"width": width, "height": 700})
    for path in ("/", "/grid"):
        tab.goto(address + path)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_without_javascript_buttons_and_links_do_the_same(chromium, address, source):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.click("text=Reject")
    page.click("text=Grid")
    page.click("button:has-text('Undo')")
    assert "Taken back: Anna/0.png" in page.inner_text("main") and decisions(source) == {}
    context.close()
