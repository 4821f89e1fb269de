"""The page of the API in Chromium, by keys alone. Deselected unless asked for: pytest -m browser"""

import pytest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("default"),  # those of playwright are not ours
]


@pytest.fixture
def tab(live, chromium):
    """A tab at the page; whatever the browser complains of fails the test."""
    tab, complaints = chromium.new_page(), []
    tab.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(f"{live}/api/")
    yield tab
    tab.close()
    assert [text for text in complaints if "the server responded with a status of 4" not in text] == []


def answer_of(tab, name):
    """The answer that stands below the form of an operation."""
    tab.locator(f"#{name} [role=status] pre").wait_for()
    return tab.locator(f"#{name} [role=status]").inner_text()


def test_a_question_without_fields_is_sent_by_enter(tab):
    tab.locator("#model button").focus()
    tab.keyboard.press("Enter")
    assert answer_of(tab, "model").startswith("200 OK") and '"networks": 1' in answer_of(tab, "model")


def test_fields_of_the_path_of_json_and_files_arrive(tab, run):
    tab.locator("#answer input[type=file]").set_input_files(run / "samples/known/Anna/4.png")
    tab.locator("#answer select").select_option("nearest")
    tab.locator("#answer button").press("Enter")
    assert '"answer": "Anna"' in answer_of(tab, "answer") and '"rule": "nearest"' in answer_of(tab, "answer")
    tab.locator("#add_photos input[name=name]").fill("Dora")
    tab.locator("#add_photos input[type=file]").set_input_files([run / f"samples/strangers/Dora/{k}.png" for k in (0, 1)])
    tab.locator("#add_photos input[name=face]").fill("1 largest")
    tab.locator("#add_photos button").press("Enter")
    assert '"added": 2' in answer_of(tab, "add_photos")
    tab.locator("#rename input[name=name][data-in=path]").fill("Dora")
    tab.locator("#rename input[data-in=json]").fill("Who?/no")
    tab.keyboard.press("Enter")
    assert answer_of(tab, "rename").startswith("422")


def test_a_name_with_odd_letters_is_one_part_of_the_address(tab):
    tab.locator("#forget input").fill("A/B? #1")
    tab.keyboard.press("Enter")
    assert answer_of(tab, "forget").startswith("404")


def test_a_photo_is_shown(tab, client):
    key = client.get("/api/people").json["people"][0]["photos"][0]["key"]
    tab.locator("#photo input").fill(key)
    tab.keyboard.press("Enter")
    tab.locator("#photo [role=status] img").wait_for()
    assert tab.locator("#photo img").evaluate("image => image.naturalWidth") == 92
