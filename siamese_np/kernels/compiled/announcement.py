"""Tells that kernels are being compiled, and how long that took the last time.

The seconds of each kernel are kept in a file beside the compiled kernels. Their sum is what a start with an empty cache
waits for. A kernel that is called by another is compiled while the other is: its seconds count once, as its own.
"""

import contextlib
import json
import math
import os
import time
from pathlib import Path

from numba.core import event

from siamese_np.kernels.compiled import cache

FILE = "siamese_np-compile-seconds.json"
OURS = ("siamese_np.", "pipeline.")  # a user's own functions are not announced


class Announcement(event.Listener):
    """Listens to Numba, which sends these events of one thread at a time. folder: where the compiled kernels are kept,
    or None."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / FILE if folder else None
        self._seconds = self._read()
        self._running: list[list[float]] = []  # of each kernel: when it began, seconds of those compiled within it
        self._message = self._wording()

    def on_start(self, event: event.Event) -> None:
        if self._is_ours(event):
            cache.tell(self._message)  # once per process
            self._running.append([time.perf_counter(), 0.0])

    def on_end(self, event: event.Event) -> None:
        if not self._is_ours(event):
            return
        begun, within = self._running.pop()
        elapsed = time.perf_counter() - begun
        function = event.data["dispatcher"].py_func
        self._seconds[f"{function.__module__}.{function.__qualname__}"] = round(elapsed - within, 3)
        if self._running:
            self._running[-1][1] += elapsed
        else:
            self._write()

    @staticmethod
    def _is_ours(event: event.Event) -> bool:
        return event.data["dispatcher"].py_func.__module__.startswith(OURS)

    def _wording(self) -> str:
        when = "the first time only" if self._path else "each time, since there is no place to keep them"
        if self._seconds:
            return f"compiling kernels, {when} (all of them took {math.fsum(self._seconds.values()):.0f} seconds last time)"
        return f"compiling kernels, about 30 seconds, {when}"

    def _read(self) -> dict[str, float]:
        """An absent, damaged or foreign file is as good as none."""
        try:
            found = json.loads(self._path.read_bytes()) if self._path else {}
            return {str(name): float(seconds) for name, seconds in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self) -> None:
        if self._path:
            temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
            with contextlib.suppress(OSError):  # only the next message is less exact
                temporary.write_text(json.dumps(self._seconds))
                os.replace(temporary, self._path)
