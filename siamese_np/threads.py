"""Threads: how a compiled kernel uses all cores, and BLAS beside it.

The kernels give up Python's global lock while they run, so ordinary threads can run them side by side. Each takes the next
part of the images until none is left. That is all: a few idle threads, no second threading library. (Numba's own parallel
loops were measured against it: on two busy cores each entry cost milliseconds of waiting, they take as long again to
compile, and one of their libraries ends the process when two threads enter at once.)

Whoever comes while the crew is at work, another thread of a server for instance, does its own work alone. And so does
each of several long works side by side: a core to each wastes nothing between two kernels, where the crew waits.

A BLAS of several threads beside the crew, or beside each other, would only fight for the cores. BLAS has one such setting
for the whole process; it is made once, when the compiled kernels are first chosen, or a network is trained.
"""

import functools
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

PARTS_A_THREAD = 2  # more than one, so that a core that is slow, or taken away, does not keep the others waiting

Item, Result = TypeVar("Item"), TypeVar("Result")

FEW_IMAGES = 8  # up to so many, one core is as fast as several: they stay on the caller's own thread
CACHE_LINE = 64  # bytes

_pool_is_busy = threading.Lock()
_thread_local = threading.local()
_side_by_side_threads: list[threading.Thread] = []  # who is at one of several works side by side


@functools.cache
def count() -> int:
    """How many threads share the work: NUMBA_NUM_THREADS where it is set, else the cores this process may use."""
    chosen = os.environ.get("NUMBA_NUM_THREADS")
    if chosen:
        return int(chosen)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(count() - 1, 1), thread_name_prefix="kernels")


def share_out(kernel: Callable[..., None], number: int, *arguments) -> None:
    """kernel(*arguments, first, last) for the numbers 0 ... `number` - 1, in parts, on all cores.

    What a part writes must be its own, so that the result does not depend on who does it.
    """
    parts = min(PARTS_A_THREAD * count(), number)
    bounds = [(p * number // parts, (p + 1) * number // parts) for p in range(parts)]
    if count() == 1 or not _together(lambda part: kernel(*arguments, *part), bounds):
        kernel(*arguments, 0, number)


def each(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """[work(item) for item in items], on all cores: whoever is free takes the next item."""
    results: list = [None] * len(items)

    def one(n: int) -> None:
        results[n] = work(items[n])

    if count() == 1 or not _together(one, range(len(items))):
        return [work(item) for item in items]
    return results


def _together(work: Callable[[Item], None], items: Sequence[Item]) -> bool:
    """work(item) for each, with the crew. False, and nothing done, where there is nothing to share, or it is busy, or
    each core has a work of its own."""
    if len(items) < 2 or _has_a_core_of_its_own() or not _pool_is_busy.acquire(blocking=False):
        return False
    try:
        left = iter(items)

        def work_on() -> None:
            for item in left:
                work(item)

        helpers = [_pool().submit(work_on) for _ in range(count() - 1)]
        work_on()
        for helper in helpers:
            helper.cancel() or helper.result()  # one that has not even begun is not needed any more
    finally:
        _pool_is_busy.release()
    return True


def side_by_side(works: Sequence[Callable[[], None]], stop: threading.Event) -> None:
    """Call all `works`, as many at once as there are cores. While no core is left over, each does its own work alone.

    Where one raises, or the user interrupts, `stop` is set, for the others to end soon, none is begun any more, and what
    was raised is raised here. How the others end is not looked at.
    """

    def one(work: Callable[[], None]) -> None:
        _side_by_side_threads.append(threading.current_thread())
        try:
            work()
        finally:
            _side_by_side_threads.remove(threading.current_thread())

    with ThreadPoolExecutor(count(), thread_name_prefix="side by side") as pool:
        try:
            left = {pool.submit(one, work) for work in works}
            while left:
                # not for ever: on Windows Ctrl-C is heard after a wait, not within it
                ended, left = wait(left, timeout=1, return_when=FIRST_COMPLETED)
                for future in ended:
                    future.result()
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _has_a_core_of_its_own() -> bool:
    return len(_side_by_side_threads) >= count() and threading.current_thread() in _side_by_side_threads


def workspace(size: int, dtype: np.dtype) -> np.ndarray:
    """(size,) for the calling thread alone, until it asks for the same dtype again. What is in it is undefined. A thread
    keeps as much as it ever asked for."""
    kept: dict[np.dtype, np.ndarray] = vars(_thread_local).setdefault("workspace", {})
    if dtype not in kept or len(kept[dtype]) < size:
        raw = np.empty(size * dtype.itemsize + CACHE_LINE, np.uint8)
        start = -raw.ctypes.data % CACHE_LINE
        kept[dtype] = raw[start : start + size * dtype.itemsize].view(dtype)
    return kept[dtype][:size]


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
