"""A folder of photos to check, a page for it, and a detector that finds what a test says."""

import re
import threading

import numpy as np
import pytest

from pipeline import photos
from webapp import select


class Detector:
    """Finds `faces` on every photo, once `ready`."""

    def __init__(self):
        self.faces, self.ready, self.asked = [face(20, 10, 40, 50)], threading.Event(), 0
        self.ready.set()

    def detect_faces(self, rgb):
        assert self.ready.wait(30)
        self.asked += 1
        return self.faces


def face(x, y, w, h, confidence=0.99):
    points = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
    return {"box": [x, y, w, h], "confidence": confidence, "keypoints": {name: [x + k, y] for k, name in enumerate(points)}}


@pytest.fixture
def source(tmp_path):
    """Anna with photos 0 to 2 and Зоя with 0 and 1, of noise: none resembles another."""
    rng = np.random.default_rng(7)
    for name in ("Anna/0", "Anna/1", "Anna/2", "Зоя/0", "Зоя/1"):
        photos.write_png(tmp_path / "photos" / f"{name}.png", rng.integers(0, 256, (90, 120, 3), np.uint8))
    return tmp_path / "photos"


@pytest.fixture
def detector():
    return Detector()


@pytest.fixture
def start(source, detector):
    """start() -> a page for the folder; each ends with the test."""
    apps = []

    def make(**config):
        apps.append(select.create_app({"SOURCE": source, "DETECTOR": lambda: detector} | config))
        return apps[-1]

    yield make
    detector.ready.set()
    for app in apps:
        app.extensions["background"].stop()


@pytest.fixture
def app(start):
    return start()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def key(app):
    """key(name) -> what the page calls this photo."""
    return lambda name: next(photo.key for photo in app.extensions["desk"].now().photos if photo.name == name)


@pytest.fixture
def post(app, client):
    """post(address, **fields) -> the answer to a form of the page itself."""
    return lambda address, **fields: client.post(address, data={"token": app.extensions["token"]} | fields)


@pytest.fixture
def done(app):
    """done() waits until everything is read, compared and found."""

    def wait():
        assert app.extensions["background"].wait(30)

    return wait


@pytest.fixture
def shown():
    """shown(answer) -> the name of the one photo that a page shows."""
    return lambda answer: re.search(r"<title>(.*?) · siamese-np", answer.text)[1]
