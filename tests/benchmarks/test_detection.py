import json

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import detection
from pipeline import photos


@pytest.fixture
def folder(tmp_path):
    photos.write_png(tmp_path / "A" / "plain.png", np.full((40, 60, 3), 128, np.uint8))
    return tmp_path


def test_ours_is_timed_and_a_missing_opponent_is_named_and_left_out(folder, monkeypatch):
    monkeypatch.setitem(detection.DETECTORS, "tensorflow", "no-such-detector")
    done = CliRunner().invoke(detection.main, [str(folder), "--rounds", "1", "--json"])
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["photos"] == 1 and result["ours"]["ms"] > 0 and result["ours"]["faces"] == 0
    assert result["tensorflow"] is None and result["times_faster"] is None
    assert "no-such-detector is left out" in done.stderr


def test_a_folder_without_photos_is_wrong_usage(tmp_path):
    done = CliRunner().invoke(detection.main, [str(tmp_path)])
    assert done.exit_code == 2 and "has no photos" in done.stderr


def test_a_large_photo_is_shrunk_before_it_is_timed(folder):
    photos.write_png(folder / "large.png", np.zeros((30, 2500, 3), np.uint8))
    assert detection.photo(folder / "large.png").shape == (10, 834, 3)
