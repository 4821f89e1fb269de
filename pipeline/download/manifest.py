"""Where each photo came from: OUT/manifest.jsonl, a line of JSON for each.

Lines are only ever added, so that two downloads into one folder don't undo each other's, and a line that a stopped run
left half written harms no other.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "manifest.jsonl"


@dataclass(frozen=True)
class Entry:
    """An address and the file that holds what it gave: relative to the manifest, "Ada Lovelace/0c2e5b.jpg".

    person: who was searched for. bytes: the size of the file. when: UTC in ISO 8601. An address that gave what is there
    already has an entry as well, with the file that was there first.
    """

    person: str
    file: str
    address: str
    sha256: str
    bytes: int
    when: str


def load(folder: Path) -> list[Entry]:
    """The entries whose files are there, the oldest first; [] where there is no manifest."""
    path = Path(folder) / NAME
    if not path.exists():
        return []
    entries = []
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            entry = Entry(**json.loads(line))
            if (Path(folder) / entry.file).stat().st_size == entry.bytes:
                entries.append(entry)
        except (ValueError, TypeError, OSError):  # half a line, of a run that was stopped; a file that is gone
            continue
    return entries


def add(folder: Path, entry: Entry) -> None:
    """Add a line to the manifest of `folder`."""
    line = json.dumps(asdict(entry), ensure_ascii=False).encode() + b"\n"
    with (Path(folder) / NAME).open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            # half a line that a stopped run left must not spoil this one
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line)  # at the end, wherever was read
