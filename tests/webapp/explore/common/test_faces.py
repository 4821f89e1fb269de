"""Faces by their names in the address, as the network sees them."""

import io
import shutil

import numpy as np
import pytest

from pipeline import photos
from pipeline.faces import way_in
from tests.webapp.reader import read
from webapp import create_app
from webapp.common import serving
from webapp.explore.common import faces


@pytest.fixture
def at(app):
    """at(query) opens a request of a page with this query."""
    return lambda query="": app.test_request_context(f"/explore/microscope/?{query}")


def test_the_first_pair_shows_one_person_twice(at):
    with at():
        a, b = faces.pair()
        assert a.person == b.person and a.name != b.name and faces.same_person(a, b)


def test_a_face_of_the_address_is_what_the_recogniser_sees(at, made_run):
    with at():
        sample = serving.now().samples.known[0]
        recogniser = serving.now().recogniser
        face = faces.find(f"sample-{sample.key}")
        x = faces.inputs(recogniser, 0, face, face)
        found = way_in.one(way_in.look(photos.read(sample.path)), "largest")
        z = recogniser.embed_faces([found])
        assert x.shape == (2, 1, *face.views[0].shape)
        assert np.allclose(faces.network(recogniser, 0).forward(x)[0], z[0], atol=1e-6)


def test_whether_two_faces_show_one_person_can_be_said_otherwise(at):
    with at("same=0"):
        assert not faces.same_person(*faces.pair())


@pytest.mark.parametrize("name", ["sample-0", "gallery-0", "upload-0", "other-0", "..%2Fmodel"])
def test_a_name_without_a_face_is_not_found(client, name):
    assert client.get(f"/explore/microscope/?a={name}").status_code == 404


def test_a_network_that_is_not_there_is_refused(client):
    assert client.get("/explore/microscope/?member=2").status_code == 400


def test_an_upload_gets_a_name_and_all_else_of_the_address_stays(client, known):
    answer = client.post("/explore/faces/?page=microscope&slot=b&step=3", data={"photo": (io.BytesIO(known), "a.png")})
    assert answer.status_code == 303
    assert (
        answer.location.startswith("/explore/microscope/?")
        and "step=3" in answer.location
        and "b=upload-" in answer.location
    )
    assert client.get(answer.location).status_code == 200


@pytest.mark.parametrize("query", ["page=nothing&slot=a", "page=microscope&slot=c", ""])
def test_an_upload_for_no_page_is_refused(client, known, query):
    assert client.post(f"/explore/faces/?{query}", data={"photo": (io.BytesIO(known), "a.png")}).status_code == 400


def test_what_a_network_sees_is_a_picture(client, app):
    with app.test_request_context("/"):
        name = faces.first_names()[0]
    assert client.get(f"/explore/faces/{name}/1.png").mimetype == "image/png"
    assert client.get(f"/explore/faces/{name}.png").mimetype == "image/png"
    assert client.get(f"/explore/faces/{name}/2.png").status_code == 404


def test_without_any_face_photos_are_asked_for_one_after_the_other(run, known):
    shutil.rmtree(run / "gallery")
    shutil.rmtree(run / "samples")
    client = create_app({"RUN": run, "KERNELS": "numpy"}).test_client()
    address = "/explore/microscope/"
    for slot in ("a", "b"):
        answer = client.get(address)
        (form,) = read(answer).all("form")
        assert answer.status_code == 404 and f"slot={slot}" in form["action"]
        address = client.post(form["action"], data={"photo": (io.BytesIO(known), "a.png")}).location
    assert client.get(address).status_code == 200
