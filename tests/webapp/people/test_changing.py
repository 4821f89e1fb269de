"""Each change is asked first where it deletes something, happens by POST, and is undone by the button that follows."""

import pytest

from tests.webapp.reader import read

ALL = {"Anna": 4, "Ben": 4, "Зоя": 4}


def cases(key):
    """address, form, where it leads to, who is known then."""
    return [
        ("/people/Anna/rename", {"name": " Ada  Ü "}, "/people/Ada%20%C3%9C/", {"Ada Ü": 4, "Ben": 4, "Зоя": 4}),
        ("/people/Anna/forget", {}, "/people/", {"Ben": 4, "Зоя": 4}),
        ("/people/Anna/merge", {"into": "Ben"}, "/people/Ben/", {"Ben": 8, "Зоя": 4}),
        (f"/people/Anna/photos/{key}/remove", {}, "/people/Anna/", {"Anna": 3, "Ben": 4, "Зоя": 4}),
        (f"/people/Anna/photos/{key}/move", {"to": "Ben"}, "/people/Anna/", {"Anna": 3, "Ben": 5, "Зоя": 4}),
        (f"/people/Anna/photos/{key}/move", {"to": "Neu"}, "/people/Anna/", {"Anna": 3, "Ben": 4, "Neu": 1, "Зоя": 4}),
    ]


@pytest.mark.parametrize("number", range(6))
def test_a_change_leads_to_a_page_with_an_undo_that_works_after_reload(client, counts, key_of, number):
    address, form, place, known = cases(key_of("Anna"))[number]
    response = client.post(address, data=form)
    assert response.status_code == 303 and response.location.startswith(f"{place}?done=") and counts() == known
    for _ in range(2):
        page = read(client.get(response.location))
        assert page.text.count("Done: ") == 1
        (undo,) = {one["action"] for one in page.all("form") if "/undo" in one.get("action", "")}
    undone = client.post(undo, data={"person": "Anna"})
    assert undone.status_code == 303 and counts() == ALL
    assert "Undone: " in read(client.get(undone.location)).text
    again = client.post(undo)
    assert again.status_code == 404 and "can't be undone any more" in again.text.replace("&#39;", "'")
    assert "Done: " not in read(client.get("/people/?" + response.location.split("?")[1])).text


@pytest.mark.parametrize("what", ["forget", "merge?into=Ben", "photos/KEY/remove", "photos/KEY/move"])
def test_a_question_changes_nothing_and_can_be_cancelled(client, counts, key_of, what):
    page = read(client.get(f"/people/Anna/{what.replace('KEY', key_of('Anna'))}"))
    assert counts() == ALL and page.all("form", method="post")
    assert page.all("a", href="/people/Anna/", **{"class": "button plain"}) and page.all("img")


def test_a_removed_last_photo_leads_to_everybody(client, run, key_of, counts):
    for path in sorted((run / "gallery/Anna").iterdir())[1:]:
        path.unlink()
    key = key_of("Anna")
    assert "the only photo" in read(client.get(f"/people/Anna/photos/{key}/remove")).text
    response = client.post(f"/people/Anna/photos/{key}/remove")
    assert response.location.startswith("/people/?done=") and counts() == {"Ben": 4, "Зоя": 4}


def test_a_moved_photo_has_the_most_alike_person_first(client, run, key_of):
    (run / "gallery/Anna/wrong.png").write_bytes((run / "samples/known/Ben/4.png").read_bytes())
    marked = [photo["key"] for photo in client.get("/api/people").json["people"][0]["photos"] if photo["unlike"]]
    page = read(client.get(f"/people/Anna/photos/{marked[0]}/move"))
    assert [button["value"] for button in page.all("button", name="to")] == ["Ben", "Зоя"]


def test_the_last_changes_can_be_undone_from_the_list(client, counts, app):
    client.post("/people/Anna/forget")
    client.post("/people/Ben/rename", data={"name": "Benno"})
    page = read(client.get("/people/"))
    assert "What can be undone (2)" in page.text
    app.config["TOKEN"] = "sesame"
    assert "What can be undone" not in read(client.get("/people/")).text  # where it would be refused
    app.config["TOKEN"] = None
    for form in [one for one in page.all("form") if "/undo" in one.get("action", "")]:
        assert client.post(form["action"]).status_code == 303
    assert counts() == ALL


@pytest.mark.parametrize(
    ("address", "form", "status"),
    [
        ("/people/Nobody/rename", {"name": "Ada"}, 404), ("/people/Anna/rename", {"name": ""}, 422),
        ("/people/Anna/rename", {"name": ".."}, 422), ("/people/Anna/rename", {"name": "BEN"}, 409),
        ("/people/Anna/merge", {"into": "Nobody"}, 404), ("/people/Anna/merge", {"into": "Anna"}, 409),
        ("/people/Anna/merge", {}, 422), ("/people/Nobody/forget", {}, 404), ("/people/Anna/photos/0/remove", {}, 404),
        ("/people/Anna/photos/0/move", {"to": "Ben"}, 404), ("/people/Anna/photos/0/move", {"to": " "}, 422),
        ("/people/Anna/photos/0/move", {"to": "anna"}, 409), ("/changes/12/undo", {}, 404),
    ],
)  # fmt: skip
def test_a_refused_change_says_why_on_the_page(client, counts, address, form, status):
    response = client.post(address, data=form)
    assert response.status_code == status and read(response).all("p", role="alert")
    assert 'id="add"' in response.text and counts() == ALL


def test_a_change_of_something_that_was_changed_since_is_not_undone(client, counts, run):
    first = client.post("/people/Anna/rename", data={"name": "Ada"}).location
    client.post("/people/Ada/forget")
    response = client.post(f"/changes/{first.split('=')[1]}/undo")
    assert response.status_code == 409 and "was changed since" in response.text


def test_changes_need_the_token_and_a_page_of_our_own(app, client, counts, key_of):
    addresses = [address for address, *_ in cases(key_of("Anna"))] + ["/changes/1/undo"]
    for address in addresses:
        assert client.post(address, headers={"Origin": "https://attacker.example"}).status_code == 403
    app.config["TOKEN"] = "sesame"
    for address in addresses:
        assert client.post(address).status_code == 403
    for question in ("forget", "merge?into=Ben"):
        page = read(client.get(f"/people/Anna/{question}"))
        assert page.all("a", href="/token") and not page.all("form")
    assert counts() == ALL
