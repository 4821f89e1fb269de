import importlib.util
import sys

import pytest

from pipeline.common.errors import JobError
from pipeline.faces.detection import detector, weights


def test_a_changed_file_is_refused_before_it_is_unpickled(tmp_path, monkeypatch):
    content = bytearray((weights.folder() / "pnet.lz4").read_bytes())
    content[-1] ^= 1
    (tmp_path / "pnet.lz4").write_bytes(content)
    monkeypatch.setitem(sys.modules, "joblib", None)  # would end in another message
    with pytest.raises(JobError, match="is not the file of mtcnn 1.0.0"):
        weights.load("pnet", tmp_path)


def test_a_missing_package_is_named_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(JobError, match="pip install mtcnn==1.0.0"):
        weights.load("pnet")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(JobError, match="onet.lz4 is missing"):
        weights.load("onet", tmp_path)


def test_a_missing_joblib_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "joblib", None)
    with pytest.raises(JobError, match="needs joblib: pip install"):
        weights.load("pnet")


def test_the_detector_of_the_package_says_how_to_install_it_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "mtcnn", None)
    with pytest.raises(JobError, match=r"pip install .*mtcnn\[tensorflow\]"):
        detector("mtcnn-tensorflow")


def test_an_unknown_detector_is_refused_by_name():
    with pytest.raises(ValueError, match="mtcnn and mtcnn-tensorflow, not 'haar'"):
        detector("haar")
