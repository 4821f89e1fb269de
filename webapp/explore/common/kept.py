"""What is costly to compute and asked for again with every click: the last few results of each kind, in memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

from flask import current_app

Result = TypeVar("Result")


class Kept:
    """The results that were asked for last. Safe for many threads, and none is computed twice at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kinds: dict[
            str, OrderedDict[Hashable, list]
        ] = {}  # kind -> key -> [lock, and the result when it is there]

    def get(self, kind: str, key: Hashable, compute: Callable[[], Result], at_most: int = 6) -> Result:
        """The result under `key`, computed where it is not there. at_most: results of this kind that are kept.

        Raises what `compute` raises, and keeps nothing then.
        """
        with self._lock:
            results = self._kinds.setdefault(kind, OrderedDict())
            entry = results.setdefault(key, [threading.Lock()])
            results.move_to_end(key)
            while len(results) > at_most:
                results.popitem(last=False)
        with entry[0]:
            if len(entry) == 1:
                entry.append(compute())
            return entry[1]

    def find(self, kind: str, key: Hashable) -> object | None:
        """The result under `key`, None where it is not there. Nothing is computed."""
        with self._lock:
            entry = self._kinds.get(kind, {}).get(key, [None])
        return entry[1] if len(entry) > 1 else None


def results() -> Kept:
    """The results of the current application."""
    return current_app.extensions["explore_results"]
