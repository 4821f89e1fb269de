"""One job at a time in a folder. Whoever comes second is told who is there.

The lock is the operating system's, on the file .siamese-np.lock in the folder: it ends with its process, however that
ends. So a lock file that a killed process leaves is no lock. The file says who holds it: process, command, and since
when.
"""

import functools
import inspect
import json
import os
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipeline.common import atomic
from pipeline.common.errors import JobError

NAME = ".siamese-np.lock"
NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # a link would lead out of the folder
LARGEST = 10_000  # bytes that are read of a lock file
PAUSE = 0.05  # seconds between two attempts

_held: set[tuple[int, Path]] = set()  # (thread, lock file): a job may call another one in its own folder


@contextmanager
def held(folder: Path, wait: float = 0.2, name: str = NAME) -> Iterator[None]:
    """Hold the lock of `folder`, which is created if needed, and sweep what a killed job left there.

    name: of the lock file; with another one than NAME, not the whole folder is meant, and what lies in its folders is
    left alone. wait: seconds to wait for another job. Raises JobError, with who holds the lock, if it does not end.
    """
    path, until = Path(folder).resolve() / name, time.monotonic() + wait
    mark = (threading.get_ident(), path)
    if mark in _held:
        yield
        return
    created = [place for place in path.parents if not place.exists()]
    try:
        while (file := _try(path)) is None:
            if time.monotonic() >= until:
                raise JobError(f"{folder} is in use by {_holder(path)}. Wait until that ends, or choose another folder")
            time.sleep(PAUSE)
        _held.add(mark)
        try:
            atomic.sweep(path.parent, within=name == NAME)
            yield
        finally:
            _held.discard(mark)
            _release(path, file)
    finally:
        with suppress(OSError):  # there is something in it now
            for place in created:
                place.rmdir()


def one_job_in(argument: str, wait: float = 0.2) -> Callable:
    """A decorator: the function holds the lock of the folder that it is given as `argument` ("run", "self.root")."""

    def decorate(function: Callable) -> Callable:
        signature = inspect.signature(function)
        first, *attributes = argument.split(".")

        @functools.wraps(function)
        def locked(*arguments: Any, **named: Any) -> Any:
            given = signature.bind(*arguments, **named).arguments[first]
            with held(functools.reduce(getattr, attributes, given), wait):
                return function(*arguments, **named)

        return locked

    return decorate


def _try(path: Path) -> int | None:
    """The lock file, open and locked; None where another process or thread holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | NO_LINK, 0o666)
    except FileNotFoundError:  # whoever held the lock has just deleted the folder that it had made
        return None
    if not _lock(file) or not _is_current(file, path):
        os.close(file)
        return None
    who = {"process": os.getpid(), "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
           "since": time.strftime("%Y-%m-%d %H:%M:%S")}  # fmt: skip
    try:
        os.truncate(file, 0)
        os.write(file, json.dumps(who).encode())
    except OSError as error:  # the disk is full: the lock must not outlive the job in a process that goes on
        _release(path, file)
        error.filename = str(path)
        raise
    return file


def _release(path: Path, file: int) -> None:
    if os.name != "nt":  # there an open file can't be deleted, and stays
        path.unlink(missing_ok=True)
    os.close(file)


def _is_current(file: int, path: Path) -> bool:
    """Whether the open file is the one at `path`: who held the lock deletes it, and another may have made a new one."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _holder(path: Path) -> str:
    try:
        who = json.loads(path.read_bytes()[:LARGEST])
        return f"{who['command']} (process {who['process']}, since {who['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another job"


if os.name == "nt":
    import msvcrt

    def _lock(file: int) -> bool:
        os.lseek(file, 1 << 30, os.SEEK_SET)  # a byte far behind the text, which others are to read
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(file, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
