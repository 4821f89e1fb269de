"""The desk: the photos of the folder as it is now, and what was decided on each."""

import hashlib
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.common.console import progress
from pipeline.photos import folder, selection
from pipeline.photos.selection import Face, Selection

SURE = 3_000_000_000  # nanoseconds; the coarsest clock of a file system counts in steps of 2 seconds


@dataclass(frozen=True)
class Photo:
    """One photo. key: made of name and content, the only way in which a client can name it; name: "Person/photo.jpg";
    face: the box of the one that the user chose."""

    key: str
    name: str
    person: str
    path: Path
    digest: str
    kept: bool | None
    face: Face | None

    @property
    def file(self) -> str:
        return self.path.name


@dataclass(frozen=True)
class Progress:
    """How many photos there are, and how many of them were kept and rejected."""

    photos: int
    kept: int
    rejected: int

    @property
    def decided(self) -> int:
        return self.kept + self.rejected


@dataclass(frozen=True)
class State:
    """All photos in order, as they are at one moment; skipped: (path below the folder, reason) of what is none."""

    photos: tuple[Photo, ...]
    skipped: tuple[tuple[str, str], ...]
    undoable: int

    @cached_property
    def place(self) -> dict[str, int]:
        """key -> position in `photos`."""
        return {photo.key: at for at, photo in enumerate(self.photos)}

    @cached_property
    def people(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(photo.person for photo in self.photos))

    @cached_property
    def with_content(self) -> dict[str, list[Photo]]:
        """digest -> the photos with this very content; "", of files that can't be opened, stands for none."""
        found: dict[str, list[Photo]] = {}
        for photo in self.photos:
            found.setdefault(photo.digest, []).append(photo)
        return found | {"": []}

    def find(self, key: str) -> Photo | None:
        return self.photos[self.place[key]] if key in self.place else None

    def undecided(self) -> Photo | None:
        """The first photo that nobody decided."""
        return next((photo for photo in self.photos if photo.kept is None), None)

    def progress(self, person: str | None = None) -> Progress:
        """Of one person, or of all."""
        counts = Counter(photo.kept for photo in self.photos if person in (None, photo.person))
        return Progress(counts.total(), counts[True], counts[False])


class Desk:
    """Looks at the folder at each question, and writes each decision at once. Many threads may use one."""

    def __init__(self, source: Path) -> None:
        """Raises JobError where the folder holds no photos, or its file of decisions is damaged."""
        self.source = Path(source)
        self._lock = threading.Lock()
        self._scan, self._stamp = folder.scan(self.source), None
        self._digests: dict[tuple, str] = {}  # what the system says of a file -> hash of its content
        self._files: dict[str, tuple[str, Path, str]] = {}  # key -> name, path, digest
        for path in progress(selection.names_of(self._scan.people).values(), "reading photos"):
            self._digest(path)
        self.now()

    def now(self) -> State:
        """The state as it is on the disk. Raises JobError."""
        with self._lock:
            return self._look()

    def decide(self, key: str, kept: bool) -> State | None:
        """Keep or reject a photo. Returns the state then, None where the photo isn't there, or is another one now."""
        return self._change(key, lambda name, there: selection.decide(self.source, [name], kept, self._digest, there))

    def choose(self, key: str, face: Face) -> State | None:
        """Keep a photo for this face. Returns the same."""
        return self._change(key, lambda name, there: selection.choose(self.source, name, face, self._digest, there))

    def _change(self, key: str, change: Callable[[str, selection.There], Selection]) -> State | None:
        with self._lock:
            self._scan_again()
            there = selection.names_of(self._scan.people)
            name, path, digest = self._files.get(key, ("", self.source, ""))
            if there.get(name) != path or self._digest(path) != digest:
                return None
            return self._state(change(name, there))

    def undo(self) -> tuple[str | None, State]:
        """Take back the last decision. Returns the photo's name, None where there is nothing to take back; the state."""
        with self._lock:
            self._scan_again()
            name = selection.undo(self.source, self._digest, selection.names_of(self._scan.people))
            return name, self._look()

    def path(self, key: str) -> tuple[Path, str] | None:
        """The file of a photo and its digest, without a look at the whole folder; None where it holds another one now."""
        if key not in self._files:
            self.now()
        _, path, digest = self._files.get(key, ("", self.source, ""))
        return (path, digest) if digest and self._digest(path) == digest else None

    def _look(self) -> State:
        self._scan_again()
        return self._state(selection.load(self.source, self._digest, selection.names_of(self._scan.people)))

    def _scan_again(self) -> None:
        """A scan opens every file, so it is done again only where a folder has changed. Raises JobError."""
        stamp, now = self._folders(), time.time_ns()
        if stamp != self._stamp or not stamp:
            self._scan = folder.scan(self.source)
            # of a folder that changed just now, a further change may not be told apart
            self._stamp = stamp if all(now - changed > SURE for _, changed in stamp) else None

    def _folders(self) -> list[tuple[str, int]]:
        """What is in the folder, people's folders with the time at which a photo last came, went or got another name."""
        try:
            with os.scandir(self.source) as entries:
                return sorted((one.name, one.stat().st_mtime_ns if one.is_dir() else 0) for one in entries)
        except OSError:  # something goes away at this moment
            return []

    def _state(self, decided: Selection) -> State:
        photos = []
        for person in self._scan.people:
            for path in person.files:
                name, digest = f"{person.name}/{path.name}", self._digest(path)
                key = hashlib.sha256(f"{name}\0{digest}".encode(errors="surrogatepass")).hexdigest()[:16]
                kept, face = decided.decisions.get(name), decided.faces.get(name)
                photos.append(Photo(key, name, person.name, path, digest, kept, face))
        self._files = {photo.key: (photo.name, photo.path, photo.digest) for photo in photos}
        skipped = tuple((path.relative_to(self.source).as_posix(), reason) for path, reason in self._scan.skipped)
        return State(tuple(photos), skipped, decided.undoable)

    def _digest(self, path: Path) -> str:
        try:
            stat = os.stat(path)
        except OSError:
            return ""
        # st_ctime sees an older photo that was moved over this one, which st_mtime doesn't
        seen = (path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
        if seen not in self._digests:
            self._digests[seen] = selection.digest_of(path)
        return self._digests[seen]
