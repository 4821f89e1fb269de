"""A write that fails leaves the old file."""

import os

import pytest

from pipeline.common import atomic


def test_a_finished_write_replaces_the_target_and_makes_its_folder(tmp_path):
    target = tmp_path / "new" / "a.npz"
    for text in ("one", "two"):
        with atomic.writing(target) as temporary:
            assert temporary.parent == target.parent and temporary.suffix == ".npz"
            temporary.write_text(text)
        assert target.read_text() == text
    assert os.listdir(target.parent) == ["a.npz"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, error):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(error), atomic.writing(target) as temporary:
        temporary.write_text("half")
        assert target.read_text() == "old"
        raise error
    assert target.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]
