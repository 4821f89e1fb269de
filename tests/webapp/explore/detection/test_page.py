"""Inside MTCNN: numbers and pictures of each stop against those of the detector."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from pipeline import photos
from pipeline.faces import landmarks
from pipeline.faces.detection import boxes, pyramid
from tests.webapp.reader import read
from webapp.explore.common import colours
from webapp.explore.detection import photo as photos_of
from webapp.explore.detection.cascade import STOPS

ADDRESS = "/explore/detection/"


def sure(p):
    """A confidence as the page writes it."""
    if 0.9995 <= p < 1:
        return f"{p:.6f}" if p < 0.9999995 else "over 0.999999"
    return f"{p:.3f}"


def output(answer, id):
    return re.search(rf'id="{id}"[^>]*>([^<]*)<', answer.get_data(as_text=True))[1].replace("−", "-").replace(",", "")


def picture(client, address):
    return np.asarray(Image.open(io.BytesIO(client.get(address).data)))


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("photo", ["row", "astronaut"])
def test_every_stop_answers_with_all_its_pictures_and_leads_to_the_next(client, name, stop, photo):
    page = read(client.get(f"{ADDRESS}?stop={stop}&photo={name if photo == 'astronaut' else 'row'}"))
    assert page.all("a", **{"aria-current": "step", "id": f"to-{stop}"})
    number = STOPS.index(stop)
    if number + 1 < len(STOPS):
        assert f"stop={STOPS[number + 1]}" in page.all("a", id="after")[0]["href"]
    for one in page.all("image"):
        assert client.get(one["href"]).mimetype == "image/png"


@pytest.mark.parametrize("photo", ["row", "astronaut"])
def test_a_photo_is_read_once_for_all_its_pictures(client, name, photo, monkeypatch):
    read_files, read_file = [], photos_of.read
    monkeypatch.setattr(photos_of, "read", lambda path: read_files.append(path) or read_file(path))
    page = read(client.get(f"{ADDRESS}?photo={name if photo == 'astronaut' else 'row'}"))
    for one in page.all("image"):
        client.get(one["href"])
    assert len(page.all("image")) > 5 and len(read_files) == len(set(read_files)) > 0


def test_the_counts_of_the_cascade_are_those_of_the_stages(client, name, stages):
    *levels, among_all, rnet, onet = stages
    answer = client.get(f"{ADDRESS}?photo={name}")
    expected = {
        "pyramid": sum(np.prod(pyramid.grid(one.level)) for one in levels),
        "pnet": sum(len(one.boxes) for one in levels),
        "suppress": len(among_all.stays),
        "rnet": len(rnet.stays),
        "onet": len(onet.stays),
        "faces": 1,
    }
    assert {stop: int(output(answer, f"count-{stop}")) for stop in STOPS} == expected


def test_the_levels_are_listed_with_their_scales_and_proposals(client, name, stages):
    answer = client.get(f"{ADDRESS}?photo={name}")
    for k, stage in enumerate(stages[:-3]):
        assert float(output(answer, f"scale-{k}")) == pytest.approx(stage.scale, rel=1e-3)
        assert int(output(answer, f"proposals-{k}")) == len(stage.boxes)


def test_a_level_is_shown_as_p_net_is_given_it(client, name, stages):
    shown = picture(client, f"{ADDRESS}level.png?photo={name}&level=2")
    given = np.moveaxis(stages[2].level, 0, -1) * 128 + 127.5
    assert shown.shape == given.shape and np.abs(shown - given).max() <= 0.5001


def test_the_answers_of_p_net_are_drawn_one_pixel_for_each_square(client, name, stages):
    face = landmarks.detector().pnet.answer(stages[3].level[None])["face"][0]
    assert np.array_equal(picture(client, f"{ADDRESS}chances.png?photo={name}&level=3"), colours.indices(face, 1))


def test_one_square_of_p_net_is_shown_with_its_probability_shift_and_box(client, name, stages):
    answers = landmarks.detector().pnet.answer(stages[3].level[None])
    answer = client.get(f"{ADDRESS}?photo={name}&stop=pnet&level=3&row=5&column=9")
    assert float(output(answer, "p")) == pytest.approx(answers["face"][0, 5, 9], rel=1e-3)
    shift = answers["shift"][0, :, 5, 9]
    (box,) = boxes.of_cells(np.array([5]), np.array([9]), shift[None], stages[3].scale)
    for k in range(4):
        assert float(output(answer, f"shift-{k}")) == pytest.approx(shift[k], rel=1e-3)
        assert float(output(answer, f"edge-{k}")) == pytest.approx(box[k], rel=1e-3)


def test_the_edges_are_those_of_the_four_formulas_that_stand_beside_them(client, name, stages):
    answer = client.get(f"{ADDRESS}?photo={name}&stop=pnet&level=3&row=5&column=9")
    i, j, scale = 5, 9, stages[3].scale
    shift = [float(output(answer, f"shift-{k}")) for k in range(4)]
    starts = {"x1": 2 * j + 1, "y1": 2 * i + 1, "x2": 2 * j + 12, "y2": 2 * i + 12}
    text = read(answer).text
    for k, (edge, start) in enumerate(starts.items()):
        letter = "j" if edge[0] == "x" else "i"
        assert f"{edge} = (2 {letter} + {1 if edge[1] == '1' else 12} + 11 shift[{k}]) / scale" in text
        assert float(output(answer, f"edge-{k}")) == pytest.approx((start + 11 * shift[k]) / scale, rel=2e-3)


def test_suppression_is_told_level_by_level_and_box_by_box(client, name, stages):
    *levels, among_all, _, _ = stages
    answer = client.get(f"{ADDRESS}?photo={name}&stop=suppress&box=1")
    assert int(output(answer, "after-levels")) == len(among_all.boxes) == sum(len(one.stays) for one in levels)
    assert int(output(answer, "after-all")) == len(among_all.stays)
    box = among_all.boxes[among_all.stays[1]]
    (home,) = [one for one in levels if (one.boxes[one.stays] == box).all(axis=1).any()]
    mine = home.confidence[(home.boxes == box).all(axis=1)][0]
    gone = np.sum((boxes.overlap(box, home.boxes) > 0.5) & (home.confidence < mine))
    said = output(answer, "removed-1")
    assert f"removes {gone or 'no'} less confident" in said and ("5 with the largest overlap" in said) == (gone > 5)


def test_a_table_that_lists_some_of_the_removed_boxes_says_so(client, name, monkeypatch):
    monkeypatch.setattr("webapp.explore.detection.page.LISTED", 1)
    answers = [client.get(f"{ADDRESS}?photo={name}&stop=suppress&box={k}") for k in range(3)]
    removed = [int(n) for one in answers for n in re.findall(r"It removes (\d+) less", one.get_data(as_text=True))]
    listed = [one.get_data(as_text=True).count("the 1 with the largest overlap are listed") for one in answers]
    assert sum(n > 1 for n in removed) == sum(listed) > 0


def test_p_net_says_what_its_layers_make_of_a_level_and_what_sharing_saves(client, name, stages):
    pnet, level = landmarks.detector().pnet, stages[2].level
    text = output(client.get(f"{ADDRESS}?photo={name}&stop=pnet&level=2"), "sizes")
    shown = [tuple(map(int, part)) for part in re.findall(r": (\d+) × (\d+)", text)]
    x, shapes = level[None], []
    for layer in pnet.trunk.layers:
        before, x = x, layer.forward(x)
        shapes += [x.shape[2:]] if x.shape[2:] != before.shape[2:] else []
    assert shown == shapes and text.startswith("convolution 3: ") and "pooling 2: " in text
    saved = int(output(client.get(f"{ADDRESS}?photo={name}&stop=pnet&level=2"), "times-pixels"))
    assert saved == round(144 * np.prod(shapes[-1]) / np.prod(level.shape[1:])) > 10


def test_the_level_that_fits_best_shows_a_face_with_10_to_14_pixels():
    tall = 24 * pyramid.FACTOR ** np.arange(12)  # of a face that has 24 pixels on the first level
    best = [tall[np.abs(tall * size - 12).argmin()] * size for size in np.linspace(0.5, 20, 5000)]
    assert 9.9 < min(best) < 10.1 and 13.9 < max(best) < 14.1


@pytest.mark.parametrize("stop, number", [("rnet", -2), ("onet", -1)])
def test_the_squares_of_a_network_are_shown_with_its_confidence_and_their_fate(client, name, rgb, stages, stop, number):
    stage, side = stages[number], 24 if stop == "rnet" else 48
    answer = client.get(f"{ADDRESS}?photo={name}&stop={stop}")
    for id, expected in (("asked", stage.boxes), ("sure", stage.sure), ("stays", stage.stays)):
        assert int(output(answer, id)) == len(expected)
    order = boxes.best_first(stage.confidence)
    for k, row in enumerate(order[:20]):
        shown = output(answer, f"sure-{k}")
        assert shown == sure(stage.confidence[row])
    cut = landmarks.detector().crops(rgb, stage.asked[order[:1]], side)[0].transpose(1, 2, 0) * 128 + 127.5
    sheet = picture(client, f"{ADDRESS}squares.png?photo={name}&stop={stop}")
    assert np.abs(sheet[:side] - cut).max() <= 0.5001


def test_the_face_in_the_end_is_the_one_that_the_detector_answers(client, name, rgb):
    (face,) = landmarks.detector().detect_faces(rgb)
    answer = client.get(f"{ADDRESS}?photo={name}&stop=faces")
    x, y, width, height = face["box"]
    shown = re.search(r'id="box-of-1">([^<]*)<', answer.get_data(as_text=True))[1]
    np.testing.assert_allclose(list(map(int, shown.split(", "))), (x, y, x + width, y + height), atol=1)
    text = output(answer, "confidence-1")
    assert text == sure(face["confidence"])


def test_a_larger_smallest_face_has_fewer_levels(client, name, rgb):
    page = read(client.get(f"{ADDRESS}?photo={name}&least=80"))
    assert len(page.all("rect", **{"class": "cell"})) == len(pyramid.scales(*rgb.shape[:2], 80))


def test_a_photo_that_was_sent_is_looked_at_whole(client, rgb):
    part = np.ascontiguousarray(rgb[:300, :400])
    answer = client.post(ADDRESS, data={"photo": (io.BytesIO(photos.png_bytes(part)), "a.png")})
    assert answer.status_code == 303
    page = read(client.get(answer.location))
    assert "your photo, 400 × 300 pixels" in page.text
    query = answer.location.partition("?")[2]
    assert np.array_equal(picture(client, f"{ADDRESS}photo.png?{query}"), part)


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("size", [(30, 30), (200, 200)])
def test_a_photo_without_a_face_says_so_at_every_stop(client, stop, size):
    plain = photos.png_bytes(np.full((*size, 3), 128, np.uint8))
    place = client.post(ADDRESS, data={"photo": (io.BytesIO(plain), "a.png")}).location
    answer = client.get(f"{place}&stop={stop}")
    assert answer.status_code == 200 and output(answer, "count-faces") == "0"
    assert client.get(f"{place}&stop={stop}&least=80").status_code == 200


@pytest.mark.parametrize("query", ["stop=nothing", "least=5", "stop=pnet&level=99", "stop=suppress&box=9999"])
def test_a_state_that_is_not_there_is_refused(client, name, query):
    assert client.get(f"{ADDRESS}?photo={name}&{query}").status_code == 400


@pytest.mark.parametrize("photo", ["sample-0", "gallery-0", "upload-0", "nothing"])
def test_a_photo_that_is_not_there_is_not_found(client, photo):
    assert client.get(f"{ADDRESS}?photo={photo}").status_code == 404
