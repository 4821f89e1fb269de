"""From photos to one face each, with a detector that sees what the test wants; every photo is accounted for."""

import csv
import json
import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import photos
from pipeline.common import parallel
from pipeline.common.errors import JobError
from pipeline.datasets import orl
from pipeline.faces import choosing, table
from pipeline.faces import extract as stages
from pipeline.faces.align import POINTS, template
from pipeline.faces.choosing import NoFace, candidates, choose, clipped, crop, cut, grown, is_certain
from pipeline.faces.extract import SHEET, TABLE, Options, extract, main, run
from pipeline.faces.gray import gray_folder
from pipeline.faces.table import BOX
from pipeline.photos import folder, selection
from pipeline.photos.selection import Selection

SMALL = Options(size=(40, 32))


def face(box, confidence=0.99):
    x, y, w, h = box
    points = template((h, w)) + (x, y)
    return {"box": list(box), "confidence": confidence, "keypoints": dict(zip(POINTS, points.tolist()))}


FACES = orl.load().images[:, 0]


def photo(shade, height=100, width=120):
    """A photo of that shade, which tells the detector below what to see, with two people where it sees faces.

    On the photo of two faces the left person is another one, so that neither is like the faces of other photos.
    """
    rgb = np.full((height, width, 3), shade, np.uint8)
    if (height, width) == (100, 120):
        for x, person in ((30, 15 if shade == 30 else 38), (70, 17)):
            small = photos.shrunk(photos.as_picture(FACES[10 * person]), 50)[:, :40]
            rgb[20 : 20 + small.shape[0], x : x + small.shape[1]] = small
    return rgb


def detect(rgb):
    one = face((30, 20, 40, 50))
    seen = {10: [one], 20: [], 30: [one, face((70, 20, 40, 48))], 40: [face((30, 20, 12, 15))],
            50: [face((30, 20, 40, 50), 0.79)], 60: [one, face((80, 20, 20, 20))]}  # fmt: skip
    return seen[min(seen, key=lambda shade: abs(shade - int(rgb[2, 2, 0])))]


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


def chosen(faces, shape=(100, 100)):
    return choose(candidates(faces, shape), shape)


def test_of_the_likely_faces_the_largest_is_chosen_and_doubt_is_named():
    small, large = face((0, 0, 30, 30)), face((30, 0, 60, 60), 0.96)
    assert chosen([small, large])[0]["box"] == (30, 0, 60, 60) and chosen([small, large])[1] == choosing.MAIN
    assert chosen([large])[1] == choosing.ONLY and is_certain(candidates([large], (100, 100)))
    for faces, status in (([], "none"), ([face((120, 0, 50, 50))], "none"), ([face((0, 0, 50, 50), 0.79)], "none"),
                          ([large, face((0, 40, 50, 50))], "several"), ([face((0, 0, 23, 50))], "too small")):  # fmt: skip
        with pytest.raises(NoFace) as caught:
            chosen(faces)
        assert caught.value.status == status


def test_a_face_below_the_threshold_of_certainty_is_doubtful_and_not_lost():
    lone = face((20, 20, 50, 50), 0.9496)
    assert not is_certain(candidates([lone], (100, 100))) and chosen([lone]) == (lone | {"box": (20, 20, 50, 50)}, choosing.ONLY)
    with pytest.raises(NoFace, match="confidence of 0.9496, below 0.9500, and is small"):
        chosen([lone], (2000, 2000))


def test_a_reason_never_names_the_same_number_twice():
    with pytest.raises(NoFace, match="0.8000 or more: the best has 0.7996"):
        candidates([face((0, 0, 50, 50), 0.7996)], (100, 100))


def test_a_face_too_small_to_be_cut_out_is_no_rival():
    assert is_certain(candidates([face((20, 20, 50, 50)), face((80, 20, 20, 20))], (100, 100)))


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
    assert float(rows["Ann/1.jpg"]["width"]) == 40 and rows["Ann/1.jpg"]["confidence"] == "0.99"
    assert rows["Ann/1.jpg"]["rule"] == "only face" and rows["Bob/two.png"]["rule"] == ""
    assert 0 < float(rows["Ann/1.jpg"]["left_eye_x"]) < float(rows["Ann/1.jpg"]["right_eye_x"]) < 32
    assert photos.read(tmp_path / "faces" / SHEET).size
    assert any("two.png: 2 faces, and it can't be told" in line for line in report.lines())


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


@pytest.fixture
def asking():
    """A detector, and the shades of the photos that it was shown."""
    asked = set()

    def ask(rgb):
        asked.add(round(int(rgb[2, 2, 0]), -1))
        return detect(rgb)

    return ask, asked


def test_a_second_run_does_only_what_has_changed(raw, tmp_path, asking):
    target, (ask, asked) = tmp_path / "faces", asking
    assert extract(raw, target, ask, SMALL).done == 9
    asked.clear()
    assert extract(raw, target, ask, SMALL).done == 0 and asked == set()
    photos.write_png(raw / "Ann/2.png", photo(20))
    (target / "Bob/1.png").unlink()
    report = extract(raw, target, ask, SMALL)
    assert asked == {10, 20} and report.done == 2
    assert not (target / "Ann/2.png").exists(), "no face any more: no crop any more"
    assert extract(raw, target, ask, Options(size=(40, 32), margin=0.3)).done == 9


def test_doubtful_photos_are_looked_at_again_when_their_folder_changes_and_no_others(raw, tmp_path, asking):
    target, (ask, asked) = tmp_path / "faces", asking
    extract(raw, target, ask, SMALL)
    asked.clear()
    photos.write_png(raw / "Ann/3.png", photo(10))
    assert extract(raw, target, ask, SMALL).done == 1 and asked == {10}
    asked.clear()
    photos.write_png(raw / "Bob/3.png", photo(10))
    assert extract(raw, target, ask, SMALL).done == 2 and asked == {10, 30}


def test_a_run_that_is_stopped_goes_on(raw, tmp_path):
    def stopping(rgb):
        if rgb[2, 2, 0] == 30:
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
    report = extract(raw, tmp_path / "faces", detect, SMALL, Selection({"Ann/1.jpg": False}))
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
    scanned = folder.scan(raw)
    (raw / "Ann/2.png").unlink()
    monkeypatch.setattr(stages.folder, "scan", lambda _: scanned)
    report = extract(raw, tmp_path / "faces", detect, SMALL)
    assert statuses(report)["Ann/2.png"] == "unreadable" and statuses(report)["Bob/1.png"] == "found"


def test_a_run_that_ends_in_the_middle_leaves_no_thread_behind(raw, tmp_path, monkeypatch):
    def broken(*arguments):
        raise MemoryError

    monkeypatch.setattr(stages.rest_of_folder, "decide", broken)
    for n in range(20):
        photos.write_png(raw / f"Zoe/{n}.png", photo(10))
    with pytest.raises(MemoryError) as kept:  # its traceback keeps every frame of the run alive
        extract(raw, tmp_path / "faces", detect, SMALL)
    assert kept.tb and not [one for one in threading.enumerate() if one.name.startswith(parallel.THREADS)]


def test_of_two_faces_the_one_is_taken_that_is_on_the_other_photos_of_the_folder(raw, tmp_path):
    for side, left in (("left", 30.0), ("right", 70.0)):
        certain = photo(30) if side == "left" else np.ascontiguousarray(np.roll(photo(30), -40, axis=1))
        certain[:10, :10] = 10
        photos.write_png(raw / f"{side}/certain.png", certain)
        photos.write_png(raw / f"{side}/two.png", photo(30))
        row = {row["photo"]: row for row in extract(raw, tmp_path / "faces", detect, SMALL).rows}[f"{side}/two.png"]
        assert (row["rule"], float(row["x"])) == ("most like the folder", left)


def test_a_chosen_face_is_taken_and_taken_anew_when_another_one_is_chosen(raw, tmp_path, asking):
    target, (ask, asked) = tmp_path / "faces", asking
    for box in ((30.0, 20.0, 40.0, 50.0), (68.0, 21.0, 40.0, 48.0)):
        decided = Selection({"Bob/two.png": True}, faces={"Bob/two.png": box})
        report = extract(raw, target, ask, SMALL, decided)
        row = next(row for row in report.rows if row["photo"] == "Bob/two.png")
        assert (row["status"], row["rule"]) == ("found", "chosen by you") and abs(float(row["x"]) - box[0]) <= 2
        assert (target / "Bob/two.png").exists()
        asked.clear()
        assert extract(raw, target, ask, SMALL, decided).done == 0 and asked == set()
    assert statuses(extract(raw, target, ask, SMALL))["Bob/two.png"] == "several"
    assert not (target / "Bob/two.png").exists()


def test_a_chosen_face_that_is_found_no_more_is_told(raw, tmp_path):
    decided = Selection({"Bob/two.png": True}, faces={"Bob/two.png": (0.0, 60.0, 30.0, 30.0)})
    report = extract(raw, tmp_path / "faces", detect, SMALL, decided)
    row = next(row for row in report.rows if row["photo"] == "Bob/two.png")
    assert row["status"] == "none" and "choose again" in row["reason"]


def test_the_command_takes_the_face_that_was_chosen_at_the_selection(raw, tmp_path, monkeypatch):
    selection.choose(raw, "Bob/two.png", (70.0, 20.0, 40.0, 48.0))

    class Detector:
        detect_faces = staticmethod(detect)

    monkeypatch.setattr("pipeline.faces.detection.detector", lambda name: Detector())
    result = CliRunner().invoke(main, [str(raw), str(tmp_path / "faces"), "--size", "40x32"])
    assert result.exit_code == 0 and "found by the rule 'chosen by you': 1" in result.stdout


def test_crops_outside_of_the_target_are_never_deleted(raw, tmp_path, capsys):
    target = tmp_path / "faces"
    extract(raw, target, detect, SMALL)
    outside = [tmp_path / "precious.png", tmp_path / "other/2.png", target / "Ann/of mine.png"]
    for path in outside:
        photos.write_png(path, photo(10))
    with (target / TABLE).open(newline="") as file:
        rows = list(csv.DictReader(file))
    line = next(row for row in rows if row["photo"] == "Ann/1.jpg")
    for name, crop_ in (("Ann/x", "../../precious.png"), ("../other/2.png", "2.png"), ("Ann/y", str(outside[0])),
                        ("Ann/..", "../precious.png"), (f"{tmp_path}/precious.png", "precious.png"),
                        ("Ann/z", "of mine.png")):  # fmt: skip
        rows.append(line | {"photo": name, "crop": crop_})
    with (target / TABLE).open("w", newline="") as file:
        writer = csv.DictWriter(file, line)
        writer.writeheader()
        writer.writerows(rows)
    extract(raw, target, detect, SMALL)
    assert all(path.exists() for path in outside)
    assert capsys.readouterr().err.count("names a file outside its folder") == 6


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_that_leads_out_of_the_target_is_neither_written_nor_deleted_through(raw, tmp_path):
    target, elsewhere = tmp_path / "faces", tmp_path / "elsewhere"
    extract(raw, target, detect, SMALL)
    (target / "Ann").rename(elsewhere)
    (target / "Ann").symlink_to(elsewhere)
    before = sorted(elsewhere.iterdir())
    with pytest.raises(JobError, match="leads out of"):
        extract(raw, target, detect, SMALL)
    shutil.rmtree(raw / "Ann")
    extract(raw, target, detect, SMALL)
    assert sorted(elsewhere.iterdir()) == before


def test_a_table_of_an_older_version_is_made_anew_and_its_crops_are_known(raw, tmp_path):
    target = tmp_path / "faces"
    extract(raw, target, detect, SMALL)
    with (target / TABLE).open(newline="") as file:
        rows = [{name: text for name, text in row.items() if name not in ("rule", "folder")} for row in csv.DictReader(file)]
    with (target / TABLE).open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    (raw / "Ann/2.png").unlink()
    assert extract(raw, target, detect, SMALL).done == 8
    assert not (target / "Ann/2.png").exists() and (target / "Ann/1.jpg.png").exists()


def test_a_changed_name_of_a_column_is_told(raw, tmp_path, capsys):
    extract(raw, tmp_path / "faces", detect, SMALL)
    path = tmp_path / "faces" / TABLE
    path.write_bytes(path.read_bytes().replace(b",check", b",cheRk", 1))
    assert table.read(path) == {} and "lines were changed" in capsys.readouterr().err


SHARED = Path(os.environ.get("SIAMESE_NP_PHOTOS", "photos"))


@pytest.mark.skipif(not SHARED.with_name("photos_mtcnn.json").is_file(),
                    reason="SIAMESE_NP_PHOTOS is to name a folder of photos, with photos_mtcnn.json beside it")  # fmt: skip
def test_the_shared_photos_give_the_faces_that_the_package_found(tmp_path):
    people = tmp_path / "some"
    wanted = {}
    for entry in json.loads(SHARED.with_name("photos_mtcnn.json").read_text())["photos"][::8]:
        target = people / entry["photo"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SHARED / entry["photo"], target)
        enlarged = max(max(entry["size"]) / entry["long_side"], 1)
        wanted[entry["photo"]] = [np.array(one["box"]) * enlarged for one in entry["faces"]]
    for row in run(people, tmp_path / "faces", Options()).rows:
        box = [float(row[name]) for name in BOX]
        assert row["status"] == "found" and any(np.allclose(box, one, atol=2) for one in wanted[row["photo"]])


@pytest.mark.skipif(not SHARED.is_dir(), reason="SIAMESE_NP_PHOTOS is to name the folder of photos")
def test_every_shared_photo_gives_the_face_of_its_person(tmp_path):
    rows = {row["photo"]: row for row in run(SHARED, tmp_path / "faces", Options()).rows}
    assert [name for name, row in rows.items() if row["status"] != "found"] == []
    mixed = rows["Nicolas_Cage/Nicolas Cage_12.jpeg"]  # beside another man, who stands on the right
    assert float(mixed["x"]) < 250 and mixed["rule"] == "most like the folder"
