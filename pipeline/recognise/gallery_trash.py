"""Changes of a gallery that can be undone, and what they delete: each change is a list of renames within the gallery.

    GALLERY/.trash/ID/doing.json   the change: what it is in words, how many photos, its renames [from, to]
                      done.json    the same file, when all renames are done
                      undoing.json the same file, while they are taken back
    GALLERY/.trash/ID/0, 1, ...    what the change deletes: it is renamed to these places
                                   what the change adds: it is written here, whole, and renamed from these places

The list is written before the first rename, and each rename is one step. So a process that is killed at any moment leaves
a list of which some renames are done, and `finish`, which runs before the next change and the next reading, does the rest:
a change happens wholly or not at all. To undo it is to take its renames back, in the reverse order.

The folder is hidden, so nobody counts what lies in it as photos. It keeps the last KEPT changes for KEPT_FOR seconds; then
`sweep` deletes them for good, together with what else is known of their photos. ID is the time of the change.
"""

import os
import shutil
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.common import sealed
from pipeline.common.console import say_once
from pipeline.common.errors import JobError, about
from pipeline.recognise import kept_embeddings
from pipeline.recognise.kept_faces import KeptFaces, content_key

FOLDER = ".trash"
FORMAT = 1
KEPT = 20  # changes
KEPT_FOR = 24 * 3600  # seconds
DOING, DONE, UNDOING = "doing.json", "done.json", "undoing.json"

Move = tuple[Path | bytes, Path | None]  # from, or the content of a new file; to, or None: into the trash


class Conflict(JobError):
    """A change does not fit the gallery as it is. Nothing was changed."""


@dataclass(frozen=True)
class Change:
    """A change that is done. what: in words. photos: how many it is about. time: in seconds since 1970."""

    id: str
    what: str
    photos: int

    @property
    def time(self) -> float:
        return int(self.id) / 1e9


class Trash:
    """The trash of the gallery `root`. Whoever calls `do`, `undo`, `delete`, `finish` or `sweep` holds the gallery's lock."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = Path(root), Path(root) / FOLDER

    def changes(self) -> list[Change]:
        """What can be undone, the newest first."""
        found = []
        for place in reversed(self._places()):
            if (record := _read(place / DONE)) is not None:
                found.append(Change(place.name, record["what"], record["photos"]))
        return found

    def do(self, what: str, photos: int, moves: Sequence[Move]) -> Change:
        """Make a change. Raises Conflict where something lies already where something shall go."""
        last = self._places()[-1:]
        place = self.folder / str(max([time.time_ns(), *(int(path.name) + 1 for path in last)]))
        spots = [place / str(number) for number in range(len(moves))]
        new = {spot: start for spot, (start, _) in zip(spots, moves) if isinstance(start, bytes)}
        paths = [(spot if spot in new else start, end or spot) for spot, (start, end) in zip(spots, moves)]
        for start, end in paths:
            if _is_taken(end, start):
                raise Conflict(f"{end} is there already: rename it first")
        inside = [[path.relative_to(self.root).as_posix() for path in pair] for pair in paths]
        place.mkdir(parents=True)
        record = {"format": FORMAT, "what": what, "photos": photos, "moves": inside}
        try:
            for spot, end in paths:
                if spot in new:
                    _write(spot, new[spot], end)
            sealed.write(place / DOING, record)
        except BaseException:  # a full disk: nothing was renamed
            self._remove(place)
            raise
        self._carry_on(place / DOING, record)
        return Change(place.name, what, photos)

    def undo(self, change: Change) -> None:
        """Bring back what was there before a change. Raises Conflict where later changes are in the way."""
        place = self.folder / change.id
        record = _read(place / DONE)
        if record is None:
            raise Conflict(f"“{change.what}” can't be undone any more")
        for start, end in reversed(record["moves"]):
            if not os.path.lexists(self.root / end):
                raise Conflict(f"“{change.what}” can't be undone: {end} was changed since. Undo that first")
            if _is_taken(self.root / start, self.root / end):
                raise Conflict(f"“{change.what}” can't be undone: {start} is there again. Rename or remove that first")
        os.replace(place / DONE, place / UNDOING)
        self._carry_on(place / UNDOING, record)

    def delete(self, change: Change) -> None:
        """Delete for good what a change has deleted. It can't be undone any more."""
        self._delete(self.folder / change.id)

    def is_due(self) -> bool:
        """Whether a change is half done, or something is to be deleted for good."""
        places = self._places()
        return bool(self._overdue(places)) or any((place / name).exists() for place in places for name in (DOING, UNDOING))

    def finish(self) -> None:
        """Do the rest of what a killed process began."""
        for place in self._places():
            for name in (DOING, UNDOING):
                if (place / name).exists() and (record := _read(place / name)) is not None:
                    self._carry_on(place / name, record)

    def sweep(self) -> None:
        """Delete for good what is older than KEPT_FOR, and all but the last KEPT changes."""
        for place in self._overdue(self._places()):
            self._delete(place)

    def _places(self) -> list[Path]:
        """The folders of the changes, the oldest first."""
        if self.folder.is_symlink():
            raise JobError(f"{self.folder} is a link to another folder, where nothing is written or deleted: remove the link")
        try:
            entries = list(self.folder.iterdir())
        except FileNotFoundError:  # nothing was deleted yet, or all was undone just now
            return []
        return sorted((path for path in entries if path.name.isdecimal()), key=lambda path: int(path.name))

    def _overdue(self, places: list[Path]) -> list[Path]:
        oldest = time.time_ns() - KEPT_FOR * 10**9
        begun = [place for place in places if any((place / name).exists() for name in (DOING, DONE, UNDOING))]
        late = [place for number, place in enumerate(begun) if int(place.name) < oldest or number < len(begun) - KEPT]
        return late + [place for place in places if place not in begun]  # without a list: killed before its first rename

    def _carry_on(self, path: Path, record: dict[str, Any]) -> None:
        """Do the renames of a change that are not done yet. Those that are done have nothing at their start any more."""
        moves = [(self.root / start, self.root / end) for start, end in record["moves"]]
        if path.name == UNDOING:
            moves = [(end, start) for start, end in reversed(moves)]
        for start, end in moves:
            if os.path.lexists(start) and not _is_taken(end, start):
                end.parent.mkdir(parents=True, exist_ok=True)
                os.rename(start, end)
        for start, _ in moves:
            with suppress(OSError):  # there is something in it
                start.parent.rmdir()
        if path.name == UNDOING:
            self._delete(path.parent)
        else:
            os.replace(path, path.with_name(DONE))

    def _delete(self, place: Path) -> None:
        files = [path for path in place.rglob("*") if path.is_file() and not path.is_symlink()]
        lists = {place / name for name in (DOING, DONE, UNDOING)}
        keys = {content_key(path.read_bytes()) for path in files if path not in lists}
        # out of the way in one step; whatever is left of it after a kill is swept with other unfinished things
        doomed = self.folder / f".writing-{os.getpid()}-{uuid.uuid4().hex}"
        os.rename(place, doomed)
        # a photo may be there a second time, for another person
        if keys and (keys := keys - {content_key(path.read_bytes()) for path in self.root.glob("[!.]*/*") if path.is_file()}):
            kept = KeptFaces(self.root)
            kept_embeddings.drop(self.root, {stamp for key in keys if (stamp := kept.stamp(key))})
            kept.drop(keys)
            kept.save()
        self._remove(doomed)

    def _remove(self, place: Path) -> None:
        shutil.rmtree(place)
        with suppress(OSError):  # there are others
            self.folder.rmdir()


def _write(path: Path, content: bytes, end: Path) -> None:
    """Write the new file that is renamed to `end` later, and is called so where it can't be written."""
    with about(end, "Nothing was changed."):
        path.write_bytes(content)


def _read(path: Path) -> dict[str, Any] | None:
    """The list of a change; None where it is absent or damaged, which is told."""
    if not path.exists():
        return None
    try:
        record = sealed.read(path, FORMAT, "That change can't be undone")
    except JobError as error:
        if path.exists():  # else it was undone or deleted just now
            say_once(str(error))
        return None
    moved = [PurePosixPath(each) for pair in record["moves"] for each in pair]
    return None if any(each.is_absolute() or ".." in each.parts for each in moved) else record


def _is_taken(end: Path, start: Path) -> bool:
    """Whether something else than `start` is at `end`. Anna and anna are one folder on some systems."""
    if not os.path.lexists(end):
        return False
    return not (os.path.lexists(start) and os.path.samestat(os.lstat(start), os.lstat(end)))
