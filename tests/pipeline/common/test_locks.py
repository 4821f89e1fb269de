"""One job at a time in a folder, and nothing stays of one that was killed."""

import errno
import os
import signal
import subprocess
import sys
import threading

import pytest

from pipeline.common import atomic, locks
from pipeline.common.errors import JobError

HOLD = """
import sys, time
from pathlib import Path
from pipeline.common import atomic, locks
folder = Path(sys.argv[1])
with locks.held(folder), atomic.writing(folder / "Ann" / "1.png") as temporary:
    temporary.write_bytes(b"half")
    print("here", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of tmp_path / "run" and is in the middle of a write."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "run"], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "here\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_the_second_job_is_told_who_holds_the_folder(holder, tmp_path):
    with pytest.raises(JobError, match=rf"run is in use by -c .*run \(process {holder.pid}, since 20..-.*Wait"):
        with locks.held(tmp_path / "run"):
            raise AssertionError("two at once")
    assert len([name for name in files(tmp_path / "run") if ".writing-" in name]) == 1, "it still writes that"


def test_the_lock_of_a_killed_job_is_none_and_what_it_left_is_swept(holder, tmp_path):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert len(files(tmp_path / "run")) == 3, "lock, folder and half a photo"
    with locks.held(tmp_path / "run"):
        assert files(tmp_path / "run") == [locks.NAME, "Ann"]
    assert files(tmp_path / "run") == ["Ann"]


def test_a_job_waits_for_one_that_ends(tmp_path):
    there, go = threading.Event(), threading.Event()

    def first():
        with locks.held(tmp_path):
            there.set()
            go.wait(60)

    thread = threading.Thread(target=first)
    thread.start()
    there.wait(60)
    with pytest.raises(JobError, match="in use by"), locks.held(tmp_path, wait=0):
        pass
    threading.Timer(0.2, go.set).start()
    with locks.held(tmp_path, wait=60):
        assert go.is_set()
    thread.join()
    assert files(tmp_path) == []


def test_a_job_may_call_another_one_in_its_folder_and_holds_the_lock_until_its_own_end(tmp_path):
    with locks.held(tmp_path):
        with locks.held(tmp_path / "." / ""):
            pass
        assert files(tmp_path) == [locks.NAME]


def test_a_job_that_is_refused_leaves_no_folder(tmp_path):
    with pytest.raises(ValueError), locks.held(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()
        raise ValueError
    assert files(tmp_path) == []


def test_the_folder_of_a_decorated_function_is_one_of_its_arguments(tmp_path):
    @locks.one_job_in("run")
    def job(data, run, fresh=False):
        return files(run), fresh

    assert job(1, tmp_path) == ([locks.NAME], False) and job(1, fresh=True, run=tmp_path) == ([locks.NAME], True)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_lock_that_is_a_link_changes_nothing_elsewhere(tmp_path):
    (tmp_path / "precious.txt").write_text("years of work")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / locks.NAME).symlink_to(tmp_path / "precious.txt")
    with pytest.raises(OSError, match="symbolic link"), locks.held(tmp_path / "run"):
        pass
    assert (tmp_path / "precious.txt").read_text() == "years of work"


def test_a_full_disk_leaves_no_lock(tmp_path, monkeypatch):
    def full(file, data):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match=f"No space left.*{locks.NAME}"):
        patch.setattr(os, "write", full)
        with locks.held(tmp_path):
            pass
    with locks.held(tmp_path):
        assert files(tmp_path) == [locks.NAME]


def test_what_no_process_writes_any_more_is_swept(tmp_path):
    mine = f".writing-{os.getpid()}-0123456789abcdef.png"
    others = (".writing-99999999999-0123456789abcdef.png", ".writing-0123456789abcdef.npz")
    for name in (mine, *others, ".writing-of-mine.txt", "a.png"):
        (tmp_path / "Ann" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "Ann" / name).write_bytes(b"")
    (tmp_path / ".writing-99999999999-01234567").mkdir()
    atomic.sweep(tmp_path, within=False)
    assert len(files(tmp_path)) == 6
    atomic.sweep(tmp_path)
    assert set(files(tmp_path)) == {"Ann", f"Ann/{mine}", "Ann/.writing-of-mine.txt", "Ann/a.png"}


def test_a_full_disk_leaves_no_lock_and_no_folder(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"), locks.held(tmp_path / "new" / "folder"):
            pass
    assert list(tmp_path.iterdir()) == []
    with locks.held(tmp_path / "new" / "folder"):
        pass
