"""Costly photos take turns, so that there is always memory, and a thread, for the photos of the others.

A request with a costly photo holds its turn to its end, since the picture lives as long: 3 bytes for each of 40 million
pixels. It costs 10 bytes for each while it is decoded.
"""

import threading

from flask import Flask, current_app, g
from werkzeug.exceptions import ServiceUnavailable

AT_ONCE, WAITING = 2, 8  # requests; the server has 16 threads
RETRY_AFTER = 5  # seconds


class Turns:
    """`at_once` turns, for which `waiting` requests may wait."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._turns, self._requests = threading.Semaphore(at_once), threading.Semaphore(at_once + waiting)

    def take(self) -> None:
        """Wait for a turn. Raises ServiceUnavailable where too many requests wait already."""
        if not self._requests.acquire(blocking=False):
            raise ServiceUnavailable(
                "Too many large photos are being answered. Send this one again in some seconds, or send a smaller one.",
                retry_after=RETRY_AFTER,
            )
        self._turns.acquire()

    def give_back(self) -> None:
        """The request is over."""
        self._turns.release()
        self._requests.release()


def register(app: Flask) -> None:
    """Give `app` its turns, and have each given back with the end of the request that took it."""
    app.extensions["turns"] = Turns()
    app.teardown_request(_end)


def take() -> None:
    """Wait for the turn of the current request, which has one for all its photos. Raises ServiceUnavailable."""
    if "has_turn" not in g:
        current_app.extensions["turns"].take()
        g.has_turn = True


def _end(error: BaseException | None) -> None:
    if g.pop("has_turn", False):
        current_app.extensions["turns"].give_back()
