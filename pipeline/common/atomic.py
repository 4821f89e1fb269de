"""Writes that lose nothing: into a temporary file beside the target, then renamed onto it."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def writing(target: Path) -> Iterator[Path]:
    """A temporary path to write to, in the folder of `target` (made where absent).

    Left without an error, it replaces `target` in one step; left with one, it is removed and `target` stays as it was.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    # the ending is kept: np.save and matplotlib look at it
    temporary = target.with_name(f".writing-{uuid.uuid4().hex}{target.suffix}")
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
