"""Every page has the same navigation, which says where one is."""

import pytest

from tests.webapp.reader import read
from webapp import create_app

PAGES = {"/": "Who is this?", "/same/": "Same person?", "/people/": "People", "/report/": "Report", "/about/": "About"}


@pytest.mark.parametrize("address", PAGES)
def test_every_page_leads_to_every_other_one_and_marks_itself(client, address):
    page = read(client.get(address))
    (navigation,) = page.all("nav", **{"aria-label": "Pages"})
    links = [a for a in page.all("a") if a["href"] in PAGES and a.get("class") != "brand"]
    assert [a["href"] for a in links[: len(PAGES)]] == list(PAGES)
    assert [a["href"] for a in links if "aria-current" in a] == [address]
    assert all(title in page.text for title in PAGES.values())
    assert page.all("a", href="#main") and page.all("main", id="main")
    assert len(page.all("h1")) == 1


def test_a_script_has_another_address_once_it_is_another_one_so_that_the_browser_may_keep_it(client):
    (sheet,) = read(client.get("/")).all("link", rel="stylesheet")
    answer = client.get(sheet["href"])
    assert answer.mimetype == "text/css" and "immutable" in answer.headers["Cache-Control"]
    assert "?v=" in sheet["href"]


def test_an_answer_that_is_not_kept_any_more_is_told_with_what_to_do(client):
    page = client.get("/answers/AAAAAAAAAAAAAAAAAAAAAA")
    assert page.status_code == 404
    assert "not kept any more" in page.text and 'id="photo"' in page.text


def test_photos_to_select_have_an_entry_in_the_same_navigation(run):
    app = create_app({"RUN": run, "KERNELS": "numpy", "PHOTOS": run / "samples" / "known"})
    client = app.test_client()
    try:
        page = read(client.get("/"))
        assert page.all("a", href="/select/") and "Select photos" in page.text
        page = read(client.get("/select/"))
        assert page.all("a", href="/select/")[0]["aria-current"] == "page" and page.all("a", href="/people/")
        token = app.extensions["token"]
        key = page.all("input", name="photo")[0]["value"]
        form = {"token": token, "photo": key, "decision": "reject"}
        assert client.post("/select/decide", data=form).status_code == 303
        assert "1 rejected" in client.get("/select/").text
    finally:
        app.extensions["background"].stop()
