"""Photos to send to the page of people, and a look at who is known."""

import io

import numpy as np
import pytest

from pipeline import photos
from pipeline.faces import way_in


@pytest.fixture
def add(client):
    """add(name, contents) -> the answer to the form with photos of a person, not followed."""

    def send(name, *contents):
        data = {"name": name, "photo": [(io.BytesIO(content), f"{k}.png") for k, content in enumerate(contents)]}
        return client.post("/people/", data=data)

    return send


@pytest.fixture
def counts(client):
    """counts() -> name -> number of photos."""
    return lambda: {one["name"]: len(one["photos"]) for one in client.get("/api/people").json["people"]}


@pytest.fixture
def key_of(client):
    """key_of(name) -> the key of the first photo of a person."""

    def find(name):
        people = client.get("/api/people").json["people"]
        return next(one for one in people if one["name"] == name)["photos"][0]["key"]

    return find


@pytest.fixture
def both(run, monkeypatch) -> bytes:
    """A photo with a face of Dora on the left and one of Anna on the right; every photo as wide shows two faces."""
    look = way_in.look

    def two_faces(picture):
        half = picture.shape[1] // 2
        if picture.shape[1] < picture.shape[0]:
            return look(picture)
        return tuple(way_in.of_crop(np.ascontiguousarray(part)) for part in (picture[:, :half], picture[:, half:]))

    monkeypatch.setattr(way_in, "look", two_faces)
    faces = [photos.read(run / "samples" / path) for path in ("strangers/Dora/0.png", "known/Anna/4.png")]
    return photos.png_bytes(np.concatenate(faces, axis=1))
