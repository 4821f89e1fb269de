import hashlib
import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import photos
from pipeline.doctor import KINDS, main
from pipeline.faces.detection import landmarks
from pipeline.photos import contact_sheet


def run(*arguments):
    return CliRunner().invoke(main, [*map(str, arguments), "--kernels", "numpy"], prog_name="siamese-np doctor")


def content(root):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def ill(healthy, everywhere, monkeypatch):
    """A copy, a wrong name with a line end in it, and one of three files that is no photo."""
    monkeypatch.setattr(landmarks, "find", lambda gray, mtcnn, least: everywhere(gray))
    shutil.copy(healthy / "Ann/2.png", healthy / "Ann/7.png")
    (healthy / "Bob/3.png").rename(healthy / "Cem/new\nline.png")
    (healthy / "Cem/notes.txt").write_text("hello")
    return healthy


def test_the_table_has_a_line_a_finding_and_the_job_is_done(ill):
    before = content(ill)
    result = run(ill)
    assert result.exit_code == 0 and content(ill) == before, "findings are no failure, and nothing is changed"
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["KIND", "PHOTO", "WHY", "WHAT", "TO", "DO"]
    assert [line.split("  ")[0] for line in lines[1:4]] == ["unreadable", "wrong label", "copy"]
    assert "looks more like Bob" in lines[2] and lines[2].endswith(KINDS["wrong label"])
    assert lines[-2] == "41 photos of 8 people: 1 unreadable, 1 wrong label, 1 copy"


def test_json_has_the_form_that_the_help_promises(ill):
    result = run(ill, "--json")
    told = json.loads(result.stdout)
    assert set(told) == {"people", "photos", "judged", "by", "findings"} and told["photos"] == 41
    help_text = " ".join(run("--help").stdout.split())
    for finding in told["findings"]:
        assert set(finding) == {"kind", "person", "photo", "why", "other", "value", "do"}
        assert all(name in help_text for name in finding)
    assert told["findings"][1]["photo"] == "Cem/new\nline.png" and told["findings"][1]["other"] == "Bob"
    for kind in KINDS:
        assert kind in help_text


def test_the_sheet_shows_the_photos_and_what_they_resemble(ill, tmp_path):
    result = run(ill, "--sheet", tmp_path / "sheet.png")
    assert result.exit_code == 0 and "wrote" in result.stderr
    page = photos.read(tmp_path / "sheet.png")
    assert ((page == (194, 38, 27)).all(-1)).sum() > 500, "red frames"


def test_beside_a_wrong_name_stands_a_sound_photo_of_whom_it_resembles(ill, tmp_path, monkeypatch):
    rows = []

    def keep(path, title, told):
        rows.extend((heading, [*tiles]) for heading, tiles in told)
        return [path]

    monkeypatch.setattr(contact_sheet, "write", keep)
    (ill / "Bob/0.png").write_bytes((ill / "Bob/1.png").read_bytes()[:400])
    run(ill, "--sheet", tmp_path / "sheet.png")
    heading, (suspect, resembled) = next(row for row in rows if row[0].startswith("wrong label"))
    assert heading == f"wrong label (1): {KINDS['wrong label']}"
    assert (suspect.caption, suspect.colour) == ("Cem/new\nline.png", "red")
    assert (resembled.caption, resembled.colour) == ("Bob", "grey")
    assert np.array_equal(resembled.picture, photos.read(ill / "Bob/1.png"))
    assert next(row for row in rows if row[0].startswith("copy"))[1][1].caption == "Ann/2.png"


def test_a_sheet_inside_of_the_folder_is_refused_before_the_work(ill):
    before = content(ill)
    result = run(ill, "--sheet", ill / "sheet.png")
    assert result.exit_code == 1 and "choose a place outside it" in result.stderr and content(ill) == before


def test_a_folder_in_which_nothing_is_found_says_so(healthy, everywhere, monkeypatch):
    monkeypatch.setattr(landmarks, "find", lambda gray, mtcnn, least: everywhere(gray))
    result = run(healthy)
    assert result.stdout.splitlines()[0] == "40 photos of 8 people: nothing to be looked at"


def test_where_no_name_was_judged_it_says_what_that_takes(healthy, everywhere, monkeypatch):
    monkeypatch.setattr(landmarks, "find", lambda gray, mtcnn, least: everywhere(gray))
    shutil.rmtree(healthy / "Ann")
    result = run(healthy)
    assert "no name was judged: that takes faces of 8 people with 3 photos each" in result.stdout


def test_what_ends_the_job_exits_with_1_and_wrong_usage_with_2(ill, tmp_path):
    assert run(tmp_path / "nowhere").exit_code == 1
    result = run(ill, "--run", tmp_path / "nowhere")
    assert result.exit_code == 1 and "no model at" in result.stderr
    assert run().exit_code == 2
    assert run(ill, "--shee").exit_code == 2


def test_a_run_judges_names_too(ill, tiny_run):
    result = run(ill, "--run", tiny_run.folder)
    assert result.exit_code == 0 and "with the embeddings of the run" in result.stdout
    assert "looks more like Bob" in result.stdout


def test_what_only_o_net_alone_half_believes_in_is_no_face(healthy, monkeypatch):
    asked = []
    monkeypatch.setattr(landmarks, "find", lambda gray, mtcnn, least: asked.append(least))
    result = run(healthy, "--json")
    assert {finding["kind"] for finding in json.loads(result.stdout)["findings"]} == {"not cropped"}
    assert set(asked) == {0.6}
