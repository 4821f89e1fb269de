"""Atomic writes: into a temporary file beside the target, which then replaces the target."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from pipeline.common.errors import about


@contextlib.contextmanager
def writing(target: Path) -> Iterator[Path]:
    """A temporary path to write to, in the folder of `target`, which is created if needed.

    When the block ends without an error, the temporary file replaces `target` in one step. Otherwise it is removed, and
    `target` stays as it was. An OSError names `target`.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    # the suffix is kept, since np.save and Matplotlib depend on it
    temporary = target.with_name(f".writing-{uuid.uuid4().hex}{target.suffix}")
    try:
        with about(target):
            yield temporary
            os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
