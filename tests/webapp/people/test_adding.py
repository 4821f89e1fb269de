"""Photos come into the gallery through the form, and nothing is written before a face is chosen."""

import io

import pytest

from pipeline import photos
from tests.webapp.reader import read
from webapp.common import answers
from webapp.people.sent import Sent


def tokens_of(page) -> list[str]:
    return [field["value"] for field in page.all("input", type="hidden", name="photo")]


def test_photos_of_one_face_are_added_at_once_and_count_from_the_next_answer(add, client, counts, run, post, stranger):
    other = (run / "samples/strangers/Dora/1.png").read_bytes()
    response = add("Dora", stranger, other)
    assert response.status_code == 303 and response.location.startswith("/people/Dora/?told=")
    for _ in range(2):  # also after Reload
        assert "2 photos were added to Dora" in read(client.get(response.location)).text
    assert counts()["Dora"] == 2 and post("/api/predict", stranger).json["answer"] == "Dora"
    again = read(client.get(add("  dORA ", stranger, (run / "samples/strangers/Dora/2.png").read_bytes()).location))
    assert "is there already. It is not kept twice" in again.text and counts()["Dora"] == 2
    assert "Which face is Dora" in again.text


def test_of_several_faces_the_most_alike_is_preselected_and_nothing_is_written_before(add, client, counts, both, run):
    response = add("Anna", both)
    assert response.status_code == 303 and "/people/Anna/choose?photo=" in response.location and counts()["Anna"] == 4
    page = read(client.get(response.location))
    (checked,) = [radio for radio in page.all("input", type="radio") if "checked" in radio]
    assert checked["value"] == "2" and "Face 2 is the most like Anna: distance" in page.text
    assert len(page.all("foreignobject")) == 2  # a button on each face
    (token,) = tokens_of(page)
    for number in (1, 2):
        assert client.get(f"/sent/{token}/{number}.jpg").mimetype == "image/jpeg"
    assert client.get(f"/sent/{token}/3.jpg").status_code == 404
    done = client.post("/people/Anna/choose", data={"photo": token, f"face-{token}": "2"})
    assert "1 photo was added to Anna" in read(client.get(done.location)).text and counts()["Anna"] == 5
    wanted = photos.read(run / "samples/known/Anna/4.png")
    assert any((photos.read(path) == wanted).all() for path in (run / "gallery/Anna").iterdir())


def test_where_nothing_is_known_and_two_faces_are_alike_in_size_none_is_preselected(add, client, both):
    page = read(client.get(add("New", both).location))
    assert not [radio for radio in page.all("input", type="radio") if "checked" in radio]
    assert all("required" in radio for radio in page.all("input", type="radio"))


def test_a_photo_of_one_face_that_is_sent_with_it_tells_which_of_two_faces_it_is(add, client, both, stranger):
    page = read(client.get(add("New", stranger, both).location))
    assert [radio["value"] for radio in page.all("input", type="radio") if "checked" in radio] == ["1"]


def test_what_cannot_be_used_is_named_with_the_reason_and_the_rest_is_added(add, client, counts, stranger):
    page = read(client.get(add("Dora", stranger, b"text").location))
    assert "1 file can’t be used" in page.text and "1.png The file holds text, not a photo." in page.text
    one, two = tokens_of(page)
    told = client.get(client.post("/people/Dora/choose", data={"photo": [one, two], f"face-{one}": "1"}).location)
    assert "1 photo was added to Dora" in read(told).text and "holds text" in told.text and counts()["Dora"] == 1
    nothing = read(client.get(add("Emil", b"text").location))
    assert "No face was found" in nothing.text and not nothing.all("form") and "Emil" not in counts()
    (others,) = nothing.all("a", **{"class": "button"})
    assert read(client.get(others["href"])).all("input", name="name", value="Emil")  # it need not be typed again


def test_a_photo_that_somebody_else_has_is_mentioned_before_it_is_added(add, client, counts, run):
    content = (run / "gallery/Ben/0.png").read_bytes()
    page = read(client.get(add("Dora", content).location))
    assert "is a photo of Ben already" in page.text and "Dora" not in counts()
    (box,) = page.all("input", type="checkbox")
    assert "checked" not in box
    token = box["name"].removeprefix("face-")
    assert client.post("/people/Dora/choose", data={"photo": token}).status_code == 422 and "Dora" not in counts()


def test_photos_that_were_sent_before_are_added_by_their_tokens(client, counts, stranger):
    sent = client.post("/sent/", data={"photo": (io.BytesIO(stranger), "x.png")})
    assert sent.status_code == 201 and client.get(sent.headers["Location"]).mimetype == "image/jpeg"
    token = sent.headers["Location"].removeprefix("/sent/").removesuffix(".jpg")
    assert client.post("/people/", data={"name": "Dora", "sent": token}).status_code == 303 and counts()["Dora"] == 1


@pytest.mark.parametrize("name", ["", "\u200b", "..", "a/b", "x" * 300])
def test_a_name_that_cannot_be_is_refused_on_the_page(add, stranger, run, name):
    before = sorted(run.rglob("*"))
    response = add(name, stranger)
    assert response.status_code == 422 and read(response).all("p", role="alert") and 'id="add"' in response.text
    assert sorted(run.rglob("*")) == before


def test_a_form_without_photos_or_with_a_token_that_is_gone_is_refused(client, app):
    assert client.post("/people/", data={"name": "Dora"}).status_code == 400
    assert client.post("/people/", data={"name": "Dora", "sent": "gone"}).status_code == 404
    assert client.post("/people/", data={"name": "Dora", "sent": ["x"] * 51}).status_code == 413
    assert client.get("/people/Dora/choose").status_code == 400
    assert client.get("/people/Dora/choose?photo=gone").status_code == 404
    assert client.get("/people/.x/choose?photo=gone").status_code == 404
    assert client.post("/sent/", data={"photo": [(io.BytesIO(b"a"), "a"), (io.BytesIO(b"b"), "b")]}).status_code == 400


@pytest.mark.parametrize(("face", "status"), [("3", 400), ("-1", 400), ("²", 400), ("9999999", 400), ("", 422)])
def test_a_choice_that_is_none_is_refused_and_nothing_is_added(add, client, counts, both, face, status):
    (token,) = tokens_of(read(client.get(add("Anna", both).location)))
    response = client.post("/people/Anna/choose", data={"photo": token, f"face-{token}": face})
    assert response.status_code == status and read(response).all("p", role="alert") and counts()["Anna"] == 4


def test_photos_that_wait_for_a_choice_never_reach_the_gallery_and_have_their_size(add, app, run, both):
    before = sorted(run.rglob("*"))
    token = add("Anna", both).location.split("=")[1]
    assert sorted(run.rglob("*")) == before
    with app.app_context():
        sent = answers.find(token, Sent)
    assert sent.bytes >= len(sent.jpeg) + sum(face.photo.nbytes for face in sent.faces)


def test_adding_needs_the_token_where_there_is_one(app, client, add, stranger, counts):
    app.config["TOKEN"] = "sesame"
    for response in (add("Dora", stranger), client.post("/sent/", data={"photo": (io.BytesIO(stranger), "x")}),
                     client.post("/people/Dora/choose", data={"photo": "x"})):  # fmt: skip
        assert response.status_code == 403
    for address in ("/people/", "/people/Anna/"):
        page = read(client.get(address))
        assert page.all("a", href="/token") and not page.all("form") and page.all("img")
    client.post("/token", data={"token": "sesame"})
    assert add("Dora", stranger).status_code == 303 and counts()["Dora"] == 1
