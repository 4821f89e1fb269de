"""Work on many things, some at a time, in memory that stays flat however many there are."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

WORKERS = min(os.cpu_count() or 1, 4)

Job, Result = TypeVar("Job"), TypeVar("Result")


def in_order(work: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
    """work(job) in order, some at a time in threads: decoding, resizing and the networks let each other run.

    At most two jobs a worker are under way, so that memory stays flat however many there are.
    """
    with ThreadPoolExecutor(WORKERS) as pool:
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
