"""Threads: how a compiled kernel uses all cores, and how BLAS is kept beside it.

The kernels release Python's global lock while they run, so that several threads can run them at the same time. Each
thread takes the next part of the work until none is left. That is all: a pool of threads (pool.py), no second threading
library. (Numba's own parallel loops were measured against it: on two busy cores each entry cost milliseconds of
waiting, they take twice as long to compile, and one of their libraries ends the process when two threads enter at
once.)

A call that finds the pool busy, in another thread of a server for instance, runs on its own thread alone. So does each
of several long jobs that run side by side: with one core per job nothing is lost between two kernels, where a pool
would wait.

A BLAS with threads of its own would only compete with the pool for the cores. BLAS has one such setting for the whole
process. It is made once, when the compiled kernels are first chosen or a network is trained.
"""

import atexit
import functools
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from siamese_np.pool import NO_TEAM, Pool, Team, make_board

THREADS_PER_CORE = 4  # at most: more only wait for each other, and each keeps memory of its own
CACHE_LINE = 64  # bytes

Item, Result = TypeVar("Item"), TypeVar("Result")

_pool_is_busy = threading.Lock()
_thread_local = threading.local()
_side_by_side_threads: list[threading.Thread] = []
_team = NO_TEAM


@functools.cache
def count() -> int:
    """The number of threads that share the work: NUMBA_NUM_THREADS if it is set, but no more than four for each core;
    else the cores that this process may use.

    Raises ValueError where NUMBA_NUM_THREADS is set to something else than a whole number from 1 on.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    chosen = os.environ.get("NUMBA_NUM_THREADS", "")
    if not chosen:
        return cores
    if not (chosen.strip().isdecimal() and int(chosen) > 0):
        raise ValueError(f"NUMBA_NUM_THREADS is the number of threads, 1 or more, not {chosen!r}: correct or unset it")
    return min(int(chosen), THREADS_PER_CORE * cores)


@functools.cache
def _pool() -> Pool:
    pool = Pool(count() - 1, _team)
    atexit.register(_close, pool)
    return pool


def _close(pool: Pool) -> None:
    """At the end of the process. Another thread may still use the pool; what it begins after this runs on itself alone."""
    claimed = _pool_is_busy.acquire(timeout=1)
    pool.close()
    if claimed:
        _pool_is_busy.release()


def use_team(team: Team) -> None:
    """Kernels are given to helpers by these functions. Before, each kernel runs on its caller's thread alone."""
    global _team
    _team = team
    _pool.cache_clear()


def share_out(kernel: Callable[..., None], number: int, *arguments) -> None:
    """kernel(board, thread, number, *arguments), of the form that kernels/compiled/team.py describes, on all cores.

    Each part of the numbers 0 ... `number` - 1 has to write to memory of its own, so that the result does not depend on
    which thread does it.
    """
    if number < 2 or _team is NO_TEAM or not _may_share() or not _pool_is_busy.acquire(blocking=False):
        kernel(_board_of_one(), 0, number, *arguments)
        return
    try:
        _pool().run_kernel(kernel, number, *arguments)
    finally:
        _pool_is_busy.release()


def _board_of_one() -> np.ndarray:
    """The calling thread's own board, with no helper."""
    if not hasattr(_thread_local, "board"):
        _thread_local.board = make_board(1)
    return _thread_local.board


def each(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """[work(item) for item in items], on all cores: a thread that is free takes the next item."""
    results: list = [None] * len(items)
    left = iter(range(len(items)))

    def work_on() -> None:
        try:
            for n in left:
                results[n] = work(items[n])
        except BaseException:
            list(left)  # no thread begins another item
            raise

    if len(items) < 2 or not _may_share() or not _pool_is_busy.acquire(blocking=False):
        work_on()
        return results
    try:
        _pool().run(work_on)
    finally:
        _pool_is_busy.release()
    return results


def _may_share() -> bool:
    """Not where there is one core, or where every core has a job of its own."""
    return count() > 1 and not _has_a_core_of_its_own()


def side_by_side(jobs: Sequence[Callable[[], None]], stop: threading.Event) -> None:
    """Call all `jobs`, as many at once as there are cores. While every core has a job, none of them uses the pool.

    When a job raises, or the user interrupts, `stop` is set so that the running jobs can end soon, no further job is
    started, and the error is raised here. Errors of the jobs that end after that are ignored.
    """

    def one(job: Callable[[], None]) -> None:
        _side_by_side_threads.append(threading.current_thread())
        try:
            job()
        finally:
            _side_by_side_threads.remove(threading.current_thread())

    with ThreadPoolExecutor(count(), thread_name_prefix="side by side") as executor:
        try:
            left = {executor.submit(one, job) for job in jobs}
            while left:
                # with a timeout, since on Windows Ctrl-C is heard between two waits, not within one
                ended, left = wait(left, timeout=1, return_when=FIRST_COMPLETED)
                for future in ended:
                    future.result()
        except BaseException:
            stop.set()
            executor.shutdown(wait=False, cancel_futures=True)
            raise


def _has_a_core_of_its_own() -> bool:
    """Whether the calling thread runs one of several jobs side by side, and no core is left over."""
    return len(_side_by_side_threads) >= count() and threading.current_thread() in _side_by_side_threads


def workspaces(size: int, dtype: np.dtype) -> np.ndarray:
    """An array (threads, size) for a kernel that the calling thread shares out, until it asks for the same dtype again.
    Its contents are undefined.

    The first row is for the calling thread. A row that no helper uses takes up no memory. A thread keeps as much as it
    ever asked for.
    """
    kept: dict[np.dtype, np.ndarray] = vars(_thread_local).setdefault("workspaces", {})
    if dtype not in kept or kept[dtype].size < count() * size:
        raw = np.empty(count() * size * dtype.itemsize + CACHE_LINE, np.uint8)
        start = -raw.ctypes.data % CACHE_LINE
        kept[dtype] = raw[start : start + count() * size * dtype.itemsize].view(dtype)
    return kept[dtype][: count() * size].reshape(count(), size)


def use_one_blas_thread() -> None:
    """Hold every BLAS that is loaded at one thread, for the rest of the process."""
    threadpool_limits(limits=1, user_api="blas")


def _after_fork() -> None:
    """A forked process has none of the threads, and may have inherited the lock locked."""
    global _pool_is_busy
    _pool_is_busy = threading.Lock()
    _pool.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
