"""From photos to one face each, with a detector that sees what the test wants; every photo is accounted for."""

import csv
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import photos
from pipeline.common.errors import JobError
from pipeline.faces import extract as stages
from pipeline.faces.align import POINTS, template
from pipeline.faces.choosing import NoFace, choose, clipped, crop, cut, grown
from pipeline.faces.extract import SHEET, TABLE, Options, extract, main, run
from pipeline.faces.gray import gray_folder
from pipeline.faces.table import BOX
from pipeline.photos import folder

SMALL = Options(size=(40, 32))


def face(box, confidence=0.99):
    x, y, w, h = box
    points = template((h, w)) + (x, y)
    return {"box": list(box), "confidence": confidence, "keypoints": dict(zip(POINTS, points.tolist()))}


def photo(shade, height=100, width=120):
    """Its shade tells the detector below what to see."""
    return np.full((height, width, 3), shade, np.uint8)


def detect(rgb):
    shade = int(rgb[0, 0, 0])
    one = face((30, 20, 40, 50))
    return {10: [one], 20: [], 30: [one, face((70, 20, 40, 48))], 40: [face((30, 20, 12, 15))],
            50: [face((30, 20, 40, 50), 0.9)], 60: [one, face((80, 20, 20, 20))]}[shade]  # fmt: skip


@pytest.fixture
def raw(tmp_path):
    root = tmp_path / "raw"
    for name, shade in (("Ann/1.jpg", 10), ("Ann/2.png", 60), ("Ann/none.png", 20), ("Bob/two.png", 30),
                        ("Bob/far.png", 40), ("Bob/doubt.png", 50), ("Bob/1.png", 10)):  # fmt: skip
        photos.write_png(root / name, photo(shade))
    (root / "Bob/cut.png").write_bytes((root / "Bob/1.png").read_bytes()[:60])
    photos.write_png(root / "Bob/tiny.png", photo(10, 20, 400))
    return root


def statuses(report):
    return {row["photo"]: row["status"] for row in report.rows}


@pytest.mark.parametrize(
    ("box", "expected"),
    [((-20, -10, 80, 90), (0, 0, 60, 80)), ((90, 90, 50, 50), (90, 90, 10, 10)), ((120, 0, 10, 10), None),
     ((0, -30, 10, 30), None), ((-5, -5, 500, 500), (0, 0, 100, 100))],
)  # fmt: skip
def test_a_box_is_clipped_on_all_sides(box, expected):
    assert clipped(box, (100, 100)) == expected


def test_the_largest_confident_face_is_chosen_and_doubt_is_named():
    small, large = face((0, 0, 30, 30)), face((40, 0, 60, 60), 0.96)
    assert choose([small, large, face((0, 0, 99, 99), 0.94)], (100, 100))["box"] == (40, 0, 60, 60)
    for faces, status in (([], "none"), ([face((120, 0, 50, 50))], "none"), ([face((0, 0, 50, 50), 0.94)], "none"),
                          ([large, face((0, 40, 50, 50))], "several"), ([face((0, 0, 23, 50))], "too small")):  # fmt: skip
        with pytest.raises(NoFace) as caught:
            choose(faces, (100, 100))
        assert caught.value.status == status


@pytest.mark.parametrize("box", [(10, 10, 40, 50), (0, 0, 60, 20), (70, 90, 30, 10), (0, 0, 100, 100)])
@pytest.mark.parametrize("size", [(40, 32), (30, 60), (50, 50)])
def test_a_box_only_grows_and_takes_the_shape_of_the_crop(box, size):
    x, y, w, h = grown(box, 0.1, size, (100, 100))
    assert np.isclose(w / h, size[1] / size[0])
    assert w >= 1.2 * box[2] - 1e-9 and h >= 1.2 * box[3] - 1e-9
    assert x <= box[0] and y <= box[1] and x + w >= box[0] + box[2] and y + h >= box[1] + box[3]
    if w <= 100:
        assert x >= 0 and x + w <= 100 + 1e-9


def test_nothing_is_stretched_and_beyond_the_photo_the_edge_goes_on():
    y, x = np.mgrid[0:200, 0:200]
    disc = np.where((x - 60) ** 2 + (y - 100) ** 2 < 40**2, 255, 50).astype(np.uint8)
    rgb = np.stack([disc] * 3, axis=2)
    out = cut(rgb, grown((20, 60, 80, 80), 0.2, (60, 90), rgb.shape), (60, 90))[..., 0] > 150
    assert out.shape == (60, 90) and abs(int(out.any(0).sum()) - int(out.any(1).sum())) <= 1
    beyond = cut(rgb, (-100, -50, 400, 300), (30, 40))
    assert (beyond[0] == 50).all() and beyond.max() > 200


@pytest.mark.parametrize("upright", [False, True])
def test_landmarks_are_in_pixels_of_the_crop(upright):
    rgb = np.full((300, 300, 3), 200, np.uint8)
    one = face((100, 80, 90, 110))
    for x, y in one["keypoints"].values():
        rgb[int(y) - 4 : int(y) + 5, int(x) - 4 : int(x) + 5] = 0
    picture, points = crop(rgb, one, (80, 66), 0.15, upright)
    assert picture.shape == (80, 66, 3)
    assert all(picture[int(y), int(x), 0] < 60 for x, y in points)
    if upright:
        assert np.allclose(points, template((80, 66), 1 / 1.3), atol=2)


def test_each_photo_gets_its_status_and_each_found_face_its_crop(raw, tmp_path):
    report = extract(raw, tmp_path / "faces", detect, SMALL)
    assert statuses(report) == {
        "Ann/1.jpg": "found", "Ann/2.png": "found", "Ann/none.png": "none", "Bob/1.png": "found",
        "Bob/cut.png": "unreadable", "Bob/doubt.png": "none", "Bob/far.png": "too small", "Bob/tiny.png": "too small",
        "Bob/two.png": "several"}  # fmt: skip
    crops = {path.relative_to(tmp_path / "faces").as_posix() for path in (tmp_path / "faces").glob("*/*")}
    assert crops == {"Ann/1.jpg.png", "Ann/2.png", "Bob/1.png"}
    assert photos.read(tmp_path / "faces/Ann/1.jpg.png").shape == (40, 32, 3)
    with (tmp_path / "faces" / TABLE).open(newline="") as file:
        rows = {row["photo"]: row for row in csv.DictReader(file)}
    assert float(rows["Ann/1.jpg"]["width"]) == 40 and float(rows["Ann/1.jpg"]["confidence"]) == 0.99
    assert 0 < float(rows["Ann/1.jpg"]["left_eye_x"]) < float(rows["Ann/1.jpg"]["right_eye_x"]) < 32
    assert photos.read(tmp_path / "faces" / SHEET).size
    assert any("two.png: 2 faces of nearly equal size" in line for line in report.lines())


def test_faces_are_looked_for_at_1024_pixels_and_cut_from_the_whole_photo(tmp_path):
    rgb = np.full((1500, 2048, 3), 255, np.uint8)
    rgb[400:900, 600:1000] = 10
    photos.write_png(tmp_path / "raw/Ann/1.png", rgb)
    seen = []

    def found(small):
        seen.append(small.shape)
        return [face((300, 200, 200, 250))]

    extract(tmp_path / "raw", tmp_path / "faces", found, Options(size=(250, 200), margin=0))
    assert seen == [(750, 1024, 3)]
    assert photos.read(tmp_path / "faces/Ann/1.png").max() <= 60, "the dark square fills the crop"


def test_a_second_run_does_only_what_has_changed(raw, tmp_path):
    target, asked = tmp_path / "faces", []

    def asking(rgb):
        asked.append(int(rgb[0, 0, 0]))
        return detect(rgb)

    assert extract(raw, target, asking, SMALL).done == 9
    asked.clear()
    assert extract(raw, target, asking, SMALL).done == 0 and asked == []
    photos.write_png(raw / "Ann/2.png", photo(20))
    (target / "Bob/1.png").unlink()
    report = extract(raw, target, asking, SMALL)
    assert sorted(asked) == [10, 20] and report.done == 2
    assert not (target / "Ann/2.png").exists(), "no face any more: no crop any more"
    assert extract(raw, target, asking, Options(size=(40, 32), margin=0.3)).done == 9


def test_a_run_that_is_stopped_goes_on(raw, tmp_path):
    def stopping(rgb):
        if rgb[0, 0, 0] == 30:
            raise KeyboardInterrupt
        return detect(rgb)

    with pytest.raises(KeyboardInterrupt):
        extract(raw, tmp_path / "faces", stopping, SMALL)
    assert extract(raw, tmp_path / "faces", detect, SMALL).done < 9


@pytest.mark.skipif(os.name == "nt", reason="every name is text on Windows")
def test_a_photo_whose_name_is_no_text_is_extracted_once(raw, tmp_path):
    (raw / "Bob/1.png").rename(raw / "Bob" / os.fsdecode(b"1\xff.png"))
    for done in (9, 0):
        report = extract(raw, tmp_path / "faces", detect, SMALL)
        assert statuses(report)["Bob/1\udcff.png"] == "found" and report.done == done


def test_rejected_photos_are_left_out_and_their_crops_go(raw, tmp_path):
    extract(raw, tmp_path / "faces", detect, SMALL)
    report = extract(raw, tmp_path / "faces", detect, SMALL, lambda name: name != "Ann/1.jpg")
    assert statuses(report)["Ann/1.jpg"] == "rejected" and not (tmp_path / "faces/Ann/1.jpg.png").exists()


def test_without_any_face_the_job_fails_with_names(tmp_path):
    photos.write_png(tmp_path / "raw/Ann/none.png", photo(20))
    with pytest.raises(JobError, match=r"gives a face:\s+Ann/none\.png: none, no face found"):
        extract(tmp_path / "raw", tmp_path / "faces", detect, SMALL)


def test_faces_that_are_cropped_already_only_take_their_size(raw, tmp_path):
    result = CliRunner().invoke(main, [str(raw), str(tmp_path / "faces"), "--cropped", "--size", "40x32", "--json"])
    figures = json.loads(result.stdout)
    assert result.exit_code == 0 and (figures["found"], figures["unreadable"], figures["too small"]) == (7, 1, 1)


def test_gray_goes_on_from_there_and_the_reports_are_nobody(raw, tmp_path):
    extract(raw, tmp_path / "faces", detect, SMALL)
    assert folder.scan(tmp_path / "faces").skipped == ()
    report = gray_folder(tmp_path / "faces", tmp_path / "gray")
    assert report.people == 2 and len(report.written) == 3


def test_a_target_within_the_source_is_refused(raw):
    with pytest.raises(JobError, match="lies within"):
        extract(raw, raw / "faces", detect, SMALL)
    assert os.listdir(raw) and not (raw / "faces").exists()


def test_a_photo_that_vanishes_does_not_end_the_run(raw, tmp_path, monkeypatch):
    real = stages._stamp

    def vanishing(path):
        if path.name == "2.png":
            raise FileNotFoundError(2, "No such file or directory")
        return real(path)

    monkeypatch.setattr(stages, "_stamp", vanishing)
    report = extract(raw, tmp_path / "faces", detect, SMALL)
    assert statuses(report)["Ann/2.png"] == "unreadable" and statuses(report)["Bob/1.png"] == "found"


def test_the_shared_photos_give_the_faces_that_the_package_found(tmp_path):
    shared = Path(os.environ.get("SIAMESE_NP_PHOTOS", "photos"))
    stored = shared.with_name("photos_mtcnn.json")
    if not stored.is_file():
        pytest.skip("SIAMESE_NP_PHOTOS is to name a folder of photos, with photos_mtcnn.json beside it")
    people = tmp_path / "some"
    wanted = {}
    for entry in json.loads(stored.read_text())["photos"][::8]:
        target = people / entry["photo"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shared / entry["photo"], target)
        enlarged = max(max(entry["size"]) / entry["long_side"], 1)
        try:
            wanted[entry["photo"]] = np.array(choose(entry["faces"], entry["size"][::-1])["box"]) * enlarged
        except NoFace as error:
            wanted[entry["photo"]] = error.status
    for row in run(people, tmp_path / "faces", Options()).rows:
        expected = wanted[row["photo"]]
        if row["status"] == "found":
            assert np.allclose([float(row[name]) for name in BOX], expected, atol=2)
        else:
            assert row["status"] == expected
