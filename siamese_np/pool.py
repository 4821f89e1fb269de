"""Pool: helper threads that do a job at the same time as the thread that calls.

A sleeping thread takes about 50 microseconds to wake up. That is as long as a small convolution takes, and a training
step of a small network shares out some twenty such jobs. So a helper that has done its job looks for the next one
during LOOK_SECONDS before it sleeps, and the caller looks for the end of the helpers likewise. They look in compiled
code, which holds no lock of Python's (kernels/compiled/watching.py). Without it they sleep at once.

The two numbers that they look at are on the BOARD, each in a cache line of its own: how many jobs were GIVEN so far,
and how many times a helper's part ENDED.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable

import numpy as np

LOOK_SECONDS = 200e-6  # longer than the Python code between two kernels, too short to matter to other programs
GIVEN, ENDED = 0, 8
Look = Callable[[np.ndarray, int, int, int], bool]


def no_look(board: np.ndarray, at: int, number: int, turns: int) -> bool:
    """In the place of watching.reaches, where it is not compiled."""
    return False


class Pool:
    """So many helper threads. look(board, at, number, turns): whether board[at] reaches `number` soon enough."""

    def __init__(self, helpers: int, look: Look = no_look) -> None:
        self._board = np.zeros(16, np.int64)
        self._look, self._turns = look, _turns(look, self._board)
        self._state = threading.Lock()  # held for a moment, to read or change what follows
        self._job: Callable[[], None] | None = None  # None once the caller has ended its own part
        self._begun = 0  # how many times a helper began its part
        self._asleep: list[threading.Lock] = []  # of the helpers that sleep, each on a lock
        self._caller: threading.Lock | None = None  # that the caller sleeps on
        self._error: BaseException | None = None
        self._closed = False
        self._process = os.getpid()
        self._threads = [threading.Thread(target=self._help, name=f"kernels-{n}", daemon=True) for n in range(helpers)]
        for thread in self._threads:
            thread.start()
        atexit.register(self.close)

    def run(self, job: Callable[[], None]) -> None:
        """job() here and on each helper at the same time. A helper that has not begun when it ends here is left out.

        One caller at a time. Raises what a job raised, after all of them have ended.
        """
        self._error = None
        self._give(job)
        try:
            job()
        finally:
            self._wait_for_helpers()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """End the helpers: at the end of the process, since Python ends no thread that is in compiled code."""
        if self._process != os.getpid():  # a forked process has none of them
            return
        self._closed = True
        self._give(None)
        for thread in self._threads:
            thread.join()

    def _give(self, job: Callable[[], None] | None) -> None:
        with self._state:
            self._job = job
            self._board[GIVEN] += 1
            asleep, self._asleep = self._asleep, []
        for lock in asleep:
            lock.release()

    def _wait_for_helpers(self) -> None:
        with self._state:
            self._job = None
            begun = self._begun
        if self._look(self._board, ENDED, begun, self._turns):
            return
        with self._state:
            if self._board[ENDED] == begun:
                return
            self._caller = lock = _locked()
        lock.acquire()

    def _help(self) -> None:
        given, lock = 0, _locked()
        while True:
            self._wait_for_a_job(given, lock)
            with self._state:
                given, job = int(self._board[GIVEN]), self._job
                self._begun += job is not None
            if self._closed:
                return
            if job is None:
                continue
            try:
                job()
            except BaseException as error:
                self._error = error
            job = None  # what it refers to is not kept until the next one
            with self._state:
                self._board[ENDED] += 1
                if self._caller is not None and self._board[ENDED] == self._begun:
                    self._caller.release()
                    self._caller = None

    def _wait_for_a_job(self, given: int, lock: threading.Lock) -> None:
        if self._look(self._board, GIVEN, given + 1, self._turns):
            return
        with self._state:
            if self._board[GIVEN] > given:
                return
            self._asleep.append(lock)
        lock.acquire()


def _locked() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


def _turns(look: Look, board: np.ndarray) -> int:
    """How many times a number can be looked at in LOOK_SECONDS."""
    turns = 1000
    look(board, GIVEN, 1, 1)  # it may have to be compiled
    begin = time.perf_counter()
    look(board, GIVEN, 1, turns)
    return int(turns * LOOK_SECONDS / (time.perf_counter() - begin)) + 1
