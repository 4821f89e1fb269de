"""Who is this? used in Chromium as a person uses it. Deselected unless asked for: pytest -m browser"""

import base64
import io
import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline import photos
from pipeline.recognise.gallery import Gallery

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # warnings of playwright are not ours

BESIDE = Path(__file__).parents[4] / "shared" / "data" / "photos"
REAL = Path(os.environ.get("SIAMESE_NP_PHOTOS", BESIDE))  # one folder per person
WIDTHS = (360, 768, 1280)


def jpeg(picture: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    """A real photo of one person, (512, 512, 3)."""
    return pytest.importorskip("skimage.data").astronaut()


@pytest.fixture(scope="module")
def group(astronaut) -> bytes:
    """A photo with two real faces; the one on the left is smaller."""
    small = np.asarray(Image.fromarray(astronaut).resize((300, 300)))
    picture = np.full((560, 900, 3), 128, np.uint8)
    picture[200:500, 20:320] = small
    picture[20:532, 360:872] = astronaut
    return jpeg(picture)


def upload(tab, content: bytes, name: str = "photo.jpg") -> None:
    before = tab.url
    tab.set_input_files("#photo", {"name": name, "mimeType": "image/jpeg", "buffer": content})
    tab.wait_for_url(lambda address: address != before and "/answers/" in address)


def verdict(tab) -> str:
    return tab.inner_text("#verdict")


def test_a_photo_is_answered_as_soon_as_it_is_chosen_and_back_and_reload_work(tab, known, stranger, address):
    upload(tab, known)
    first = tab.url
    assert verdict(tab) == "Anna"
    tab.reload()
    assert verdict(tab) == "Anna" and tab.url == first
    upload(tab, stranger)
    assert verdict(tab) == "Unknown" and tab.url != first
    tab.go_back()
    tab.wait_for_url(first)
    assert verdict(tab) == "Anna"
    tab.go_back()
    tab.wait_for_url(f"{address}/")
    assert tab.locator("#busy").is_hidden() and tab.locator("#said").is_hidden()


def test_a_sample_is_a_click(tab):
    tab.click("button[name=sample] >> nth=0")
    tab.wait_for_url("**/answers/*")
    assert verdict(tab) == "Anna" and "Right: this sample shows Anna." in tab.inner_text("#answer")
    assert tab.locator("button[name=sample][aria-current]").count() == 1


def test_every_picture_of_an_answer_is_there(tab, known):
    upload(tab, known)
    tab.wait_for_load_state("networkidle")
    widths = tab.evaluate("[...document.images].map((image) => [image.src, image.naturalWidth])")
    assert len(widths) > 20 and [source for source, width in widths if not width] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_lanes_of_the_scale_fill_their_lines_also_when_pictures_come_after_the_layout(tab, known, width):
    tab.set_viewport_size({"width": width, "height": 3000})
    tab.route("**/gallery/*.jpg", lambda route: time.sleep(0.2) or route.continue_())
    upload(tab, known)
    tab.wait_for_load_state("networkidle")
    lanes = tab.evaluate("""[...document.querySelectorAll(".lane")].map((lane) =>
        [lane, lane.parentElement].map((part) => [part.getBoundingClientRect().top, part.getBoundingClientRect().height]))""")
    assert len(lanes) == 5
    for lane, line in lanes:
        assert lane == pytest.approx(line) and line[1] >= 24
    ends = tab.evaluate("""[...document.querySelectorAll("li.line")].map((line) =>
        [line.querySelector(".lane").getBoundingClientRect().right, line.querySelector(".distance").getBoundingClientRect().left])""")
    assert len(ends) == 3 and all(lane < distance for lane, distance in ends)


def test_a_photo_without_a_face_is_told_on_the_page_and_the_next_one_is_answered(tab, real_look, astronaut, app, address, complaints):
    Gallery(app.extensions["serving"].folder).enroll("Eileen", [astronaut[20:220, 120:320]])
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    with tab.expect_response(lambda response: response.request.method == "POST") as answer:
        tab.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg(noise)})
    assert answer.value.status == 422
    tab.wait_for_selector("#said:visible")
    assert "No face found: choose a photo in which the face is seen from the front" in tab.inner_text("#said")
    assert tab.url == f"{address}/"
    upload(tab, jpeg(astronaut))
    assert tab.locator(".boxes a").count() == 1
    assert len(complaints) == 1 and "422" in complaints.pop()  # the browser tells of the refusal, too


def test_each_face_has_a_box_that_is_clicked_or_reached_by_the_keyboard(tab, real_look, group, app):
    upload(tab, group)
    boxes = tab.locator(".boxes a")
    assert boxes.count() == 2
    first = tab.url
    current = tab.locator(".boxes a[aria-current]")
    assert current.get_attribute("aria-label").startswith("Face 1")  # the large one is the clearest
    photo, box = tab.locator(".shot img").bounding_box(), current.bounding_box()
    # the face of the astronaut lies at about a third of the left and a quarter of the top of her picture
    x, y = ((box[at] + box[side] / 2 - photo[at]) / photo[side] for at, side in (("x", "width"), ("y", "height")))
    assert (x, y) == pytest.approx(((360 + 225) / 900, (20 + 115) / 560), abs=0.04)
    tab.locator(".boxes a:not([aria-current])").click()
    tab.wait_for_url("**/answers/*/2#answer")
    assert "Face 2" in tab.inner_text("#answer")
    tab.go_back()
    tab.wait_for_url(first)
    tab.focus(".boxes a:not([aria-current])")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/answers/*/2#answer")
    tab.click(".photo-card .tiles a >> nth=0")
    tab.wait_for_url("**/answers/*/1#answer")


def test_on_a_phone_a_chosen_face_leads_to_its_answer_and_a_message_comes_into_view(tab, real_look, group, complaints):
    upload(tab, group)
    tab.set_viewport_size({"width": 360, "height": 640})
    tab.locator(".boxes a:not([aria-current])").click()
    tab.wait_for_url("**/answers/*/2#answer")
    assert tab.evaluate("scrollY") > 300 and 0 <= tab.locator("#answer").bounding_box()["y"] < 100
    tab.set_input_files("#photo", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"text"})
    tab.wait_for_selector("#said:not([hidden])")
    assert 0 <= tab.locator("#said").bounding_box()["y"] < 640
    assert len(complaints) == 1 and "415" in complaints.pop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(tab, known, address, scheme):
    tab.emulate_media(color_scheme=scheme)
    upload(tab, known)
    answer = tab.url
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 800})
        for path in ("/", answer.removeprefix(address), "/same/", "/people/", "/report/", "/about/"):
            tab.goto(address + path)
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_a_long_name_is_shown_whole(tab, known, address, app, run):
    (run / "gallery" / "Anna").rename(run / "gallery" / "Anna-Katharina Freifrau von Hohenstein-Waldburg")
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 800})
        tab.goto(address)
        upload(tab, known)
        names = tab.locator(".name").all()
        assert names[0].inner_text() == "Anna-Katharina Freifrau von Hohenstein-Waldburg"
        for name in names:
            assert name.evaluate("(name) => name.scrollWidth <= name.clientWidth && name.scrollHeight <= name.clientHeight + 1")


DROP = """(given) => {
  const transfer = new DataTransfer();
  if (given.bytes) transfer.items.add(new File([Uint8Array.from(given.bytes)], "x.png", { type: "image/png" }));
  for (const [kind, text] of Object.entries(given.data ?? {})) transfer.setData(kind, text);
  const Event = given.event === "paste" ? ClipboardEvent : DragEvent;
  const init = { bubbles: true, cancelable: true, [given.event === "paste" ? "clipboardData" : "dataTransfer"]: transfer };
  document.body.dispatchEvent(new Event(given.event, init));
}"""


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_photo_is_dropped_or_pasted(tab, known, event):
    tab.evaluate(DROP, {"event": event, "bytes": list(known)})
    tab.wait_for_url("**/answers/*")
    assert verdict(tab) == "Anna"


def test_a_dropped_link_is_told_why_it_is_not_fetched_and_a_picture_within_a_page_is_taken(tab, known, address):
    tab.evaluate(DROP, {"event": "drop", "data": {"text/uri-list": "https://example.org/face.jpg"}})
    assert "only the address of that picture" in tab.inner_text("#said") and tab.url == f"{address}/"
    tab.evaluate(DROP, {"event": "drop", "data": {"text/plain": "hello"}})
    assert "There is no picture in it" in tab.inner_text("#said")
    source = "data:image/png;base64," + base64.b64encode(known).decode()
    tab.evaluate(DROP, {"event": "drop", "data": {"text/html": f"<p><img src='{source}'></p>"}})
    tab.wait_for_url("**/answers/*")
    assert verdict(tab) == "Anna"


def test_a_photo_is_taken_with_the_camera(tab):
    tab.click("#camera")
    tab.wait_for_selector("#camera-dialog[open]")
    tab.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    tab.click("text=Take the photo")
    tab.wait_for_url("**/answers/*")  # the camera of the test shows no face, but any picture counts as one here


def test_without_javascript_the_form_and_the_samples_do_the_same(chromium, address, known):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("#camera").is_hidden()
    page.set_input_files("#photo", {"name": "a.png", "mimeType": "image/png", "buffer": known})
    page.click("button:text('Who is this?')")
    assert page.inner_text("#verdict") == "Anna" and "/answers/" in page.url
    page.click("button[name=sample] >> nth=6")
    assert page.inner_text("#verdict") == "Unknown"
    context.close()


@pytest.mark.skipif(not REAL.is_dir(), reason=f"no {REAL}")
def test_real_photos_with_several_faces_are_answered_face_by_face(tab, real_look, app):
    path = REAL / "Nicolas_Cage" / "Nicolas Cage_12.jpeg"
    Gallery(app.extensions["serving"].folder).enroll("Nicolas", [photos.read(path)[100:400, 60:360]])
    upload(tab, path.read_bytes())
    assert "2 faces found" in tab.inner_text(".photo-card") and tab.locator(".boxes a").count() == 2
    for k in range(2):
        tab.locator(".photo-card .tiles a").nth(k).click()
        tab.wait_for_url(f"**/answers/*/{k + 1}#answer")
        assert f"Face {k + 1}" in tab.inner_text("#answer")
