"""Keeping and rejecting photos: one file of decisions, and nothing is ever deleted."""

import json
import os
import unicodedata

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import photos, selection
from pipeline.errors import JobError


@pytest.fixture
def source(tmp_path):
    """Anna with photos 0 to 2, Ben with 0 and 1, all different."""
    for tone, name in enumerate(("Anna/0", "Anna/1", "Anna/2", "Ben/0", "Ben/1")):
        photos.write_png(tmp_path / f"{name}.png", np.full((30, 20), 40 * tone, np.uint8))
    return tmp_path


def files(source):
    return {path.name: path.read_bytes() for path in source.glob("*/*.png")}


def test_without_decisions_every_photo_is_kept(source):
    assert selection.load(source).is_kept("Anna/0.png") and not selection.load(source).rejected


def test_a_rejection_is_kept_on_disk_and_deletes_nothing(source):
    before = files(source)
    selection.decide(source, ["Anna/1.png"], kept=False)
    assert selection.load(source).rejected == {"Anna/1.png"}
    assert files(source) == before


def test_a_decision_can_be_taken_back(source):
    selection.decide(source, ["Anna/1.png", "Ben/0.png"], kept=False)
    selection.decide(source, ["Anna/1.png"], kept=True)
    assert selection.load(source).decisions == {"Anna/1.png": True, "Ben/0.png": False}


def test_another_photo_under_the_old_name_is_undecided(source):
    selection.decide(source, ["Anna/1.png"], kept=False)
    photos.write_png(source / "Anna/1.png", np.full((30, 20), 200, np.uint8))
    assert selection.load(source).decisions == {}


@pytest.mark.parametrize("name", ["Anna/9.png", "../Anna/0.png", "Anna", ""])
def test_a_photo_that_is_not_there_is_refused_by_name_and_changes_nothing(source, name):
    with pytest.raises(JobError, match="no photo"):
        selection.decide(source, ["Anna/0.png", name], kept=False)
    assert not (source / selection.FILE).exists()


def test_a_decision_on_a_photo_that_is_away_holds_again_when_it_is_back(source):
    selection.decide(source, ["Anna/1.png"], kept=False)
    (source / "Anna/1.png").rename(source / "away")
    selection.decide(source, ["Ben/0.png"], kept=True)
    (source / "away").rename(source / "Anna/1.png")
    assert selection.load(source).rejected == {"Anna/1.png"}


def test_a_name_spelled_in_other_bytes_is_the_same_person_and_a_replaced_photo_undecided(tmp_path):
    folder = tmp_path / unicodedata.normalize("NFD", "Zoë")
    photos.write_png(folder / "1.png", np.full((30, 20), 10, np.uint8))
    selection.decide(tmp_path, ["Zoë/1.png"], kept=False)
    assert selection.load(tmp_path).rejected == {"Zoë/1.png"}
    photos.write_png(folder / "1.png", np.full((30, 20), 90, np.uint8))
    assert not selection.load(tmp_path).rejected


def test_a_file_name_that_is_no_text_can_be_decided(source):
    odd = os.fsdecode(b"\xff.png")
    try:
        photos.write_png(source / "Anna" / odd, np.full((30, 20), 77, np.uint8))
    except OSError:
        pytest.skip("this system refuses such names")
    selection.decide(source, [f"Anna/{odd}"], kept=False)
    assert selection.load(source).rejected == {f"Anna/{odd}"}


def test_a_newer_format_is_named_and_not_called_damaged(source):
    (source / selection.FILE).write_text('{"format": 2, "photos": {}}')
    with pytest.raises(JobError, match="format 2.*update"):
        selection.load(source)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', "[" * 100_000,
                                  '{"format": 1, "photos": {"Anna/0.png": {"sha256": null, "kept": false}}}',
                                  '{"format": 1, "photos": {"Anna/0.png": 1}}'],
                         ids=["empty", "cut", "list", "no photos", "deep", "no hash", "no entry"])  # fmt: skip
def test_a_damaged_file_of_decisions_is_named_and_not_overwritten(source, text):
    (source / selection.FILE).write_text(text)
    with pytest.raises(JobError, match=selection.FILE):
        selection.decide(source, ["Anna/0.png"], kept=False)
    assert (source / selection.FILE).read_text() == text


def test_the_command_rejects_prints_and_draws(source, tmp_path):
    sheet = tmp_path / "sheet.png"
    result = CliRunner().invoke(selection.main, [str(source), "--reject", "Ben/1.png", "--sheet", str(sheet)])
    assert result.exit_code == 0, result.output
    assert "Ben: 2 photos, 1 rejected, 1 undecided" in result.stdout and "rejected Ben/1.png" in result.stdout
    assert photos.read(sheet).shape[2] == 3
    result = CliRunner().invoke(selection.main, [str(source), "--json"])
    assert json.loads(result.stdout) == {"Ben/1.png": False}


def test_the_sheet_shows_an_unreadable_photo_too(source, tmp_path):
    (source / "Ben/2.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut short")
    selection.write_sheet(source, tmp_path / "sheet.png", selection.load(source))
    assert (tmp_path / "sheet.png").exists()


def test_the_command_names_an_unknown_photo_and_fails(source):
    result = CliRunner().invoke(selection.main, [str(source), "--reject", "Ben/7.png"])
    assert result.exit_code == 1 and "Ben/7.png" in result.stderr
