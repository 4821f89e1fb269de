"""What is kept of a photo that was asked about."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.faces import way_in
from pipeline.faces.way_in import of_crop
from webapp.who import asked


@pytest.fixture
def now(app):
    return app.extensions["serving"].now()


@pytest.fixture
def shows(monkeypatch):
    """shows((box, confidence), ...): what every photo shows."""

    def look_for(*faces):
        def look(picture):
            return tuple(
                replace(of_crop(picture), box=box, region=box, confidence=sure, whole=False) for box, sure in faces
            )

        monkeypatch.setattr(way_in, "look", look)

    return look_for


def ask(now, photo):
    return asked.ask(now.recogniser, now.gallery(), photo, "mean")


def test_the_clearest_face_is_large_and_the_detector_is_sure_of_it(now, shows):
    photo = np.random.default_rng(0).integers(0, 256, (400, 600, 3), np.uint8)
    shows(((10.0, 10.0, 100.0, 120.0), 0.82), ((300.0, 50.0, 90.0, 90.0), 0.99))
    assert ask(now, photo).clearest == 2
    shows(((10.0, 10.0, 100.0, 120.0), 0.95), ((300.0, 50.0, 90.0, 90.0), 0.99))
    assert ask(now, photo).clearest == 1


def test_a_large_photo_is_kept_small_and_its_boxes_stay_at_their_place(now, shows):
    shows(((1000.0, 500.0, 500.0, 600.0), 0.99), ((-20.0, 1900.0, 100.0, 200.0), 0.99))
    found = ask(now, np.zeros((2000, 4000, 3), np.uint8))
    assert found.photo.shape == (640, 1280, 3)
    assert found.place(1) == pytest.approx((25, 25, 12.5, 30))
    assert found.place(2) == pytest.approx((0, 95, 2, 5))  # of a box that reaches out of the photo, what is inside
    assert found.size < 20_000_000  # the photo as it was sent, 24 MB, is let go
    assert all(max(face.photo.shape) <= 512 for face in found.faces)


def test_each_view_is_what_the_network_was_shown(now, known, monkeypatch):
    from pipeline import photos

    shown, embed = [], type(now.recogniser).embed_views
    monkeypatch.setattr(type(now.recogniser), "embed_views", lambda self, views: shown.extend(views) or embed(self, views))
    found = ask(now, photos.read(known))
    assert len(found.views) == len(shown) == 1
    assert all((a == b).all() for a, b in zip(found.views[0], shown[0], strict=True))


def test_a_dark_photo_without_a_face_is_told_to_be_dark(now, real_look):
    with pytest.raises(way_in.NoFace, match="no face found.*The photo is dark"):
        ask(now, np.random.default_rng(0).integers(0, 20, (300, 300, 3), np.uint8))
