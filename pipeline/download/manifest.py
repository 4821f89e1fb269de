"""Where each photo came from: OUT/manifest.jsonl, one line of JSON per photo.

Lines are only added. So two downloads into one folder keep each other's lines, and a line that a stopped run left
incomplete does not damage the others. Each line holds a checksum of its own; one that was changed is told and not used.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.common.console import say
from pipeline.common.errors import about
from pipeline.common.sealed import checksum

CHECK = "check"
NAME = "manifest.jsonl"


@dataclass(frozen=True)
class Entry:
    """An address, and the file with its content (relative to the manifest: "Ada Lovelace/0c2e5b.jpg").

    person: who was searched for. bytes: the size of the file. when: UTC in ISO 8601. An address whose content was there
    already also has an entry, with the file that was there first.
    """

    person: str
    file: str
    address: str
    sha256: str
    bytes: int
    when: str


def load(folder: Path) -> list[Entry]:
    """The entries whose files exist, oldest first; [] without a manifest."""
    path = Path(folder) / NAME
    if not path.exists():
        return []
    entries, unusable = [], 0
    root = Path(folder).resolve()
    for line in filter(str.strip, path.read_text(encoding="utf-8", errors="replace").split("\n")):
        try:
            values = json.loads(line)
            check = values.pop(CHECK, None)  # a line of an older version has none
            entry = Entry(**values)
            if check not in (None, checksum(values)) or not (root / entry.file).resolve().is_relative_to(root):
                raise ValueError("it was changed")
        except (ValueError, TypeError, AttributeError, RecursionError, OSError):
            unusable += 1
            continue
        file = root / entry.file
        if file.is_file() and file.stat().st_size == entry.bytes:
            entries.append(entry)
    if unusable:
        say(f"{path}: {unusable} lines are incomplete or were changed, and are not used")
    return entries


def add(folder: Path, entry: Entry) -> None:
    """Add a line to the manifest of `folder`."""
    values = asdict(entry)
    line = json.dumps(values | {CHECK: checksum(values)}, ensure_ascii=False).encode() + b"\n"
    path = Path(folder) / NAME
    with about(path, "The photos that it lists are kept."), path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            # an incomplete line of a stopped run must not damage this one
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line)  # appended at the end, wherever the file was read
