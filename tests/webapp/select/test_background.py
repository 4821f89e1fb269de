"""Faces are found while the page is used; the page waits for none of it, and does without."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from pipeline import photos
from pipeline.common.errors import JobError
from webapp.select.found import Faces, find
from webapp.select.overlay import NEVER, PENDING, draw

from .conftest import face

SVG = "{http://www.w3.org/2000/svg}"


def drawing(client, key):
    answer = client.get(f"/faces/{key}.svg")
    assert answer.status_code == 200 and answer.mimetype == "image/svg+xml"
    return ElementTree.fromstring(answer.text)


def test_the_page_waits_for_no_face(client, detector, key, done):
    detector.ready.clear()
    page = client.get("/")
    assert page.status_code == 200 and "Looking for faces" in page.text
    assert drawing(client, key("Anna/0.png")).get("width") == str(PENDING)
    detector.ready.set()
    done()
    assert "1 face found" in client.get("/").text
    svg = drawing(client, key("Anna/0.png"))
    assert svg.get("viewBox") == "0 0 120 90"
    boxes = [tuple(float(box.get(name)) for name in ("x", "y", "width", "height")) for box in svg.iter(f"{SVG}rect")]
    assert set(boxes) == {(20, 10, 40, 50)}


def test_faces_are_looked_for_on_this_photo_and_the_next_ones_only(client, detector, done, monkeypatch):
    monkeypatch.setattr("webapp.select.page.AHEAD", 1)
    client.get("/grid")
    done()
    assert detector.asked == 0
    client.get("/")
    done()
    assert detector.asked == 2
    client.get("/")
    done()
    assert detector.asked == 2  # and once


@pytest.mark.parametrize(("faces", "words"), [
    ([], "no face found"),
    ([face(5, 5, 20, 20)], "the face has 20 x 20 pixels"),
    ([face(5, 5, 40, 40, 0.6)], "no face with a confidence of 0.80 or more: the best has 0.60"),
])  # fmt: skip
def test_what_extraction_will_leave_out_is_told_with_the_reason(client, detector, key, done, faces, words):
    detector.faces = faces
    client.get("/")
    done()
    page = client.get("/")
    assert "Extraction will leave it out:" in page.text and words in page.text
    assert words in "".join(drawing(client, key("Anna/0.png")).itertext())


def test_the_face_that_will_be_cut_out_is_drawn_unlike_the_others(client, detector, key, done):
    detector.faces = [face(5, 5, 25, 25, 0.999), face(40, 5, 60, 60, 0.97)]
    client.get("/")
    done()
    assert "Extraction will take the one in colour" in client.get("/").text
    dashed = {box.get("x"): bool(box.get("stroke-dasharray")) for box in drawing(client, key("Anna/0.png")).iter(f"{SVG}rect")}
    assert dashed == {"5.0": True, "40.0": False}


def test_faces_are_numbered_from_left_to_right_and_so_is_their_drawing(detector, client, key, done):
    detector.faces = [face(70, 20, 30, 40), face(10, 20, 30, 40, 0.97)]
    client.get("/")
    done()
    assert find(np.zeros((90, 120, 3), np.uint8), detector.detect_faces).boxes == ((10, 20, 30, 40), (70, 20, 30, 40))
    page = client.get("/")
    assert page.text.count('name="face" value=') == 2 and "Click on a face" in page.text
    texts = [text.text for text in drawing(client, key("Anna/0.png")).iter(f"{SVG}text")]
    assert texts == ["1 (0.97)", "2 (0.99)"]


def test_a_doubtful_face_can_be_chosen_too(detector, client, done):
    detector.faces = [face(50, 30, 25, 25, 0.81)]
    client.get("/")
    done()
    assert "1 face found." in client.get("/").text  # it is large
    seen = find(np.zeros((900, 1000, 3), np.uint8), detector.detect_faces)
    assert seen.chosen is None and seen.boxes == ((50, 30, 25, 25),) and seen.reason == ""


def test_the_smallest_face_around_a_place_is_meant():
    seen = Faces((100, 200), ((0.0, 0.0, 100.0, 100.0), (20.0, 20.0, 30.0, 30.0)), (0.99, 0.99), None, "")
    assert [seen.at(x, y) for x, y in ((0.15, 0.3), (0.4, 0.8), (0.7, 0.5), (float("nan"), 0.5))] == [1, 0, None, None]


def test_a_face_is_found_again_by_its_box_and_not_by_another_one():
    seen = Faces((100, 200), ((0.0, 0.0, 50.0, 50.0), (100.0, 20.0, 30.0, 30.0)), (0.99, 0.99), None, "")
    assert [seen.position(box) for box in ((101, 22, 30, 30), (60, 60, 30, 30), None)] == [1, None, None]


def test_without_the_weights_the_page_says_so_and_works(start, source):
    def missing():
        raise JobError("finding faces needs the weights of the package mtcnn: pip install mtcnn==1.0.0 joblib")

    app = start(DETECTOR=missing)
    client = app.test_client()
    assert client.get("/").status_code == 200
    assert app.extensions["background"].wait(30)
    page = client.get("/")
    assert page.status_code == 200 and "pip install mtcnn==1.0.0" in page.text and 'class="boxes"' not in page.text
    key = app.extensions["desk"].now().photos[0].key
    assert drawing(client, key).get("width") == str(NEVER)
    assert client.get(f"/photos/large/{key}.jpg").status_code == 200


def test_a_detector_that_fails_on_one_photo_is_told_and_goes_on(client, detector, done, caplog):
    detector.faces = None
    client.get("/")
    done()
    assert "finding faces failed" in client.get("/").text
    assert "finding faces failed" in caplog.text


def test_a_photo_with_a_new_name_keeps_its_faces(client, source, detector, key, done):
    client.get("/")
    done()
    asked = detector.asked
    (source / "Anna/0.png").rename(source / "Anna/00.png")
    assert "1 face found" in client.get(f"/?photo={key('Anna/00.png')}").text
    done()
    assert detector.asked - asked <= 1  # of the photo that is ahead now


def test_photos_that_are_moved_before_they_are_read_are_read_where_they_are_then(client, source, detector, done):
    detector.ready.clear()  # the thread stays at the first photo
    client.get("/")
    (source / "Anna/2.png").rename(source / "Anna/3.png")
    swapped = source / "Зоя/swapped.png"
    for old, new in (("Зоя/0.png", swapped), ("Зоя/1.png", source / "Зоя/0.png"), (swapped, source / "Зоя/1.png")):
        (source / old).rename(new)
    detector.ready.set()
    done()
    client.get("/grid")
    done()
    page = client.get("/grid").text
    assert "Left out anyway" not in page and "Still reading" not in page and "alike" not in page


def test_what_is_left_to_read_is_told(client, app, detector, done):
    detector.ready.clear()
    assert "Still reading and comparing" in client.get("/").text
    detector.ready.set()
    done()
    assert "Still reading" not in client.get("/").text


def test_faces_of_a_photo_in_another_shape_stay_on_it():
    svg = ElementTree.fromstring(draw(Faces((3000, 2), ((-1.0, -1.0, 3.0, 3002.0),), (0.5,), None, "<b> & so on")))
    assert svg.get("viewBox") == "0 0 2 3000" and "<b> & so on" in "".join(svg.itertext())


def test_many_photos_are_compared_in_blocks(client, source, key, done, monkeypatch):
    monkeypatch.setattr("webapp.select.background.TOGETHER", 2)
    slope = np.arange(90 * 120, dtype=np.uint32).reshape(90, 120)
    for number in (10, 11, 12):
        photos.write_png(source / f"Зоя/{number}.png", (slope // 43).astype(np.uint8) // number * number)
    client.get("/")
    done()
    for number in (10, 11, 12):
        page = client.get(f"/?photo={key(f'Зоя/{number}.png')}").text
        assert page.count("nearly the same") == 2
