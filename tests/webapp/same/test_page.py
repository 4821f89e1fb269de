"""Two photos, or a photo and a known person: the answer, its address, and what is said where there is none."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest

from pipeline.faces import way_in
from pipeline.faces.way_in import of_crop
from tests.webapp.reader import read
from webapp import create_app


@pytest.fixture
def compare(client):
    """compare(first=bytes, second=bytes, person=name) -> the answer, at the address that it is redirected to."""

    def send(**fields):
        data = {name: (io.BytesIO(value), "x.png") if isinstance(value, bytes) else value for name, value in fields.items()}
        return client.post("/same/", data=data, follow_redirects=True)

    return send


@pytest.fixture
def another(made_run) -> bytes:
    """Another photo of Anna."""
    return (made_run / "gallery/Anna/1.png").read_bytes()


def verdict(response) -> str:
    return " ".join(re.search(r'<h2 id="verdict">(.*?)</h2>', response.text, re.S)[1].split())


def test_two_photos_of_one_person_and_of_two(compare, client, known, another, stranger):
    one = compare(first=known, second=another)
    assert one.status_code == 200 and verdict(one) == "The same person"
    two = compare(first=known, second=stranger)
    assert verdict(two) == "Not the same person"
    page = read(two)
    assert "Threshold 0.600" in page.text and "threshold 0.600" in page.text
    (dot,) = page.all("circle")
    (line,) = page.all("line", **{"class": "threshold"})
    assert float(dot["cx"].rstrip("%")) > float(line["x1"].rstrip("%"))
    said = client.post("/api/verify", data={"photo": [(io.BytesIO(known), "x"), (io.BytesIO(stranger), "y")]}).json
    assert f"Distance {said['distance']:.3f}" in page.text
    assert f"Two people called the same {said['basis']['false_accepts']}" in page.text


def test_the_rates_are_told_with_the_people_they_rest_on_and_their_interval(run, save_model, known, another):
    from siamese_np import weights

    members, extra = weights.load(run / "model.npz")
    entry = extra["thresholds"]["pair"] | {
        "far_measured": True, "far_low": 0.01, "far_high": 0.3, "people": 5, "photos": 50,
        "frr_measured": True, "frr_low": 0.02, "frr_high": 0.4,
    }  # fmt: skip
    weights.save(run / "model.npz", members, extra | {"thresholds": extra["thresholds"] | {"pair": entry}})
    client = create_app({"RUN": run, "KERNELS": "numpy"}).test_client()
    data = {"first": (io.BytesIO(known), "x"), "second": (io.BytesIO(another), "y")}
    text = read(client.post("/same/", data=data, follow_redirects=True)).text
    assert "Two people called the same 5.0% (1% to 30%, measured on 5 people, 50 photos)" in text
    assert "One person called two 12.5% (2% to 40%, measured on 5 people, 50 photos)" in text


def test_a_photo_and_a_known_person(compare, client, known, stranger):
    options = read(client.get("/same/")).all("option")
    assert [a.get("value") for a in options] == ["", None, None, None]  # nobody; and three names, each its own value
    response = compare(first=known, person="Anna")
    page = read(response)
    assert verdict(response) == "The same person" and "This is Anna" in page.text
    assert len([a for a in page.all("img") if a["alt"].startswith("Photo ")]) == 4
    assert verdict(compare(first=stranger, person="Anna")) == "Not the same person"
    assert compare(first=known, person="Nobody").status_code == 404


def test_a_person_can_be_chosen_by_an_address(client):
    assert '<option selected>Anna</option>' in client.get("/same/?person=Anna").text


def test_an_answer_has_an_address_of_its_own_and_every_picture_can_be_fetched(client, known, stranger):
    data = {"first": (io.BytesIO(known), "x"), "second": (io.BytesIO(stranger), "y")}
    sent = client.post("/same/", data=data)
    assert sent.status_code == 303 and sent.location.startswith("/same/answers/")
    page = read(client.get(sent.location))
    addresses = {a["src"] for a in page.all("img")} | {a["src"] for a in page.all("script")}
    assert len([address for address in addresses if "/view-1.png" in address]) == 2
    assert {client.get(address, buffered=True).status_code for address in addresses} == {200}
    for wrong in ("/2/1", "/1/2", "/first/2/crop.jpg", "/first/1/view-2.png", "/third/photo.jpg"):
        assert client.get(sent.location + wrong).status_code == 404
    assert client.get("/answers/" + sent.location.rpartition("/")[2]).status_code == 404  # an answer of another kind


def test_the_script_of_the_page_is_told_where_the_answer_is(client, known):
    data = {"first": (io.BytesIO(known), "x"), "person": "Anna"}
    answer = client.post("/same/", data=data, headers={"Accept": "application/json"})
    assert answer.status_code == 201 and answer.location.startswith("/same/answers/") and answer.data == b""
    assert client.get(f"{answer.location}/1/2").status_code == 404
    assert client.get(f"{answer.location}/second/photo.jpg").status_code == 404


def test_pairs_of_samples_are_offered_and_answered_with_the_truth(client):
    page = read(client.get("/same/"))
    keys = [a["value"] for a in page.all("button", name="pair")]
    assert len(keys) == 4 and all(len(set(key.split())) == 2 for key in keys)
    for key, truth in zip(keys, ("one person", "one person", "two people", "two people")):
        answer = client.post("/same/", data={"pair": key}, follow_redirects=True)
        right = (verdict(answer) == "The same person") == (truth == "one person")
        assert f"{'Right' if right else 'Wrong'}: these samples show {truth}." in read(answer).text
    for wrong in ("x y", keys[0].split()[0], f"{keys[0]} {keys[0]}"):
        assert client.post("/same/", data={"pair": wrong}).status_code == 404


@pytest.mark.parametrize(
    "fields, said",
    [
        ({}, "There is no photo in the request. Choose one first."),
        ({"first": True}, "The second photo is missing. Choose one, or choose a person of the gallery."),
        ({"second": True}, "The first photo is missing. Choose one."),
        ({"first": True, "second": True, "person": "Anna"}, "There are a second photo and a person. Choose one of the two."),
        ({"first": True, "second": b"text"}, "The second photo can’t be used. The file "),
        ({"first": b"", "second": True}, "The first photo can’t be used. The photo is empty"),
    ],
)
def test_what_is_missing_or_wrong_is_said_on_the_page(compare, known, fields, said):
    response = compare(**{name: known if value is True else value for name, value in fields.items()})
    assert response.status_code in (400, 415, 422)
    page = read(response)
    assert said in page.text and page.all("input", type="file", id="first")


def test_each_photo_without_a_face_is_told_and_no_distance_is(compare, photo, real_look):
    response = compare(first=photo(300, 200), second=photo(200, 300))
    text = read(response).text
    assert response.status_code == 422
    assert "The first photo: no face found: choose a photo" in text and "The second photo: no face found: choose" in text
    assert "The distance of" not in text
    assert "No face found: choose" in read(compare(first=photo(300, 200), person="Anna")).text


@pytest.fixture
def two_faces(monkeypatch):
    """Every photo shows two faces; the smaller one is clearer, and its head is turned."""

    def look(picture):
        points = np.array([[5.0, 8], [12, 8], [14, 12], [6, 16], [11, 16]])
        boxes = ((20.0, 5.0, 20.0, 30.0), 0.8), ((4.0, 5.0, 19.0, 20.0), 0.99)
        return tuple(
            replace(of_crop(picture), box=box, confidence=sure, whole=False, points=points, region=box) for box, sure in boxes
        )

    monkeypatch.setattr(way_in, "look", look)


def test_of_several_faces_the_clearest_are_compared_and_the_others_are_a_click_away(compare, client, known, stranger, two_faces):
    response = compare(first=known, second=stranger)
    page = read(response)
    assert page.text.count("2 faces") == 2
    assert "First photo: The head is turned to the side" in page.text and "Second photo: The face is small" in page.text
    boxes = [a for a in page.all("a") if a.get("aria-label", "").startswith("Face ")]
    assert [a.get("aria-current") for a in boxes] == ["true", None, "true", None]
    assert [a["href"].partition("/answers/")[2].partition("/")[2] for a in boxes] == [
        f"{pair}#answer" for pair in ("2/2", "1/2", "2/2", "2/1")
    ]
    other = read(client.get(boxes[1]["href"]))
    assert "Cut out at 20, 5: 20 × 30 pixels" in other.text and "Cut out at 4, 5: 19 × 20 pixels" in other.text
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_of_several_faces_each_can_be_compared_with_a_person(compare, client, known, two_faces):
    page = read(compare(first=known, person="Anna"))
    boxes = [a["href"] for a in page.all("a") if a.get("aria-label", "").startswith("Face ")]
    assert [address.partition("/answers/")[2].partition("/")[2] for address in boxes] == ["2/1#answer", "1/1#answer"]
    assert client.get(boxes[1]).status_code == 200


def test_a_run_without_gallery_and_samples_compares_photos_all_the_same(tmp_path, save_model, known, another):
    (tmp_path / "bare").mkdir()
    save_model(tmp_path / "bare")
    client = create_app({"RUN": tmp_path / "bare", "KERNELS": "numpy"}).test_client()
    page = read(client.get("/same/"))
    assert not page.all("select") and not page.all("button", name="pair")
    data = {"first": (io.BytesIO(known), "x"), "second": (io.BytesIO(another), "y")}
    assert verdict(client.post("/same/", data=data, follow_redirects=True)) == "The same person"
