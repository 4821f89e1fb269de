"""Several addresses at once: only a few, only two of one host, and no more than are needed."""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from pipeline.download.fetch import FetchError, host

AT_ONCE = 6
AT_ONCE_PER_HOST = 2


def fetch_all(
    addresses: Sequence[str], get: Callable[[str], bytes], missing: Callable[[], int], seconds: float
) -> Iterator[tuple[str, bytes | FetchError]]:
    """Yield each address with its answer, in order of arrival, until `missing()` is 0.

    Never more requests are running than are missing. A request that takes longer than `seconds` is given up. A host
    that asks to be left alone gets no further request.
    """
    waiting, answers = list(addresses), queue.SimpleQueue()
    running: dict[str, float] = {}  # address -> when it is given up

    def work(address: str) -> None:
        try:
            answers.put((address, get(address)))
        except FetchError as error:
            answers.put((address, error))
        except Exception as error:  # otherwise the thread would die silently, and its answer would be awaited
            answers.put((address, FetchError(f"no connection ({type(error).__name__})")))

    while missing() > 0:
        while len(running) < min(AT_ONCE, missing()) and (address := _next(waiting, running)):
            running[address] = time.monotonic() + seconds
            # a daemon thread: neither the end of the program nor Ctrl-C waits for a host whose answer never ends
            threading.Thread(target=work, args=[address], daemon=True).start()
        if not running:
            return
        try:
            address, answer = answers.get(timeout=0.2)  # short, since on Windows Ctrl-C has no effect during the wait
        except queue.Empty:
            address, answer = min(running, key=running.get), FetchError("no answer in time")
            if time.monotonic() < running[address]:
                continue
        if running.pop(address, None) is None:
            continue  # it was given up before
        yield address, answer
        if isinstance(answer, FetchError) and answer.refused:
            for other in [other for other in waiting if host(other) == host(address)]:
                waiting.remove(other)
                yield other, FetchError("not asked for: its host asks to be left alone")


def _next(waiting: list[str], running: dict[str, float]) -> str | None:
    """Take the first waiting address whose host has room for another request."""
    busy = Counter(map(host, running))
    for index, address in enumerate(waiting):
        if busy[host(address)] < AT_ONCE_PER_HOST:
            return waiting.pop(index)
    return None
