"""A folder has another stamp as soon as anything in it is another, and none while that may still be going on."""

import os
import shutil
import time

import pytest

from pipeline.recognise.gallery import Gallery
from webapp.common import stamp as module
from webapp.common.stamp import stamp


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SURE", -3_000_000_000)  # of a change of this moment, too
    for name in ("a/1", "a/2", "b/1"):
        path = tmp_path / "gallery" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("photo")
    return tmp_path / "gallery"


def replaced(folder):
    """Other content of the same size and date."""
    before = (folder / "a/1").stat()
    time.sleep(0.02)  # the clock of the file system counts in steps
    (folder / "a/1").write_text("other")
    os.utime(folder / "a/1", ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        replaced,
        lambda folder: (folder / "a/3").write_text("photo"),
        lambda folder: (folder / "a/1").unlink(),
        lambda folder: (folder / "a/1").rename(folder / "a/4"),
        lambda folder: (folder / "a").rename(folder / "c"),
        lambda folder: shutil.copytree(folder / "a", folder / "d"),
        lambda folder: (folder / "e").mkdir(),
    ],
)
def test_a_change_gives_another_stamp(folder, change):
    before = stamp(folder)
    assert before is not None and stamp(folder) == before
    change(folder)
    assert stamp(folder) != before


def test_there_is_none_while_a_change_may_go_on_and_where_there_is_no_folder(folder, monkeypatch):
    monkeypatch.setattr(module, "SURE", 3_000_000_000)
    assert stamp(folder) is None and stamp(folder / "nothing") is None


def test_a_gallery_that_rests_is_read_once(run, app, monkeypatch):
    monkeypatch.setattr(module, "SURE", -3_000_000_000)
    reads, refresh = [], Gallery.refresh
    monkeypatch.setattr(Gallery, "refresh", lambda self: reads.append(1) or refresh(self))
    serving = app.extensions["serving"]
    first = serving.now()
    assert serving.now() is first and len(reads) == 1
    (run / "gallery" / "Anna").rename(run / "gallery" / "Carla")
    assert "Carla" in serving.now().snapshot.people and len(reads) == 2
    (run / "gallery" / "Ben" / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert len(serving.now().snapshot.problems) == 1
