"""Two photos, or a photo and a known person."""

import io

import pytest

from pipeline import photos
from pipeline.faces import way_in
from pipeline.recognise import recogniser
from pipeline.recognise.gallery import Gallery
from pipeline.recognise.verify import verify, verify_person


@pytest.fixture
def ask(client):
    def send(*contents, **fields):
        data = {"photo": [(io.BytesIO(content), "x.png") for content in contents], **fields}
        return client.post("/api/verify", data=data)

    return send


def face(content):
    return way_in.of_crop(photos.read(content))


def test_two_photos_get_the_object_of_verify(ask, run, known, stranger):
    model = recogniser.load(run, "numpy")
    for first, second, same in ((known, known, True), (known, stranger, False)):
        answer = ask(first, second)
        assert answer.status_code == 200 and answer.json == verify(model, face(first), face(second))
        assert answer.json["same"] is same


def test_a_photo_and_a_known_person_are_compared_as_a_prediction_would(ask, post, run, known, stranger):
    model = recogniser.load(run, "numpy")
    snapshot = Gallery(run / "gallery", model).refresh()
    answer = ask(known, person="ANNA").json
    assert answer == verify_person(model, snapshot, face(known), "Anna") and answer["person"] == "Anna"
    predicted = post("/api/predict", known).json
    assert answer["same"] and answer["distance"] == predicted["distance"] and answer["threshold"] == predicted["threshold"]
    assert not ask(stranger, person="Anna").json["same"]
    assert ask(known, person="Nobody").status_code == 404


def test_too_few_or_too_many_photos_are_refused(ask, known):
    assert ask(known).status_code == 422 and ask(known, known, known).status_code == 422
    assert ask(known, known, person="Anna").status_code == 422 and ask().status_code == 400
    assert ask(known, known, face=["1", "1", "1"]).status_code == 422


def test_a_person_of_an_empty_gallery_has_the_problem_of_that(ask, run, known):
    (run / "gallery").rename(run / "away")
    answer = ask(known, person="Anna")
    assert answer.status_code == 409 and answer.json["type"] == "/api/#empty-gallery"
    assert ask(known, known).status_code == 200
