"""Answers that were given, each kept under an address of its own, in memory alone.

POST computes an answer, puts it here and redirects to its address; GET shows it. So Back and Reload work, and nothing
is sent twice. An answer holds the photo of a person, so it is kept for SECONDS, and all of them take at most BYTES: the
oldest go first. Nothing of it is ever written to the disk.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import current_app
from werkzeug.exceptions import NotFound

SECONDS = 30 * 60
BYTES = 256_000_000

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Kept:
    """value: what was put in; size: its bytes; until: when it is dropped, by the clock of the store."""

    value: Any
    size: int
    until: float


class Answers:
    """The store. Safe for many threads. `clock` gives seconds."""

    def __init__(
        self, seconds: float = SECONDS, size: int = BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds, self.size = seconds, size
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()  # the oldest first
        self._bytes = 0
        self._sweeper: threading.Timer | None = None

    def put(self, value: Any, size: int) -> str:
        """Keep `value`, which takes `size` bytes. Returns the token that finds it; nobody can guess one."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._kept[token] = Kept(value, size, self._clock() + self.seconds)
            self._bytes += size
            self._drop_old()
            while self._bytes > self.size and len(self._kept) > 1:
                self._drop_oldest()
            self._wake_later()
        return token

    def get(self, token: str, kind: type[Answer]) -> Answer | None:
        """The answer of a token, if it is still kept and is of this kind."""
        with self._lock:
            self._drop_old()
            kept = self._kept.get(token)
            return kept.value if kept and isinstance(kept.value, kind) else None

    def sweep(self) -> None:
        """Drop what is too old. It happens by itself, also where nobody asks any more."""
        with self._lock:
            self._sweeper = None
            self._drop_old()
            self._wake_later()

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)

    def _drop_old(self) -> None:
        while self._kept and next(iter(self._kept.values())).until <= self._clock():
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._bytes -= self._kept.popitem(last=False)[1].size

    def _wake_later(self) -> None:
        if self._kept and self._sweeper is None:
            wait = max(next(iter(self._kept.values())).until - self._clock(), 0.01)
            self._sweeper = threading.Timer(wait, self.sweep)
            self._sweeper.daemon = True
            self._sweeper.start()


def store() -> Answers:
    """The store of the current application."""
    return current_app.extensions["answers"]


def find(token: str, kind: type[Answer]) -> Answer:
    """The answer of a token. Raises NotFound that says why there is none any more, and what to do."""
    found = store().get(token, kind)
    if found is None:
        raise NotFound(
            f"This answer is not kept any more: photos are dropped after {in_words(store())}, and when the page is "
            "started again. Ask once more with the photo."
        )
    return found


def in_words(kept: Answers) -> str:
    """How long and how much is kept, for the reader of a page."""
    return f"{kept.seconds / 60:g} minutes, or earlier where more than {kept.size / 1e6:g} MB are in use"
