"""Landmarks that are kept between runs of a benchmark."""

import numpy as np
import pytest

from benchmarks import found
from pipeline.common.errors import JobError
from pipeline.faces import landmarks


@pytest.fixture
def processed(monkeypatch):
    """The crops that the detector has processed; it finds landmarks in those that are not black."""
    crops = []

    def find(crop):
        crops.append(crop)
        return np.full((5, 2), crop.mean(), np.float32) if crop.any() else None

    monkeypatch.setattr(landmarks, "find", find)
    return crops


def test_the_detector_processes_a_crop_once_in_this_run_and_the_next(processed, tmp_path):
    crops = [np.full((4, 3), value, np.uint8) for value in (0, 7, 9)] + [np.full((3, 4), 7, np.uint8)]
    for _ in range(2):
        kept = found.Found(tmp_path / "landmarks.npz")
        points = [kept.find(crop) for crop in crops * 2]
        assert points[0] is None and [float(five[0, 0]) for five in points[1:4]] == [7, 9, 7]
        kept.save()
    assert len(processed) == 4


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04, cut short", None])
def test_a_file_of_something_else_is_named_and_kept(tmp_path, content):
    path = tmp_path / "other.npz"
    if content is None:
        np.savez(path, keys=np.array(["a"]), points=np.zeros((2, 5, 2)))
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(JobError, match="other.npz holds no landmarks"):
        found.Found(path)
    assert path.read_bytes() == before
