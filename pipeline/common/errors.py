"""The error that ends a job with a message for the user, and the file that an error of the system is about."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


class JobError(Exception):
    """The job can't continue. The message says what is wrong, where, and what to do; the command exits with code 1."""


@contextlib.contextmanager
def about(target: Path, kept: str = "What was there before is kept.") -> Iterator[None]:
    """Write `target` within the block, by way of a temporary file .writing-*. An OSError that is raised there names it,
    and says what was `kept`.

    The system itself names the temporary file, or no file where a write to an open one fails (a full disk).
    """
    try:
        yield
    except OSError as error:
        told = (error.filename, error.filename2)
        files = [os.fsdecode(name) for name in told if isinstance(name, str | bytes | os.PathLike)]
        is_ours = any(part.startswith(".writing-") for file in files for part in Path(file).parts)
        if not files or str(target) in files or is_ours:
            error.filename, error.filename2 = str(target), None
            if not hasattr(error, "__notes__"):
                error.add_note(kept)
        raise


def reason(error: OSError) -> str:
    """Why, in the words of the system. NumPy and Pillow report half a write as an error without a number."""
    if error.strerror:
        return error.strerror
    if not error.args:
        return type(error).__name__
    return f"{error.args[0]} (is the disk full?)" if "writ" in str(error.args[0]) else str(error.args[0])
