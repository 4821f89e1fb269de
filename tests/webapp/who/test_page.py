import io
import re
from dataclasses import replace

import numpy as np
import pytest

from pipeline.faces import way_in
from pipeline.faces.way_in import of_crop
from tests.webapp.reader import Reader, read
from webapp import create_app


def samples(page: Reader) -> list[str]:
    """The keys of the samples on a page."""
    return [a["value"] for a in page.all("button", name="sample")]


def try_sample(client, key: str):
    return client.post("/", data={"sample": key}, follow_redirects=True)


def test_the_page_shows_who_is_known_and_a_button_for_each_sample(client):
    page = read(client.get("/"))
    assert "3 people, 12 photos" in page.text
    for name in ("Anna", "Ben", "Зоя"):
        assert f"A photo of {name}" in [a["alt"] for a in page.all("img")]
    # six photos of known people are left over, and ten of the strangers' twelve are shown
    alts = [a["alt"] for a in page.all("img") if a["alt"].startswith("Sample")]
    assert len(samples(page)) == 16
    assert sum("a person in the gallery" in alt for alt in alts) == 6
    assert sum("a stranger" in alt for alt in alts) == 10


def test_a_known_sample_is_named_and_a_stranger_is_unknown(client):
    keys = samples(read(client.get("/")))
    known = try_sample(client, keys[0])
    assert known.status_code == 200
    assert re.search(r'<h2 id="verdict">\s*Anna\s*</h2>', known.text)
    assert "Right: this sample shows Anna." in read(known).text
    stranger = try_sample(client, keys[6])
    assert re.search(r'<h2 id="verdict">\s*Unknown\s*</h2>', stranger.text)
    assert "Right: this sample shows a stranger" in read(stranger).text


def test_a_sample_of_somebody_who_left_the_gallery_is_called_neither_right_nor_wrong(client):
    client.delete("/api/people/Anna")
    text = read(try_sample(client, samples(read(client.get("/")))[0])).text
    assert "This sample shows Anna, who is not in the gallery any more" in text
    assert "Right:" not in text and "Wrong:" not in text


def test_a_wrong_answer_for_a_sample_is_called_wrong(client, run):
    (run / "gallery" / "Anna").rename(run / "gallery" / "Carla")
    (run / "gallery" / "Ben").rename(run / "gallery" / "Anna")
    page = read(try_sample(client, samples(read(client.get("/")))[0]))
    assert "Wrong: this sample shows Anna." in page.text


def test_an_uploaded_photo_is_answered_with_every_person_on_one_scale(post, known):
    response = post("/", known)
    page = read(response)
    assert response.status_code == 200
    assert re.search(r'<h2 id="verdict">\s*Anna\s*</h2>', response.text)
    assert [a["alt"] for a in page.all("img")].count("The face you asked about, as it was cut out") == 1
    dots = [float(a["cx"].rstrip("%")) for a in page.all("circle")]
    assert len(dots) == 3 and dots == sorted(dots)
    thresholds = {a["x1"] for a in page.all("line", **{"class": "threshold"})}
    assert len(thresholds) == 1
    assert dots[0] < float(thresholds.pop().rstrip("%")) < dots[1]
    assert "threshold 0.600" in page.text
    for share in ("about 2% (estimated)", "about 12% (estimated)"):  # FAR for 3 people in place of 10, and FRR
        assert share in page.text


def test_the_numbers_are_explained_by_the_rule_in_use(run, known):
    for rule, words in (("mean", "the mean of a person’s photos"), ("nearest", "the nearest photo of a person"),
                        ("both", "the nearest of them (two thirds)")):  # fmt: skip
        client = create_app({"RUN": run, "KERNELS": "numpy", "RULE": rule}).test_client()
        page = client.post("/", data={"photo": (io.BytesIO(known), "x")}, follow_redirects=True)
        assert words in read(page).text


def test_every_picture_and_link_of_an_answer_can_be_fetched(client, post, known):
    page = read(post("/", known))
    addresses = {a["src"] for a in page.all("img")} | {a["href"] for a in page.all("link")}
    addresses |= {a["src"] for a in page.all("script")} | {a["href"] for a in page.all("a")}
    fetched = {address: client.get(address, buffered=True) for address in addresses if not address.startswith("#")}
    assert len(fetched) > 20
    assert {address for address, response in fetched.items() if response.status_code != 200} == set()
    for ending, kind in ((".png", "image/png"), (".jpg", "image/jpeg")):
        of_kind = [response.mimetype for address, response in fetched.items() if address.endswith(ending)]
        assert of_kind and set(of_kind) == {kind}


def test_the_page_keeps_its_own_security_policy(client, post, known):
    response = post("/", known)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    page = read(response)
    for name, attributes in page.tags:
        assert "style" not in attributes and not any(key.startswith("on") for key in attributes), (name, attributes)
        assert name != "style"
        for key in ("src", "href", "action"):
            assert re.match(r"/(?!/)|#", attributes.get(key, "#")), attributes
    assert all("src" in a for a in page.all("script"))


@pytest.mark.parametrize("address", ["/", "/api/predict", "/nothing", "/static/common/site.css"])
def test_every_answer_has_the_protecting_headers(client, address):
    headers = client.get(address, buffered=True).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_an_answer_is_not_kept_by_the_browser(post, known):
    assert post("/", known).headers["Cache-Control"] == "no-store"


def test_every_image_has_a_text_and_the_file_field_a_label(client, post, known):
    for page in (read(client.get("/")), read(post("/", known))):
        unnamed = [a["src"] for a in page.all("img") if not a.get("alt")]
        assert len(unnamed) == 1 and "icon.svg" in unnamed[0] and "alt" in page.all("img")[0]  # its name stands beside it
        assert page.all("label")[0]["for"] == page.all("input", type="file")[0]["id"]
        assert page.all("html")[0]["lang"] == "en"


@pytest.mark.parametrize(
    "address",
    [
        "/gallery/Anna/0.jpg",
        "/gallery/..%2f..%2fmodel.npz.jpg",
        "/gallery/0.jpg",
        "/samples/known/Anna/4.jpg",
        "/samples/4.jpg",
        "/samples/..%2f..%2fmodel.npz.jpg",
        "/answers/Anna",
        "/answers/..%2f..%2fmodel.npz",
        "/model.npz",
        "/static/../serve.py",
        "/static/serve.py",
        "/static/who/page.html",
    ],
)
def test_no_file_is_served_by_its_path(client, address):
    response = client.get(address)
    assert response.status_code == 404
    assert read(response).all("p", role="alert")


@pytest.fixture
def two_faces(monkeypatch):
    """Whatever is asked about shows two faces, at (4, 5) and (20, 5)."""

    def look(picture):
        one = of_crop(picture)
        boxes = ((20.0, 5.0, 20.0, 30.0), (4.0, 5.0, 10.0, 20.0))
        return tuple(
            replace(one, box=box, confidence=0.99, whole=False, points=np.zeros((5, 2)), region=box) for box in boxes
        )

    monkeypatch.setattr(way_in, "look", look)


def test_a_photo_with_several_faces_shows_a_box_on_each_and_the_answer_for_one(client, post, known, two_faces):
    response = post("/", known)
    page = read(response)
    assert response.status_code == 200 and "2 faces" in page.text
    assert [a["alt"] for a in page.all("img")].count("The photo you asked about") == 1
    boxes = [a for a in page.all("a") if a.get("aria-label", "").startswith("Face ")]
    assert [a["aria-label"][:7] for a in boxes] == ["Face 2:", "Face 1:"]  # a small face lies over a large one
    assert [a.get("aria-current") for a in boxes] == [None, "true"]
    assert "Cut out at 20, 5: 20 × 30 pixels" in page.text and "Detector’s confidence 0.990" in page.text
    other = read(client.get(boxes[0]["href"]))
    assert "Cut out at 4, 5: 10 × 20 pixels" in other.text
    assert client.get(boxes[0]["href"].removesuffix("2#answer") + "3").status_code == 404
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_an_answer_says_what_was_done_with_the_photo(post, known):
    assert "Used whole: it is a face crop already" in read(post("/", known)).text


@pytest.mark.parametrize("address", ["/", "/api/predict"])
def test_a_photo_without_a_face_is_answered_with_advice_and_never_with_a_distance(post, photo, real_look, address):
    response = post(address, photo(300, 200))
    assert response.status_code == 422
    said = response.json["error"] if address == "/api/predict" else read(response).text
    assert "No face found: choose a photo in which the face is seen from the front" in said
    assert "distance" not in said.partition("A distance is no proof")[0]
