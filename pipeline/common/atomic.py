"""Atomic writes: into a temporary file beside the target, which then replaces the target.

What a process leaves behind that was killed is swept by the next job in that folder. The name of a temporary file holds
the number of its process, so that nothing is swept that a living process still writes.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.common.errors import about
from siamese_np import archive

__all__ = ["is_temporary", "sweep", "writing"]

@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """A temporary path to write to, as siamese_np.archive.writing gives it. An OSError names `target`."""
    with about(target), archive.writing(target) as temporary:
        yield temporary


TEMPORARY = re.compile(r"\.(writing|replaced|siamese-np\.lock)(-.*)?", re.DOTALL)
WRITING = re.compile(r"\.writing-(?:(\d+)-)?[0-9a-z_]{8,32}(\.\w+)?")  # the process, and a random name


def is_temporary(name: str) -> bool:
    """Whether a file or folder of this name is one of ours, that a job leaves only if it is killed."""
    return TEMPORARY.fullmatch(name) is not None


def sweep(folder: Path, within: bool = True) -> None:
    """Delete what killed processes left unfinished in `folder` and, with `within`, in the folders in it."""
    folders = [entry for entry in _entries(folder) if within and entry.is_dir() and not entry.is_symlink()]
    for place in (folder, *folders):
        for entry in _entries(place):
            match = WRITING.fullmatch(entry.name)
            if match and not (match[1] and _is_alive(int(match[1]))):
                with suppress(OSError):  # what can't be deleted does no harm, and the job goes on
                    shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


if os.name == "nt":
    import ctypes

    def _is_alive(process: int) -> bool:
        # os.kill would end the process here
        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, process)  # PROCESS_QUERY_LIMITED_INFORMATION
        return bool(handle and ctypes.windll.kernel32.CloseHandle(handle))

else:

    def _is_alive(process: int) -> bool:
        try:
            os.kill(process, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:  # of another user
            return True
        return True
