"""Several addresses at once: few, fewer still of one host, and none that isn't needed."""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from pipeline.download.fetch import FetchError, host

AT_ONCE = 6
AT_ONCE_A_HOST = 2


def fetch_all(
    addresses: Sequence[str], get: Callable[[str], bytes], missing: Callable[[], int], seconds: float
) -> Iterator[tuple[str, bytes | FetchError]]:
    """Each address with its answer, as they come in, until nothing is `missing()`.

    No more are on the way than are missing. One that took longer than `seconds` is given up. A host that asks to be
    left alone is not asked again.
    """
    waiting, answers = list(addresses), queue.SimpleQueue()
    running: dict[str, float] = {}  # address -> when it is given up

    def work(address: str) -> None:
        try:
            answers.put((address, get(address)))
        except FetchError as error:
            answers.put((address, error))
        except Exception as error:  # a thread that dies in silence would be waited for
            answers.put((address, FetchError(f"no connection ({type(error).__name__})")))

    while missing() > 0:
        while len(running) < min(AT_ONCE, missing()) and (address := _next(waiting, running)):
            running[address] = time.monotonic() + seconds
            # a daemon: neither the end of the program nor Ctrl-C waits for a host that never ends its answer
            threading.Thread(target=work, args=[address], daemon=True).start()
        if not running:
            return
        try:
            address, answer = answers.get(timeout=0.2)  # short, for Ctrl-C isn't heard meanwhile on Windows
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
    """Take the first address whose host isn't busy with us."""
    busy = Counter(map(host, running))
    for index, address in enumerate(waiting):
        if busy[host(address)] < AT_ONCE_A_HOST:
            return waiting.pop(index)
    return None
