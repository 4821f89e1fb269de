"""Photos in colour become grey photos, once each, whatever happens on the way."""

import os

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pipeline import photos
from pipeline.common.errors import JobError
from pipeline.faces.gray import gray_folder, main


def put(root, name, shade=100):
    photos.write_png(root / name, np.full((6, 5, 3), shade, np.uint8))


def shade_of(path):
    return int(photos.read(path)[0, 0, 0])


@pytest.fixture
def source(tmp_path):
    root = tmp_path / "faces"
    put(root, "Anna/1.png", 10)
    put(root, "Anna/2.png", 20)
    put(root, "Ben/1.jpg", 30)
    return root


def test_gray_weighs_the_colours_as_the_eye_does():
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [77, 77, 77]]], np.uint8)
    gray = photos.to_gray(colours)
    assert gray.dtype == np.uint8
    assert gray.tolist() == [[76, 150, 29, 255, 0, 77]]


def test_each_photo_becomes_one_gray_photo_of_its_person(source, tmp_path):
    report = gray_folder(source, tmp_path / "gray")
    written = {path.relative_to(tmp_path / "gray").as_posix(): shade_of(path) for path in report.written}
    assert written == {"Anna/1.png": 10, "Anna/2.png": 20, "Ben/1.jpg.png": 30}
    assert report.people == 2


def test_photos_that_differ_in_their_ending_alone_both_survive_whichever_came_first(source, tmp_path):
    target = tmp_path / "gray"
    put(source, "Cleo/a.jpg", 40)
    gray_folder(source, target)
    put(source, "Cleo/a.png", 50)
    os.utime(source / "Cleo/a.png", (0, 0))  # an old photo, added later
    gray_folder(source, target)
    assert sorted(shade_of(path) for path in (target / "Cleo").iterdir()) == [40, 50]


def test_two_photos_that_would_get_one_name_are_refused_before_anything_is_written(source, tmp_path):
    put(source, "Cleo/a.jpg")
    put(source, "Cleo/a.jpg.png")
    with pytest.raises(JobError, match=r"a\.jpg.* and .*a\.jpg\.png would both become"):
        gray_folder(source, tmp_path / "gray")
    assert not (tmp_path / "gray").exists()


def test_a_second_run_does_only_what_is_new(source, tmp_path):
    target = tmp_path / "gray"
    gray_folder(source, target)
    (target / "Anna/2.png").unlink()
    report = gray_folder(source, target)
    assert [path.name for path in report.written] == ["2.png"]
    assert len(report.kept) == 2


def test_a_photo_replaced_by_an_older_one_is_done_again(source, tmp_path):
    target = tmp_path / "gray"
    gray_folder(source, target)
    os.utime(target / "Anna/1.png", (1e9, 1e9))  # written long ago
    put(tmp_path, "older.png", 99)
    os.utime(tmp_path / "older.png", (5e8, 5e8))
    os.replace(tmp_path / "older.png", source / "Anna/1.png")
    gray_folder(source, target)
    assert shade_of(target / "Anna/1.png") == 99


def test_unreadable_photos_are_reported_by_name_and_the_run_goes_on(source, tmp_path):
    data = (source / "Anna/2.png").read_bytes()
    (source / "Anna/0.png").write_bytes(data[:50])
    report = gray_folder(source, tmp_path / "gray")
    assert len(report.written) == 3
    [(path, reason)] = report.unreadable
    assert path == source / "Anna/0.png" and "cut short" in reason
    assert any(str(path) in line and reason in line for line in report.lines())


def test_an_animation_is_said_to_be_one(source, tmp_path):
    frames = [Image.new("L", (6, 5), shade) for shade in (40, 200)]
    frames[0].save(source / "Anna/3.gif", save_all=True, append_images=frames[1:])
    report = gray_folder(source, tmp_path / "gray")
    assert shade_of(tmp_path / "gray/Anna/3.gif.png") == 40
    assert [path for path, _ in report.noted] == [source / "Anna/3.gif"]
    assert any(f"{source / 'Anna/3.gif'} holds several pictures" in line for line in report.lines())


def test_a_gray_photo_whose_source_is_gone_is_reported(source, tmp_path):
    gray_folder(source, tmp_path / "gray")
    (source / "Anna/2.png").unlink()
    report = gray_folder(source, tmp_path / "gray")
    assert report.leftover == (tmp_path / "gray/Anna/2.png",)


def test_a_gray_photo_whose_source_has_become_unreadable_is_reported(source, tmp_path):
    gray_folder(source, tmp_path / "gray")
    (source / "Anna/2.png").write_bytes((source / "Anna/2.png").read_bytes()[:50])
    os.utime(tmp_path / "gray/Anna/2.png", (1e9, 1e9))
    assert gray_folder(source, tmp_path / "gray").leftover == (tmp_path / "gray/Anna/2.png",)


def test_when_no_photo_can_be_read_the_job_fails_and_names_them(tmp_path):
    (tmp_path / "faces/Anna").mkdir(parents=True)
    (tmp_path / "faces/Anna/1.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(JobError, match=r"1\.jpg is cut short or damaged"):
        gray_folder(tmp_path / "faces", tmp_path / "gray")


def test_a_target_within_the_source_is_refused(source):
    for target in (source, source / "gray"):
        with pytest.raises(JobError, match="lies within"):
            gray_folder(source, target)


def test_the_command_reports_on_standard_output(source, tmp_path):
    (source / "notes.txt").write_text("hello")
    result = CliRunner().invoke(main, [str(source), str(tmp_path / "gray")])
    assert result.exit_code == 0
    assert "2 people, 3 grey photos: 3 written, 0 already there" in result.stdout
    assert "notes.txt" in result.stdout


def test_the_command_fails_with_a_message_where_there_is_nothing(tmp_path):
    result = CliRunner().invoke(main, [str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    assert "nowhere doesn't exist" in result.stderr
    assert CliRunner().invoke(main, ["a", "b", "c"]).exit_code == 2
