"""The page of people in Chromium. Deselected unless asked for: pytest -m browser

SIAMESE_NP_PHOTOS names a folder of photos, one folder per person; without it drawn variants of one astronaut are added.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from pipeline import photos

REAL = Path(os.environ.get("SIAMESE_NP_PHOTOS", "photos"))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("default"),  # those of playwright are not ours
]


@pytest.fixture
def open_tab(live, chromium):
    """open_tab(address, options) -> a tab; whatever the browser complains of fails the test."""
    complaints, tabs = [], []

    def show(address="/people/", **options):
        tab = chromium.new_page(base_url=live, **options)
        tabs.append(tab)
        tab.on("console", lambda one: complaints.append(one.text) if one.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.goto(address)
        return tab

    yield show
    for tab in tabs:
        tab.close()
    assert [text for text in complaints if "the server responded with a status of 4" not in text] == []


@pytest.fixture(scope="session")
def three_people(tmp_path_factory) -> dict[str, list[Path]]:
    """Name -> files of photos: of real people where there are some, else an astronaut in three lights and turns."""
    if REAL.is_dir():
        folders = sorted(path for path in REAL.iterdir() if path.is_dir() and not path.name.startswith("."))[-3:]
        return {folder.name.replace("_", " "): sorted(folder.iterdir())[:3] for folder in folders}
    data = pytest.importorskip("skimage.data")
    folder = tmp_path_factory.mktemp("photos")
    found = {}
    for k, name in enumerate(("Eileen", "Aileen", "Ilene")):
        picture = np.ascontiguousarray((data.astronaut() * (1 - 0.2 * k)).astype(np.uint8)[:, :: -1 if k == 1 else 1])
        photos.write_png(folder / name / "x.png", picture)
        found[name] = [folder / name / "x.png"]
    return found


def add(tab, name, files):
    """Fill the form, and add every face that is asked about."""
    tab.goto("/people/")
    tab.locator("#add input[name=name]").fill(name)
    tab.locator("#photo").set_input_files([str(file) for file in files])
    tab.locator("#add button", has_text="Add the person").click()
    tab.wait_for_url(lambda url: "told=" in url or "/choose" in url)
    if "/choose" in tab.url:
        for choices in tab.locator("fieldset.several").all():
            if not choices.locator("input:checked").count():
                choices.locator(".choice").first.click()
        tab.locator("main form button").click()
        tab.wait_for_url("**told=*")


def test_three_people_are_added_asked_about_renamed_merged_and_removed_with_undo(open_tab, three_people, counts):
    tab = open_tab()
    for name, files in three_people.items():
        add(tab, name, files)
        assert tab.locator(".done").inner_text().startswith(f"{len(files)} photo"), name
    first, second, third = three_people
    tab.goto("/")
    tab.locator("#photo").set_input_files(str(three_people[first][0]))
    tab.locator("#verdict").wait_for()
    assert tab.locator("#verdict").inner_text() == first

    tab.goto(f"/people/{second}/")
    tab.get_by_role("link", name="Remove photo 1").click()
    tab.get_by_role("button", name="Remove the photo").click()
    tab.get_by_text("Done: a photo of").wait_for()
    tab.reload()
    tab.get_by_role("button", name="Undo").first.click()
    tab.get_by_text("Undone: ").wait_for()
    assert counts()[second] == len(three_people[second])

    tab.goto(f"/people/{second}/")
    tab.get_by_label("New name").fill("Новая")
    tab.keyboard.press("Enter")
    tab.get_by_text("Done: ").wait_for()
    assert tab.locator("h1").inner_text() == "Новая"
    tab.get_by_label("The same person as").select_option(third)
    tab.get_by_role("button", name="Merge …").click()
    tab.get_by_role("button", name=f"Merge into {third}").click()
    tab.get_by_text("Done: Новая became part of").wait_for()
    assert "Новая" not in counts()
    tab.goto(f"/people/{first}/")
    tab.get_by_role("link", name=f"Forget {first} …").click()
    tab.get_by_role("button", name=f"Forget {first}").click()
    tab.get_by_role("button", name="Undo").first.click()
    tab.get_by_text("Undone: ").wait_for()
    assert counts()[first] == len(three_people[first])


def test_the_button_on_a_face_chooses_it_also_without_javascript(open_tab, client, both, tmp_path):
    (tmp_path / "both.png").write_bytes(both)
    for script in (True, False):
        tab = open_tab(java_script_enabled=script)
        tab.locator("#add input[name=name]").fill("Anna")
        tab.locator("#photo").set_input_files(str(tmp_path / "both.png"))
        tab.locator("#add button", has_text="Add the person").click()
        tab.wait_for_url("**/choose?*")
        assert tab.locator(".choice input").nth(1).is_checked()
        box = tab.locator(".several .shot").bounding_box()
        tab.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
        assert tab.locator(".choice input").first.is_checked()


def test_photos_are_dropped_listed_and_left_out_by_keys(open_tab, run):
    tab = open_tab()
    tab.locator("#photo").set_input_files([str(run / f"samples/strangers/Dora/{k}.png") for k in (0, 1)])
    tab.locator("#photo").set_input_files([str(run / "samples/strangers/Dora/2.png")])
    assert tab.locator("#files li").count() == 3
    tab.get_by_role("button", name="Leave out 1.png").press("Enter")
    assert tab.locator("#files").inner_text().split("\n")[::2] == ["0.png", "2.png"]
    tab.locator("#add input[name=name]").fill("Dora")
    tab.keyboard.press("Enter")
    tab.get_by_text("2 photos were added to Dora").wait_for()


def test_what_was_added_is_taken_back_by_a_key_also_without_javascript(open_tab, client, run, counts):
    for script in (True, False):
        tab = open_tab(java_script_enabled=script)
        tab.locator("#add input[name=name]").fill("Dora")
        tab.locator("#photo").set_input_files([str(run / f"samples/strangers/Dora/{k}.png") for k in (0, 1)])
        tab.locator("#add button", has_text="Add the person").click()
        tab.get_by_text("2 photos were added to Dora").wait_for()
        assert counts()["Dora"] == 2
        undo = tab.locator(".done").get_by_role("button", name="Undo")
        for _ in range(20):  # the keys that lead there
            if undo.evaluate("button => button === document.activeElement"):
                break
            tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        tab.get_by_text("Undone: 2 photos were added to Dora.").wait_for()
        assert "Dora" not in counts() and tab.url.split("?")[0].endswith("/people/")


def test_a_refused_name_keeps_the_photos_also_without_javascript(open_tab, client, run, counts):
    for script in (True, False):
        tab = open_tab(java_script_enabled=script)
        tab.locator("#add input[name=name]").fill("a/b")
        tab.locator("#photo").set_input_files([str(run / f"samples/strangers/Dora/{k}.png") for k in (0, 1)])
        tab.locator("#add button", has_text="Add the person").click()
        tab.locator("#refused").wait_for()
        assert "can't be the name of a person" in tab.locator("#refused").inner_text() and "Dora" not in counts()
        name = tab.locator("#add input[name=name]")
        assert name.evaluate("field => field === document.activeElement") and name.input_value() == "a/b"
        assert tab.locator(".waiting label").all_inner_texts() == ["0.png", "1.png"]
        tab.get_by_label("1.png").uncheck()
        tab.locator("#photo").set_input_files(str(run / "samples/strangers/Dora/2.png"))
        name.fill("Dora")
        tab.keyboard.press("Enter")
        tab.get_by_text("2 photos were added to Dora").wait_for()
        assert counts()["Dora"] == 2
        tab.get_by_role("button", name="Undo").first.click()
        tab.get_by_text("Undone: ").wait_for()


def test_a_name_is_found_with_and_without_accents(open_tab, client, run):
    for k in range(12):
        (run / "gallery" / f"Zoé {k}").mkdir()
        (run / "gallery" / f"Zoé {k}" / "x.png").write_bytes((run / "gallery/Anna/0.png").read_bytes())
    tab = open_tab()
    tab.get_by_label("Find a name").fill("ZOE 1")
    assert tab.locator("#cards li:visible").count() == 3 and tab.locator("#found").inner_text() == "3 of 15 people"


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_screen_and_no_name_is_cut_off(open_tab, client, width, key_of):
    name = "Maximiliane-Wilhelmine von und zu " + "x" * 120
    client.patch("/api/people/Anna", json={"name": name})
    key = key_of(name)
    tab = open_tab(viewport={"width": width, "height": 900})
    person = f"/people/{name}/"
    for address in ("/people/", person, f"{person}forget", f"{person}merge?into=Ben", f"{person}photos/{key}/remove",
                    f"{person}photos/{key}/move"):  # fmt: skip
        tab.goto(address)
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        names = "[...document.querySelectorAll('bdi, b, h1')]"
        cut = f"{names}.filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML)"
        assert tab.evaluate(cut) == [], address
