"""Same person? used in Chromium as a person uses it. Deselected unless asked for: pytest -m browser"""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # warnings of playwright are not ours


@pytest.fixture
def page(tab, address):
    tab.goto(f"{address}/same/")
    return tab


def choose(page, zone: str, content: bytes) -> None:
    page.set_input_files(f"#{zone}", {"name": f"{zone}.png", "mimeType": "image/png", "buffer": content})


def verdict(page) -> str:
    page.wait_for_url("**/same/answers/*")
    return page.inner_text("#verdict")


def test_two_photos_are_compared_as_soon_as_both_are_chosen_and_back_works(page, known, stranger, address):
    choose(page, "first", known)
    page.locator("#compare .drop >> nth=0").locator("canvas").wait_for()
    assert page.url == f"{address}/same/" and "first.png" in page.inner_text("label[for=first]")
    choose(page, "second", stranger)
    assert verdict(page) == "Not the same person"
    page.reload()
    assert verdict(page) == "Not the same person"
    page.go_back()
    page.wait_for_url(f"{address}/same/")
    assert page.locator("#busy").is_hidden() and page.locator("#said").is_hidden()


def test_a_photo_and_a_person_are_compared_as_soon_as_both_are_chosen(page, known):
    page.select_option("#person", "Anna")
    choose(page, "first", known)
    assert verdict(page) == "The same person"


DROP = """([zone, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(bytes)], "dropped.png", { type: "image/png" }));
  document.querySelector(zone).dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""
PASTE = """(bytes) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(bytes)], "pasted.png", { type: "image/png" }));
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def test_a_drop_goes_to_its_zone_and_a_paste_to_the_first_empty_one(page, known):
    page.evaluate(DROP, ["label[for=second]", list(known)])
    page.locator("label[for=second] canvas").wait_for()
    assert "dropped.png" in page.inner_text("label[for=second]") and "Choose" in page.inner_text("label[for=first]")
    page.evaluate(PASTE, list(known))
    assert verdict(page) == "The same person"


def test_what_goes_wrong_is_said_and_the_other_photo_stays(page, known, complaints):
    choose(page, "first", known)
    choose(page, "second", b"no photo")
    page.locator("#said").wait_for()
    assert page.inner_text("#said").startswith("The second photo can’t be used.")
    choose(page, "second", known)
    assert verdict(page) == "The same person"
    (complaint,) = complaints  # that of the browser about the status
    assert "415" in complaint
    complaints.clear()


def test_a_pair_of_samples_is_a_click(page):
    page.click("button[name=pair] >> nth=0")
    assert verdict(page) and "these samples show one person." in page.inner_text("#answer")


def test_without_a_script_the_form_works(chromium, address, known):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/same/")
    choose(page, "first", known)
    choose(page, "second", known)
    page.click("button >> text=Compare")
    assert verdict(page) == "The same person"
    context.close()
