"""What was added is taken back by the one button that follows, as every change of who is known."""

from tests.webapp.reader import read

ALL = {"Anna": 4, "Ben": 4, "Зоя": 4}


def undos(page) -> list[str]:
    return [form["action"] for form in page.all("form", method="post") if form["action"].endswith("/undo")]


def files(run) -> dict[str, bytes]:
    """All that is in the gallery, but for the embeddings, which are computed again at any time."""
    found = [path for path in (run / "gallery").rglob("*") if path.is_file() and path.name != ".embeddings.npz"]
    return {path.as_posix(): path.read_bytes() for path in found}


def test_a_new_person_is_gone_after_the_undo_and_nothing_of_the_photos_is_left(add, client, counts, run, stranger):
    client.get("/people/")  # which faces of the other photos count is written when they are first looked at
    before = files(run)
    place = add("Dora", stranger, (run / "samples/strangers/Dora/1.png").read_bytes()).location
    for _ in range(2):  # also after Reload
        page = read(client.get(place))
        assert "2 photos were added to Dora, and count from now on." in page.text and "Done: " not in page.text
        (undo, *listed) = undos(page)
        assert listed == []
    assert counts() == ALL | {"Dora": 2}
    undone = client.post(undo, data={"person": "Dora"})
    assert undone.status_code == 303 and undone.location.startswith("/people/?told=") and counts() == ALL
    assert "Undone: 2 photos were added to Dora. Everything is as it was before." in read(client.get(undone.location)).text
    assert files(run) == before
    assert client.post(undo).status_code == 404
    assert undos(read(client.get("/people/?" + place.split("?")[1]))) == []  # the address of before offers it no more


def test_of_a_person_who_was_known_the_other_photos_stay(add, client, counts, known, key_of):
    place = add("anna", known).location
    assert counts()["Anna"] == 5
    (undo,) = undos(read(client.get(place)))
    undone = client.post(undo, data={"person": "Anna"})
    assert undone.location.startswith("/people/Anna/?told=") and counts() == ALL


def test_the_chosen_face_of_a_photo_of_several_is_taken_back(add, client, counts, both):
    token = add("Anna", both).location.split("=")[1]
    place = client.post("/people/Anna/choose", data={"photo": token, f"face-{token}": "2"}).location
    assert counts()["Anna"] == 5
    (undo,) = undos(read(client.get(place)))
    assert client.post(undo).status_code == 303 and counts() == ALL


def test_where_nothing_was_added_there_is_nothing_to_take_back(add, client, counts, stranger):
    add("Dora", stranger)
    token = add("Dora", stranger).location.split("=")[1]  # asked, since it is there already
    place = client.post("/people/Dora/choose", data={"photo": token, f"face-{token}": "1"}).location
    page = read(client.get(place))
    assert "Nothing was added. 1 photo was there already." in page.text and undos(page) == [] and "done=" not in place
    assert counts()["Dora"] == 1


def test_the_undo_stays_in_the_list_and_after_the_sentence_is_dropped(add, app, client, counts, stranger):
    place = add("Dora", stranger).location
    app.extensions["answers"].clear()
    page = read(client.get(place))
    assert "Done: a photo was added to Dora." in page.text and len(undos(page)) == 1
    page = read(client.get("/people/"))
    assert "What can be undone (1)" in page.text
    (undo,) = undos(page)
    assert client.post(undo).status_code == 303 and counts() == ALL


def test_a_person_who_was_renamed_since_is_in_the_way_and_the_answer_says_so(add, client, counts, stranger):
    (undo,) = undos(read(client.get(add("Dora", stranger).location)))
    client.post("/people/Dora/rename", data={"name": "Doris"})
    refused = client.post(undo)
    assert refused.status_code == 409 and "was changed since" in refused.text and counts()["Doris"] == 1
