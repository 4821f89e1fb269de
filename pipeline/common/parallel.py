"""Runs many jobs in a few threads, with an amount of memory that does not depend on their number."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

WORKERS = min(os.cpu_count() or 1, 4)
THREADS = "in order"  # how their names begin

Job, Result = TypeVar("Job"), TypeVar("Result")


def in_order(work: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
    """Yield work(job) for each job, in order. Several threads run at once: image decoding, resizing and the networks
    release the lock of the interpreter.

    At most two jobs per worker are started ahead, so that memory does not grow with the number of jobs.

    Whoever may leave it before its end uses it within `contextlib.closing`: an iterator that is left open waits for its threads
    whenever Python happens to collect it, and where that is in the middle of starting a thread, it waits for ever.
    """
    with ThreadPoolExecutor(WORKERS, thread_name_prefix=THREADS) as pool:
        waiting: deque = deque()
        try:
            for job in jobs:
                waiting.append(pool.submit(work, job))
                if len(waiting) >= 2 * WORKERS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
