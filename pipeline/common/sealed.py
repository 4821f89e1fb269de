"""JSON that knows when it was changed: it holds a checksum of its own values.

The checksum is of the values, so that spaces and line ends don't count. It finds damage and edits by hand; it is no
proof against somebody who wants to deceive.
"""

import hashlib
import json
from collections.abc import Sequence
from operator import methodcaller
from pathlib import Path
from typing import Any

from pipeline.common import atomic
from pipeline.common.errors import JobError

CHECKSUM = "sha256"


def checksum(values: Any) -> str:
    """The hash of JSON values, hexadecimal. Tuples count as lists."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def write(path: Path, values: dict[str, Any]) -> None:
    """Write values, `format` among them, with their checksum, atomically. Numbers of NumPy become plain ones."""
    values = json.loads(json.dumps(values, default=methodcaller("item")))
    atomic.sweep(path.parent, within=False)
    with atomic.writing(path) as temporary:
        # ASCII, since the name of a file may hold bytes that are no text
        temporary.write_text(json.dumps(values | {CHECKSUM: checksum(values)}, indent=1) + "\n", encoding="utf-8")


def read(path: Path, version: int, way_out: str, older: Sequence[int | None] = ()) -> dict[str, Any]:
    """The values of a sealed JSON file whose `format` is `version`, or one of `older`, which had no checksum
    (None: nor a format).

    Raises JobError, with the name of the file, what is wrong, and the way out, for any other file.
    """
    try:
        values = json.loads(path.read_bytes())
        there = values.get("format") if isinstance(values, dict) else "none"
        if type(there) is not int and there not in older:
            raise ValueError("it gives no format")
        seal = values.pop(CHECKSUM, None)
        if there not in (version, *older):
            advice = ": update siamese-np, which is older than that file. " if there > version else ". "
            raise JobError(f"{path} has format {there}, this program reads format {version}{advice}{way_out}")
        if seal != checksum(values) and not (seal is None and there in older):
            raise ValueError("it was changed since it was written, its checksum differs")
        return values
    except (OSError, ValueError, RecursionError) as error:
        raise JobError(f"{path} is damaged ({error}). {way_out}") from error
