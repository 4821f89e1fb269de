"""Pool: helper threads that do a job together with the thread that calls.

A job is a compiled kernel or Python code. A kernel is given to the helpers by a board that they look at in compiled
code, without Python's global lock (kernels/compiled/team.py): a helper that is awake begins within a microsecond. A
thread that sleeps takes about 50 microseconds to wake up, as long as a small convolution takes, and a training step of
a small network has some twenty kernels. So a helper goes on looking during LOOK_SECONDS before it sleeps, and the
caller looks for the helpers' end likewise.

Python code in a helper waits for the global lock and for memory that another core has used: it begins some 30
microseconds later. That is for long work alone.
"""

import contextlib
import math
import os
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

# Places of the board, an array of int64. What different threads change lies in different cache lines of eight numbers.
GIVEN = 0  # how many jobs were given so far. A helper looks at it, and begins where it grows
DOOR = 8  # how many helpers are in the kernel; OPEN less while none may go in
NEXT = 16  # the next part of the kernel's work
PARTS = 24  # into how many parts the work is cut
FUNCTION = 25  # the address by which the kernel is called; 0 where the job is Python code
FAILED = 26  # whether the kernel of a helper ended by an error
ARGUMENTS = 32  # and what follows: the arguments of the kernel
BOARD = 1024  # so many places in all
OPEN = 1 << 40

LOOK_SECONDS = 200e-6  # longer than the Python code between two kernels, too short to disturb other programs
MOST_SECONDS = 10  # that the end of the process waits for a helper
PARTS_PER_THREAD = 8  # more than one, so that the others do not wait for a core that is slow or taken away


class Team(NamedTuple):
    """The compiled functions of kernels/compiled/team.py."""

    help: Callable[[np.ndarray, int, int, int], int]
    close: Callable[[np.ndarray], None]
    announce: Callable[[np.ndarray], None]


def _announce(board: np.ndarray) -> None:
    board[GIVEN] += 1


# where nothing is compiled, a helper does not look, but sleeps at once
NO_TEAM = Team(help=lambda board, thread, given, turns: given, close=lambda board: None, announce=_announce)


def make_board(threads: int) -> np.ndarray:
    """A board for so many threads. With one thread, a kernel is given to nobody."""
    board = np.zeros(BOARD if threads > 1 else ARGUMENTS, np.int64)
    board[DOOR], board[PARTS] = -OPEN, PARTS_PER_THREAD * threads if threads > 1 else 1
    return board


class Pool:
    """So many helpers beside the caller. One caller at a time."""

    def __init__(self, helpers: int, team: Team) -> None:
        self._team, self._board = team, make_board(helpers + 1)
        self._turns = _turns(team)
        self._state = threading.Lock()  # held for a moment, to read or change what follows
        self._job: Callable[[], None] | None = None  # Python code; None once the caller has ended its own part
        self._inside: list[threading.Thread] = []  # helpers in that code
        self._asleep: list[threading.Lock] = []  # of helpers, each asleep on a lock
        self._caller: threading.Lock | None = None  # that the caller is asleep on
        self._error: BaseException | None = None
        self._closed = False
        self._process = os.getpid()
        self._beds = [_locked() for _ in range(helpers)]  # each helper sleeps on a lock of its own
        self._threads = [
            threading.Thread(target=self._help, args=[n, bed], name=f"kernels-{n}", daemon=True)
            for n, bed in enumerate(self._beds, 1)
        ]
        for thread in self._threads:
            thread.start()

    def run_kernel(self, kernel: Callable[..., None], number: int, *arguments) -> None:
        """kernel(board, 0, number, *arguments) here, and with other threads' numbers on the helpers that come in time.

        A helper may miss it, if it falls asleep just now: then the others do its part. Raises MemoryError where the kernel
        of a helper failed.
        """
        self._wake()
        try:
            kernel(self._board, 0, number, *arguments)
        finally:
            self._team.close(self._board)  # it is open only if the kernel ended by an error
        if self._board[FAILED]:
            raise MemoryError(
                "a compiled kernel failed in another thread: there is too little memory "
                "(with NUMBA_BOUNDSCHECK=1 it may also be an index outside of an array)"
            )

    def run(self, job: Callable[[], None]) -> None:
        """job() here and on each helper. A helper that has not begun when it ends here is left out.

        Raises what a job raised, after all of them have ended.
        """
        self._error = None
        try:
            self._give(job)
            job()
        finally:
            self._wait_for_helpers()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def close(self) -> None:
        """End the helpers: at the end of the process, since Python cannot end a thread that is in compiled code. It
        waits for a helper that is in a job, but not longer than MOST_SECONDS."""
        if self._process != os.getpid():  # a forked process has none of them
            return
        self._closed = True
        self._give(None)
        for bed in self._beds:  # also of one that an interrupted call forgot to wake
            with contextlib.suppress(RuntimeError):
                bed.release()
        for thread in self._threads:
            thread.join(MOST_SECONDS)

    def _give(self, job: Callable[[], None] | None) -> None:
        with self._state:
            self._job = job
            self._board[FUNCTION] = 0
            self._team.announce(self._board)
        self._wake()

    def _wake(self) -> None:
        with self._state:
            asleep, self._asleep = self._asleep, []
        for lock in asleep:
            lock.release()

    def _wait_for_helpers(self) -> None:
        with self._state:
            self._job = None
            if not self._inside:
                return
            self._caller = lock = _locked()
        try:
            lock.acquire()
        except BaseException:  # the user interrupts: the helpers end what they have begun, before their arrays are used
            lock.acquire()
            raise

    def _help(self, number: int, bed: threading.Lock) -> None:
        board, given = self._board, 0
        while not self._closed:
            given = self._team.help(board, number, given, self._turns)
            with self._state:
                asleep = board[GIVEN] == given
                if asleep:
                    self._asleep.append(bed)
            if asleep:
                bed.acquire()
            elif board[GIVEN] > given and board[FUNCTION] == 0:
                given = int(board[GIVEN])
                self._do_the_job()

    def _do_the_job(self) -> None:
        with self._state:
            job = self._job
            if job is None:
                return
            self._inside.append(threading.current_thread())
        try:
            job()
        except BaseException as error:
            self._error = error
        with self._state:
            self._inside.remove(threading.current_thread())
            if self._caller is not None and not self._inside:
                self._caller.release()
                self._caller = None


def _locked() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


def _turns(team: Team) -> int:
    """How many times a helper can look in LOOK_SECONDS."""
    if team is NO_TEAM:
        return 0
    board, turns, seconds = make_board(1), 10_000, math.inf
    team.close(board)  # they may have to be compiled
    team.help(board, 0, 0, 1)
    for _ in range(5):  # the quickest counts: another program may have the core meanwhile
        begin = time.perf_counter()
        team.help(board, 0, 0, turns)
        seconds = min(seconds, time.perf_counter() - begin)
    return int(turns * LOOK_SECONDS / max(seconds, 1e-6)) + 1
