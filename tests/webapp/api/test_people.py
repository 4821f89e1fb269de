"""The gallery is changed by requests, and the next answer knows it."""

import io
import shutil

import numpy as np
import pytest

from pipeline import photos
from pipeline.faces import way_in
from pipeline.recognise.gallery import Gallery
from webapp.common.uploads import MOST_PHOTOS


@pytest.fixture
def listed(client):
    """listed() -> name -> the photos of that person, as the API lists them."""
    return lambda: {person["name"]: person["photos"] for person in client.get("/api/people").json["people"]}


@pytest.fixture
def add(client):
    """add(name, contents, faces) -> the answer to photos of a person."""

    def send(name, *contents, faces=()):
        data = {"photo": [(io.BytesIO(content), "x.png") for content in contents], "face": list(faces)}
        return client.post(f"/api/people/{name}/photos", data=data)

    return send


def counts(listed):
    return {name: len(shown) for name, shown in listed().items()}


def test_everybody_is_listed_with_photos_problems_and_what_can_be_undone(client, run):
    (run / "gallery" / "Ben" / "notes.txt").write_text("hello")
    answer = client.get("/api/people").json
    assert [(person["name"], len(person["photos"])) for person in answer["people"]] == [("Anna", 4), ("Ben", 4), ("Зоя", 4)]
    assert answer["problems"] == [{"file": "Ben/notes.txt", "reason": "holds text, not a photo"}]
    assert answer["trouble"] is None and answer["changes"] == []
    key = answer["people"][0]["photos"][0]["key"]
    picture = photos.read(client.get(f"/api/photos/{key}").data)
    assert any(np.array_equal(picture, photos.read(path)) for path in (run / "gallery" / "Anna").iterdir())
    assert client.get(f"/api/photos/{'0' * 64}").status_code == 404


def test_an_empty_gallery_is_listed_with_the_reason(client, run):
    shutil.rmtree(run / "gallery")
    answer = client.get("/api/people").json
    assert answer["people"] == [] and "siamese-np enroll" in answer["trouble"]


def test_a_photo_of_somebody_else_is_marked(listed, run, stranger):
    (run / "gallery" / "Anna" / "wrong.png").write_bytes((run / "gallery" / "Ben" / "0.png").read_bytes())
    marked = {name: [photo["unlike"] for photo in shown] for name, shown in listed().items()}
    assert marked == {"Anna": [False] * 4 + [True], "Ben": [False] * 4, "Зоя": [False] * 4}


def test_photos_that_are_added_count_at_once_and_are_there_once(add, post, listed, run, stranger):
    other = (run / "samples/strangers/Dora/1.png").read_bytes()
    assert post("/api/predict", stranger).json["answer"] is None
    answer = add("Dora", stranger, other, stranger)
    assert answer.status_code == 200 and (answer.json["person"], answer.json["added"]) == ("Dora", 2)
    assert [entry["error"] for entry in answer.json["photos"]] == [None] * 3
    assert post("/api/predict", stranger).json["answer"] == "Dora"
    assert add("DORA", stranger).json["added"] == 0 and counts(listed)["Dora"] == 2


def test_a_photo_that_cannot_be_taken_is_told_and_the_others_are_added(add, listed, stranger):
    answer = add("Dora", stranger, b"text", stranger[:100])
    assert answer.status_code == 200 and answer.json["added"] == 1
    first, text, torn = answer.json["photos"]
    assert first["face"]["whole"] and text["face"] is None
    assert text["error"] == "The file holds text, not a photo." and "cut short" in torn["error"]
    alone = add("Emil", b"text")
    assert alone.status_code == 422 and alone.json["detail"] == "The file holds text, not a photo."
    assert add("Emil", b"text", b"text").json["photos"] == [text, text]
    assert "Emil" not in counts(listed)


def test_of_several_faces_the_chosen_one_is_taken_or_the_one_that_is_alike(add, listed, run, monkeypatch):
    def two_faces(picture):
        half = picture.shape[1] // 2
        return tuple(way_in.of_crop(np.ascontiguousarray(part)) for part in (picture[:, :half], picture[:, half:]))

    faces = [photos.read(run / "samples" / path) for path in ("strangers/Dora/0.png", "known/Anna/4.png")]
    both = photos.png_bytes(np.concatenate(faces, axis=1))
    monkeypatch.setattr(way_in, "look", two_faces)
    unclear = add("Dora", both)
    assert unclear.status_code == 422 and "the photo shows 2 faces" in unclear.json["detail"].lower()
    assert len(unclear.json["photos"][0]["faces"]) == 2
    assert add("Dora", both, faces=["3"]).status_code == 422
    assert add("Dora", both, faces=["1"]).json["added"] == 1
    assert add("Anna", both).json["added"] == 1  # the second one is like her photos
    monkeypatch.undo()
    kept = {name: [photos.read(run / "gallery" / name / path.name) for path in (run / "gallery" / name).iterdir()]
            for name in ("Dora", "Anna")}  # fmt: skip
    assert np.array_equal(kept["Dora"][0], faces[0]) and any(np.array_equal(each, faces[1]) for each in kept["Anna"])


@pytest.mark.parametrize(("faces", "status"), [(["x"], 400), (["0"], 400), (["-1"], 400), (["²"], 400), (["1", "1"], 422)])
def test_a_choice_of_a_face_that_is_none_is_refused(add, stranger, faces, status):
    assert add("Dora", stranger, faces=faces).status_code == status


def test_names_that_no_folder_can_have_are_refused_before_any_photo_is_read(add, stranger, run):
    before = sorted(run.rglob("*"))
    for name in (".hidden", "%2e%2e", "a%5Cb", "x" * 300, "%E2%80%8D"):
        response = add(name, stranger)
        assert response.status_code == 422 and "can't be the name" in response.json["detail"], name
    assert sorted(run.rglob("*")) == before


def test_more_photos_than_the_limit_are_refused(add, photo):
    response = add("Dora", *[photo()] * (MOST_PHOTOS + 1))
    assert response.status_code == 413 and f"{MOST_PHOTOS} at a time" in response.json["detail"]


def test_costly_photos_of_one_request_have_one_turn(app, add, photo):
    taken, turns = [], app.extensions["turns"]
    take = turns.take
    turns.take = lambda: taken.append(take())
    assert add("Dora", photo(50, 50, "WEBP"), photo(60, 60, "WEBP")).json["added"] == 2
    assert taken == [None]
    for _ in range(2 + 8):
        assert turns._requests.acquire(blocking=False)


def test_people_are_renamed_merged_and_forgotten_and_each_change_is_undone(client, post, listed, known):
    before = listed()
    key = before["Anna"][0]["key"]
    changes = [
        (client.patch, "/api/people/Anna", {"name": "Ada"}, {"Ada": 4, "Ben": 4, "Зоя": 4}),
        (client.post, "/api/people/ben/merge", {"into": "ЗОЯ"}, {"Anna": 4, "Зоя": 8}),
        (client.delete, "/api/people/Anna", None, {"Ben": 4, "Зоя": 4}),
        (client.delete, f"/api/people/Anna/photos/{key}", None, {"Anna": 3, "Ben": 4, "Зоя": 4}),
        (client.post, f"/api/people/Anna/photos/{key}/move", {"to": "Ben"}, {"Anna": 3, "Ben": 5, "Зоя": 4}),
    ]
    for method, address, body, expected in changes:
        change = method(address, json=body) if body else method(address)
        assert change.status_code == 200 and counts(listed) == expected
        assert client.get("/api/people").json["changes"] == [change.json]
        assert client.post(f"/api/changes/{change.json['id']}/undo").json == change.json
        assert listed() == before
    client.delete("/api/people/Anna")
    assert post("/api/predict", known).json["answer"] is None


def test_what_is_not_there_or_in_the_way_has_its_status(client, listed):
    key = listed()["Anna"][0]["key"]
    for method, address, body, status in (
        ("patch", "/api/people/Nobody", {"name": "Ada"}, 404), ("patch", "/api/people/Anna", {"name": "BEN"}, 409),
        ("patch", "/api/people/Anna", {"name": ".."}, 422), ("patch", "/api/people/Anna", {"name": 3}, 400),
        ("patch", "/api/people/Anna", {}, 400), ("patch", "/api/people/Anna", [], 400),
        ("post", "/api/people/Anna/merge", {"into": "Nobody"}, 404), ("delete", "/api/people/Nobody", None, 404),
        ("delete", f"/api/people/Ben/photos/{key}", None, 404), ("post", "/api/changes/12/undo", None, 404),
        ("post", f"/api/people/Anna/photos/{key}/move", {"to": "anna"}, 409),
    ):  # fmt: skip
        response = client.open(address, method=method.upper(), json=body)
        assert response.status_code == status and response.json["detail"], (address, body, response.text)
    deep = client.patch("/api/people/Anna", data="[" * 200_000, content_type="application/json")
    assert deep.status_code == 400
    assert client.patch("/api/people/Anna", data={"name": "Ada"}).status_code == 415
    assert counts(listed) == {"Anna": 4, "Ben": 4, "Зоя": 4}


def test_the_trash_of_a_page_is_that_of_the_commands(client, run):
    client.delete("/api/people/Anna")
    assert Gallery(run / "gallery").undo().what == "Anna was forgotten"
    assert client.get("/api/people").json["people"][0]["name"] == "Anna"


def test_changes_need_the_token_where_there_is_one_and_questions_do_not(app, client, post, known, stranger):
    app.config["TOKEN"] = "sesame"
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic sesame"}, {"Authorization": "Bearer ÿ"}):
        for method, address in (("DELETE", "/api/people/Anna"), ("POST", "/api/changes/1/undo"), ("POST", "/api/people/D/photos")):
            response = client.open(address, method=method, headers=headers)
            assert response.status_code == 401 and response.headers["WWW-Authenticate"] == "Bearer"
    assert post("/api/predict", known).json["answer"] == "Anna" and client.get("/api/people").status_code == 200
    assert client.delete("/api/people/Anna", headers={"Authorization": "Bearer sesame"}).status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": "https://attacker.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_the_page_of_another_site_changes_nothing(client, listed, headers):
    for method, address in (("DELETE", "/api/people/Anna"), ("PATCH", "/api/people/Anna"), ("POST", "/api/people/Ben/merge")):
        assert client.open(address, method=method, headers=headers, json={"into": "Anna"}).status_code == 403
    assert counts(listed) == {"Anna": 4, "Ben": 4, "Зоя": 4}
