"""Where each photo came from: OUT/manifest.jsonl, one line of JSON per photo.

Lines are only added. So two downloads into one folder keep each other's lines, and a line that a stopped run left
incomplete does not damage the others.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.common.errors import about

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
    entries = []
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            entry = Entry(**json.loads(line))
            if (Path(folder) / entry.file).stat().st_size == entry.bytes:
                entries.append(entry)
        except (ValueError, TypeError, OSError):  # an incomplete line of a stopped run, or a file that is gone
            continue
    return entries


def add(folder: Path, entry: Entry) -> None:
    """Add a line to the manifest of `folder`."""
    line = json.dumps(asdict(entry), ensure_ascii=False).encode() + b"\n"
    path = Path(folder) / NAME
    with about(path, "The photos that it lists are kept."), path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            # an incomplete line of a stopped run must not damage this one
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line)  # appended at the end, wherever the file was read
