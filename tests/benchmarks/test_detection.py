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


def test_both_get_the_photos_as_extraction_shrinks_them(folder, monkeypatch):
    rgb = np.random.default_rng(0).integers(0, 256, (30, 2500, 3), np.uint8)
    photos.write_png(folder / "large.png", rgb)
    seen = {}

    class Kept:
        first_s, rounds = 1.0, [{"seconds": [1.0, 3.0], "faces": 0, "peak_mb": 1.0}] * 2

        def __init__(self, name, arrays):
            seen[name] = [np.load(path) for path in sorted(arrays.glob("*.npy"))]

        def round(self):
            pass

        close = round

    monkeypatch.setattr(detection, "Running", Kept)
    result = detection.compare(folder, 1)
    assert [picture.shape for picture in seen["ours"]] == [(40, 60, 3), (12, 1024, 3)]
    assert all(np.array_equal(*pair) for pair in zip(seen["ours"], seen["tensorflow"]))
    assert result["ours"]["ms"] == 2000 and result["times_faster"] == 1


def test_medians_leave_the_first_round_out():
    times = ([9.0, 9.0, 9.0], [0.1, 0.2, 0.6], [0.3, 0.4, 0.8])
    rounds = [{"seconds": seconds, "faces": 2, "peak_mb": peak} for seconds, peak in zip(times, (5.0, 7.0, 8.0))]
    row = detection.summary(rounds, [1.0, 3.0, 2.0])
    assert row == {"ms": 300, "spread_ms": [200, 400], "faces": 2, "first_s": 2, "spread_first_s": [1, 3], "peak_mb": 8}
