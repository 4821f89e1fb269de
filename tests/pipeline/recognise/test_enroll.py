"""The commands that bring people into the gallery and out of it."""

from click.testing import CliRunner

from pipeline import photos
from pipeline.recognise import enroll as module


def run(command, *arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_the_commands_enroll_and_forget(tmp_path, strangers):
    root = tmp_path / "known"
    photos.write_png(tmp_path / "1.png", strangers[0][0])
    photos.write_png(tmp_path / "2.png", strangers[0][1])
    result = run(module.enroll, "Ann", tmp_path / "1.png", tmp_path / "2.png", "--gallery", root)
    counts = "Ann: {} photos added, {} were there already, 0 could not be read, 0 show no face to take\n"
    assert (result.exit_code, result.stdout) == (0, counts.format(2, 0))
    result = run(module.enroll, "Ann", tmp_path / "1.png", "--gallery", root)
    assert result.stdout == counts.format(0, 1)
    result = run(module.forget, "Ann", "--gallery", root)
    assert result.exit_code == 0 and result.stdout == f"Ann: 2 photos deleted from {root}\n"
    assert f"to bring them back: siamese-np forget --undo --gallery {root}\n" in result.stderr
    result = run(module.forget, "--undo", "--gallery", root)
    assert (result.exit_code, result.stdout) == (0, "undone: Ann was forgotten\n") and len(list((root / "Ann").iterdir())) == 2
    assert run(module.forget, "--undo", "--gallery", root).exit_code == 1
    assert run(module.forget, "--undo", "Ann", "--gallery", root).exit_code == run(module.forget).exit_code == 2
    result = run(module.forget, "Ann", "--for-good", "--gallery", root)
    assert result.stdout == f"Ann: 2 photos deleted from {root}\n" and "bring them back" not in result.stderr
    assert run(module.forget, "--undo", "--gallery", root).exit_code == 1
    result = run(module.forget, "Ann", "--gallery", root)
    assert result.exit_code == 1 and "Ann is not in the gallery" in result.stderr


def test_without_a_gallery_the_one_inside_the_run_is_meant(tmp_path, strangers):
    photos.write_png(tmp_path / "1.png", strangers[0][0])
    assert run(module.enroll, "Ann", tmp_path / "1.png", "--run", tmp_path / "run").exit_code == 0
    assert len(list((tmp_path / "run" / "gallery" / "Ann").iterdir())) == 1


def test_enrolling_names_the_files_that_are_no_photos_and_adds_the_others(tmp_path, strangers):
    photos.write_png(tmp_path / "1.png", strangers[0][0])
    (tmp_path / "2.png").write_text("no photo")
    result = run(
        module.enroll, "Ann", tmp_path / "1.png", tmp_path / "2.png", tmp_path / "3.png", "--gallery", tmp_path / "g"
    )
    assert result.exit_code == 1
    assert "Ann: 1 photos added" in result.stdout and "2 could not be read" in result.stdout
    assert "2.png: holds text, not a photo" in result.stderr and "3.png: doesn't exist" in result.stderr
    result = run(module.enroll, "Bob", tmp_path / "2.png", "--gallery", tmp_path / "g")
    assert result.exit_code == 1 and "nobody was added" in result.stderr
    assert [path.name for path in (tmp_path / "g").iterdir() if path.is_dir()] == ["Ann"]
