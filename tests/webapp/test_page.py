import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from pipeline.faces import way_in
from pipeline.faces.way_in import of_crop
from webapp import create_app, report


class Reader(HTMLParser):
    """The tags of a page as (name, attributes), and its text."""

    def __init__(self, html: str):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data + " "

    def all(self, tag, **wanted):
        return [a for name, a in self.tags if name == tag and all(a.get(k) == v for k, v in wanted.items())]


def read(response) -> Reader:
    return Reader(response.get_data(as_text=True))


def samples(page: Reader) -> list[str]:
    return [a["href"].removesuffix("#answer") for a in page.all("a") if a["href"].startswith("/?sample=")]


def test_the_page_shows_the_gallery_and_a_link_for_each_sample(client):
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
    links = samples(read(client.get("/")))
    known = client.get(links[0])
    assert known.status_code == 200
    assert re.search(r'<h2 id="verdict">\s*Anna\s*</h2>', known.text)
    assert "Right: this sample shows Anna." in read(known).text
    stranger = client.get(links[6])
    assert re.search(r'<h2 id="verdict">\s*Unknown\s*</h2>', stranger.text)
    assert "Right: this sample shows a stranger" in read(stranger).text


def test_a_wrong_answer_for_a_sample_is_called_wrong(client, run):
    (run / "gallery" / "Anna").rename(run / "gallery" / "Carla")
    page = read(client.get(samples(read(client.get("/")))[0]))
    assert "Wrong: this sample shows Anna." in page.text


def test_an_uploaded_photo_is_answered_with_every_person_on_one_scale(post, known):
    response = post("/", known)
    page = read(response)
    assert response.status_code == 200
    assert re.search(r'<h2 id="verdict">\s*Anna\s*</h2>', response.text)
    assert [a["alt"] for a in page.all("img")].count("The photo you asked about, as the network sees it") == 1
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
        page = client.post("/", data={"photo": (io.BytesIO(known), "x")})
        assert words in read(page).text


def test_every_picture_and_link_of_an_answer_can_be_fetched(client, post, known):
    page = read(post("/", known))
    addresses = {a["src"] for a in page.all("img")} | {a["href"] for a in page.all("link")}
    addresses |= {a["src"] for a in page.all("script")} | set(samples(page))
    fetched = {address: client.get(address, buffered=True) for address in addresses if not address.startswith("data:")}
    assert len(fetched) > 20
    assert {address for address, response in fetched.items() if response.status_code != 200} == set()
    assert all(r.mimetype == "image/png" for address, r in fetched.items() if address.endswith(".png"))


def test_the_page_keeps_its_own_security_policy(client, post, known):
    response = post("/", known)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    page = read(response)
    for name, attributes in page.tags:
        assert "style" not in attributes and not any(key.startswith("on") for key in attributes), (name, attributes)
        assert name != "style"
        for key in ("src", "href", "action"):
            assert re.match(r"/(?!/)|data:image/png|#", attributes.get(key, "#")), attributes
    assert all("src" in a for a in page.all("script"))


@pytest.mark.parametrize("address", ["/", "/api/predict", "/nothing", "/static/page.css"])
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
        assert all(a.get("alt") for a in page.all("img"))
        assert page.all("label")[0]["for"] == page.all("input", type="file")[0]["id"]
        assert page.all("html")[0]["lang"] == "en"


@pytest.mark.parametrize(
    "address",
    [
        "/gallery/Anna/0.png",
        "/gallery/..%2f..%2fmodel.npz.png",
        "/gallery/0.png",
        "/samples/known/Anna/4.png",
        "/samples/4.png",
        "/samples/..%2f..%2fmodel.npz.png",
        "/?sample=Anna",
        "/?sample=",
        "/model.npz",
        "/static/../serve.py",
    ],
)
def test_no_file_is_served_by_its_path(client, address):
    response = client.get(address)
    assert response.status_code == 404
    assert read(response).all("p", role="alert")


def figures(**means):
    return {metric: {"mean": mean, "spread": 1} for metric, mean in means.items()}


@pytest.mark.parametrize("protocol, seen", [("unseen people", False), ("known people", True)])
def test_the_report_card_is_shown_where_there_is_one(client, run, protocol, seen):
    assert "Raw pixels" not in read(client.get("/")).text
    results = {"ours": figures(one_shot=88.14), "raw_pixels": figures(one_shot=76), "chance": {}}
    (run / "report.json").write_text(json.dumps({"protocol": protocol, "results": results}))
    text = read(client.get("/")).text
    assert "Right person, from one photo each 88.1 76.0 –" in text
    assert ("people the network never saw" in text) != seen


def test_the_facts_of_the_training_are_shown(client):
    assert "Parameters 20,640" in read(client.get("/")).text


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"results": {}}', '{"protocol": "", "results": 3}', '{"protocol": "", "results": {"ours": 3}}'],
)
def test_a_report_of_another_form_does_not_stop_the_page(client, run, content):
    (run / "report.json").write_text(content)
    assert client.get("/").status_code == 200


def test_the_curves_are_shown_where_they_are(client, run, photo):
    assert client.get("/curves.png").status_code == 404
    assert not [a for a in read(client.get("/")).all("img") if a["src"] == "/curves.png"]
    (run / "curves.png").write_bytes(photo())
    assert [a for a in read(client.get("/")).all("img") if a["src"] == "/curves.png"]
    assert client.get("/curves.png").data == photo()


def test_the_pictures_of_the_test_are_shown_where_they_are_and_nothing_else_of_the_run_is(client, run, photo):
    assert "The test in pictures" not in read(client.get("/")).text
    (run / "pictures").mkdir()
    for name in ("roc.png", "private.png"):
        (run / "pictures" / name).write_bytes(photo())
    page = read(client.get("/"))
    assert "The test in pictures" in page.text
    assert [a["alt"] for a in page.all("img") if a["src"].startswith("/pictures/")] == [
        "Same pairs accepted at each false accept rate, beside simpler methods"
    ]
    assert client.get("/pictures/roc.png").data == photo()
    for other in ("private.png", "map.png", "..%2Fmodel.npz", "%2e%2e%2freport.json"):
        assert client.get(f"/pictures/{other}").status_code == 404


def test_an_epoch_is_called_the_best_only_where_it_is_not_the_last_and_several_networks_are_told():
    header = {"epochs": 9, "best_epoch": 9, "views": [{}]}
    assert report.facts(header) == [("Epochs", "9")]
    assert report.facts({**header, "best_epoch": 4}) == [("Epochs", "4 of 9, the best")]
    assert report.facts({**header, "views": [{}, {}]}) == [("Epochs", "9"), ("Networks", "2")]


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


def test_a_photo_with_several_faces_shows_them_and_an_answer_for_each(post, known, two_faces):
    response = post("/", known)
    page = read(response)
    alts = [a["alt"] for a in page.all("img")]
    assert response.status_code == 200 and "2 faces" in page.text and "Face 1" in page.text and "Face 2" in page.text
    assert alts.count("The photo you asked about, with a numbered box around each face") == 1
    assert alts.count("The photo you asked about, as the network sees it") == 2
    assert "Face found at 20, 5, 20 x 30 (confidence 0.990) and cut out." in page.text
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids)) and {"answer", "answer-2", "verdict", "verdict-2"} <= set(ids)


def test_an_answer_says_what_was_done_with_the_photo(post, known):
    assert "Used whole: it is a face crop already." in read(post("/", known)).text


@pytest.mark.parametrize("address", ["/", "/api/predict"])
def test_a_photo_without_a_face_is_answered_with_advice_and_never_with_a_distance(post, photo, real_look, address):
    response = post(address, photo(300, 200))
    assert response.status_code == 422
    said = response.json["error"] if address == "/api/predict" else read(response).text
    assert "No face found: choose a photo in which the face is seen from the front" in said
    assert "distance" not in said.partition("The gallery")[0]
