"""One thread does what takes time while the page is used: it reads every photo, compares it with the others, and finds
the faces on those that are looked at. The page asks what is known, and waits for nothing.

Two photos show nearly the same when their correlation is above the threshold of pipeline.pairs.duplicates, .95. It was set
for cropped faces. On 39 whole photos from the web no two different ones reach .63, and every copy is found that was
saved again (quality 20), halved, turned grey or made brighter (.99 and more). Of copies cropped by 2 % at each side half
are found, of mirrored ones none.

Everything is kept by the digest of a photo's content, so that it stays known when a photo gets another name.
"""

import functools
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from pipeline import photos
from pipeline.common.console import say
from pipeline.common.errors import JobError
from pipeline.pairs import duplicates
from pipeline.photos import selection
from webapp.select import found
from webapp.select.found import Faces

TOGETHER = 64  # photos that are compared with all others in one go


class Background:
    """The thread, which begins with the first task, and what it found. Many threads may ask."""

    def __init__(self, detector: Callable[[], Any]) -> None:
        self._make_detector, self._detector = detector, None
        self.trouble = ""  # why no faces can be found
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopping = self._idle = False
        self._paths: dict[str, Path] = {}
        self._wanted: list[str] = []
        self._problems: dict[str, str] = {}  # of every photo that was read; "" for none
        self._faces: dict[str, Faces] = {}
        self._thumbnails: dict[str, np.ndarray] = {}
        self._new: list[str] = []  # thumbnails that were not compared
        self._near: dict[str, set[str]] = {}

    def look(self, there: Iterable[tuple[str, Path]], faces: Sequence[str] = ()) -> None:
        """Read these photos (digest, path), but find the faces on those in `faces` (digests) first."""
        with self._change:
            self._paths, self._wanted, self._idle = dict(there), list(faces), False
            if self._thread is None and not self._stopping:
                self._thread = threading.Thread(target=self._work, name="photos", daemon=True)
                self._thread.start()
            self._change.notify_all()

    def problem(self, digest: str) -> str:
        """Why a photo can't be read; "" where it can, or where that isn't known yet."""
        return self._problems.get(digest, "")

    def faces(self, digest: str) -> Faces | None:
        """None where they were not looked for yet."""
        return self._faces.get(digest)

    def near(self, digest: str) -> frozenset[str]:
        """The digests of photos that show nearly the same, as far as they were compared."""
        with self._change:
            return frozenset(self._near.get(digest, ()))

    def unread(self) -> int:
        """How many photos were not read yet."""
        return sum(digest not in self._problems for digest in self._paths)

    def wait(self, seconds: float) -> bool:
        """Until there is nothing to do; False where that takes longer."""
        with self._change:
            return self._change.wait_for(lambda: self._idle or self._thread is None, seconds)

    def stop(self) -> None:
        """End the thread, after the photo that it is at."""
        with self._change:
            self._stopping = True
            self._change.notify_all()
        if self._thread is not None:
            self._thread.join(1)
            if self._thread.is_alive():
                say("Ending, once the photo at hand is done.")
            self._thread.join()

    def _work(self) -> None:
        while (task := self._next()) is not None:
            task()

    def _next(self) -> Callable[[], None] | None:
        """The next thing to do, after a wait where there is none; None at the end."""
        with self._change:
            while not self._stopping:
                if not self.trouble:
                    for digest in self._wanted:
                        if digest in self._paths and digest not in self._faces:
                            return functools.partial(self._read, digest, self._paths[digest], with_faces=True)
                unread = next((digest for digest in self._paths if digest not in self._problems), None)
                if self._new and (unread is None or len(self._new) >= TOGETHER):
                    return self._compare
                if unread is not None:
                    return functools.partial(self._read, unread, self._paths[unread], with_faces=False)
                self._idle = True
                self._change.notify_all()
                self._change.wait()
            return None

    def _read(self, digest: str, path: Path, with_faces: bool) -> None:
        if selection.digest_of(path) != digest:
            # it was moved or replaced since the page told of it; the next page tells where it is now
            with self._change:
                self._paths = {other: where for other, where in self._paths.items() if (other, where) != (digest, path)}
            return
        try:
            rgb = photos.read(path)
        except photos.PhotoError as error:
            self._problems[digest] = str(error)
            self._faces[digest] = found.nothing((1, 1))
            return
        if digest not in self._problems:
            self._thumbnails[digest] = duplicates.thumbnail(photos.to_gray(rgb))
            self._new.append(digest)
            self._problems[digest] = ""
        if with_faces:
            self._find(digest, rgb)

    def _find(self, digest: str, rgb: np.ndarray) -> None:
        try:
            if self._detector is None:
                self._detector = self._make_detector()
        except (JobError, ImportError, OSError) as error:
            self.trouble = str(error)
            return
        try:
            self._faces[digest] = found.find(rgb, self._detector.detect_faces)
        except Exception:  # the photos after this one count as well
            logging.getLogger(__name__).exception("finding faces failed")
            self._faces[digest] = found.nothing(rgb.shape, "finding faces failed: the terminal shows why")

    def _compare(self) -> None:
        new, all_ = self._new, list(self._thumbnails)
        self._new = []
        with threadpool_limits(1, "blas"):
            alike = duplicates.shift_correlation(
                np.array([self._thumbnails[digest] for digest in new]), np.array(list(self._thumbnails.values()))
            )
        with self._change:
            for a, b in np.argwhere(alike > duplicates.NEAR):
                if new[a] != all_[b]:
                    self._near.setdefault(new[a], set()).add(all_[b])
                    self._near.setdefault(all_[b], set()).add(new[a])
