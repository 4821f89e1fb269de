"""Real faces, as they are, through the commands: predict, verify and enroll."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pipeline import photos
from pipeline.datasets import orl
from pipeline.faces import extract, way_in
from pipeline.recognise import enroll, predict, verify
from pipeline.recognise.gallery import Gallery

skimage = pytest.importorskip("skimage")


NEARLY = 0.25  # between embeddings of one face that is cut out twice; those of different people can be 2 apart


@pytest.fixture(autouse=True)
def _real(real_look):
    """Faces are found as in use."""


@pytest.fixture(scope="module")
def astronaut():
    return photos.read(Path(skimage.__file__).parent / "data" / "astronaut.png")


@pytest.fixture
def run(tiny_run, tmp_path):
    """run(command, arguments): asks the tiny model, with the gallery in tmp_path / "g"."""

    def ask(command, *arguments):
        places = ["--run", tiny_run.folder, "--kernels", "numpy"]
        places += [] if command is verify.main else ["--gallery", tmp_path / "g"]
        return CliRunner().invoke(command, [str(argument) for argument in (*arguments, *places)])

    return ask


@pytest.fixture
def files(tmp_path, astronaut):
    """Photos by name: one face, that face on its side, a face crop, a wall, and two faces of one size."""
    crop = np.repeat(orl.load().images[0, 0][:, :, None], 3, 2)
    man = photos.shrunk(np.repeat(np.kron(crop[:, :, 0], np.ones((2, 2), np.uint8))[:, :, None], 3, 2), 160)
    framed = np.pad(man, ((60, 512 - 60 - man.shape[0]), (150, 362 - man.shape[1]), (0, 0)), mode="edge")
    pictures = {
        "one": astronaut,
        "turned": np.ascontiguousarray(np.rot90(astronaut)),
        "crop": crop,
        "wall": np.kron(np.random.default_rng(1).integers(90, 160, (12, 16), np.uint8), np.ones((25, 25), np.uint8)),
        "two": np.concatenate([framed, astronaut], axis=1),
    }
    for name, picture in pictures.items():
        photos.write_png(tmp_path / "photos" / f"{name}.png", picture)
    return {name: tmp_path / "photos" / f"{name}.png" for name in pictures}


def test_a_wall_is_neither_enrolled_nor_answered(run, files, tmp_path):
    result = run(enroll.enroll, "Wall", files["wall"])
    assert result.exit_code == 1 and "wall.png: no face found" in result.stderr and "nobody was added" in result.stderr
    assert not (tmp_path / "g").exists()
    run(enroll.enroll, "Eileen", files["one"])
    result = run(predict.main, files["wall"], "--json")
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert set(answer) == {"photo", "error", "message"} and "no face found" in answer["error"]
    result = run(verify.main, files["one"], files["wall"])
    assert result.exit_code == 1 and "wall.png: no face found" in result.stderr and result.stdout == ""


def test_a_photo_and_the_same_on_its_side_get_the_same_answer_and_say_what_was_done(run, files):
    run(enroll.enroll, "Eileen", files["one"])
    upright, turned = (json.loads(run(predict.main, files[name], "--json").stdout) for name in ("one", "turned"))
    assert upright["distance"] < NEARLY and abs(upright["distance"] - turned["distance"]) < NEARLY
    assert upright["face"]["turned"] == 0 and turned["face"]["turned"] == 270
    text = run(predict.main, files["turned"]).stdout
    assert "turned by 270° to the left, face found at " in text and "and cut out)" in text
    assert run(verify.main, files["one"], files["turned"]).stdout.startswith("the same person")


def test_of_several_faces_each_one_is_answered_with_its_box(run, files):
    run(enroll.enroll, "Eileen", files["one"])
    answer = json.loads(run(predict.main, files["two"], "--json").stdout)
    assert len(answer["faces"]) == 2
    assert {key: answer[key] for key in answer["faces"][0]} == answer["faces"][0]
    eileen, man = sorted(answer["faces"], key=lambda one: -one["face"]["box"][0])
    assert eileen["distance"] < min(NEARLY, man["distance"])
    (alone,) = way_in.look(photos.read(files["one"]))
    np.testing.assert_allclose(eileen["face"]["box"], np.add(alone.box, (512, 0, 0, 0)), atol=3)
    lines = run(predict.main, files["two"]).stdout.splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"{files['two']}, face {n} of 2" for n in (1, 2)]


def test_verify_and_enroll_ask_which_of_several_faces_is_meant(run, files):
    result = run(verify.main, files["two"], files["one"])
    assert result.exit_code == 1 and "shows 2 faces: face 1 at " in result.stderr
    assert "--face largest or --face N" in result.stderr
    faces = way_in.look(photos.read(files["two"]))
    number = 1 + max(range(2), key=lambda n: faces[n].box[0])
    assert run(verify.main, files["two"], files["one"], "--face", number).stdout.startswith("the same person")
    result = run(enroll.enroll, "Somebody", files["two"])
    assert result.exit_code == 1 and "shows 2 faces" in result.stderr
    assert run(enroll.enroll, "Somebody", files["two"], "--face", "largest").exit_code == 0
    assert run(enroll.enroll, "Somebody", files["one"], "--face", "0").exit_code == 2
    assert "there is no face 3" in run(verify.main, files["two"], files["one"], "--face", "3").stderr


def test_enroll_takes_the_face_that_is_like_the_photos_already_enrolled(run, files, tmp_path, loaded, monkeypatch):
    run(enroll.enroll, "Eileen", files["one"])
    faces = way_in.look(photos.read(files["two"]))
    meant = max(faces, key=lambda face: face.box[0])
    z = loaded.embed_faces(faces)
    known = loaded.embed_faces(way_in.look(photos.read(files["one"])))
    distances = np.sort(np.linalg.norm(z - known, axis=1))
    between = {"threshold": float(distances.mean()), "far": 0.0, "frr": 0.0}
    monkeypatch.setattr(enroll, "for_gallery", lambda *_: between)
    result = run(enroll.enroll, "Eileen", files["two"])
    assert result.exit_code == 0, result.stderr
    assert meant.done in result.stderr
    shown = Gallery(tmp_path / "g", loaded).refresh()
    assert len(shown.photos) == 2 and np.linalg.norm(shown.embeddings[0] - shown.embeddings[1]) < NEARLY


def test_no_face_is_taken_where_both_are_alike_or_none_is(run, files, monkeypatch):
    run(enroll.enroll, "Eileen", files["one"])
    for threshold in (0.0, 2.5):
        monkeypatch.setattr(enroll, "for_gallery", lambda *_, t=threshold: {"threshold": t, "far": 0.0, "frr": 0.0})
        result = run(enroll.enroll, "Eileen", files["two"])
        assert result.exit_code == 1 and "shows 2 faces" in result.stderr


def test_a_folder_is_answered_and_enrolled_photo_by_photo(run, files, tmp_path):
    folder = tmp_path / "photos"
    (folder / "more").mkdir()
    (folder / "more" / "crop.png").write_bytes(files["crop"].read_bytes())
    (folder / "notes.txt").write_text("hello")
    (folder / ".DS_Store").write_bytes(b"\0")
    result = run(enroll.enroll, "Mix", folder, "--face", "largest")
    assert result.exit_code == 1, "the wall is not taken"
    said = "Mix: 3 photos added, 2 were there already, 0 could not be read, 1 show no face to take\n"
    assert result.stdout == said, "a photo that is turned back is the same photo"
    assert "left out" in result.stderr and "notes.txt" in result.stderr
    result = run(predict.main, folder, "--json")
    names = [Path(json.loads(line)["photo"]).name for line in result.stdout.splitlines()]
    assert names == ["crop.png", "crop.png", "one.png", "turned.png", "two.png", "wall.png"]
    assert "1 of 6 photos could not be answered" in result.stderr
    (tmp_path / "empty").mkdir()
    result = run(predict.main, tmp_path / "empty")
    assert result.exit_code == 1 and "holds no photo" in result.stderr


def test_a_gallery_filled_by_hand_with_photos_as_they_are_is_like_an_enrolled_one(run, files, tmp_path, loaded):
    run(enroll.enroll, "Eileen", files["one"])
    photos.write_png(tmp_path / "hand" / "Eileen" / "a.png", photos.read(files["one"]))
    photos.write_png(tmp_path / "hand" / "Eileen" / "b.png", photos.read(files["wall"]))
    by_hand, enrolled = Gallery(tmp_path / "hand", loaded).refresh(), Gallery(tmp_path / "g", loaded).refresh()
    assert len(by_hand.photos) == 1 and [path.name for path, _ in by_hand.problems] == ["b.png"]
    assert np.linalg.norm(by_hand.embeddings[0] - enrolled.embeddings[0]) < NEARLY


def test_a_photo_gets_the_answer_of_its_crop(run, files, tmp_path, astronaut):
    (tmp_path / "raw" / "Eileen").mkdir(parents=True)
    Image.fromarray(astronaut).save(tmp_path / "raw" / "Eileen" / "1.png")
    extract.run(tmp_path / "raw", tmp_path / "faces", extract.Options())
    run(enroll.enroll, "Eileen", files["one"])
    answer = json.loads(run(predict.main, tmp_path / "faces" / "Eileen", "--json").stdout)
    assert answer["face"]["whole"] and answer["distance"] < NEARLY


def test_the_shared_photos_look_to_a_network_like_the_crops_that_extraction_makes_of_them(tmp_path, loaded):
    shared = Path(os.environ.get("SIAMESE_NP_PHOTOS", "photos"))
    if not shared.is_dir():
        pytest.skip("SIAMESE_NP_PHOTOS is to name a folder of photos, one folder per person")
    found = extract.run(shared, tmp_path / "faces", extract.Options())
    rows = [row for row in found.rows if row["status"] == "found"]
    same = []
    for row in rows:
        (whole, *_), (cut,) = (
            way_in.look(photos.read(path))
            for path in (shared / row["photo"], tmp_path / "faces" / Path(row["photo"]).parent / row["crop"])
        )
        z = loaded.embed_faces([whole, cut])
        same.append(np.linalg.norm(z[0] - z[1]) < NEARLY)
    assert len(rows) > 20 and np.mean(same) >= 0.98
