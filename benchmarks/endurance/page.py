"""A page that is attacked: it is started in a process of its own for a run with a gallery, at 127.0.0.1.

    equal        8 threads x 20 posts: how many answers differ from the one that the same photo gets alone
    growth       twice N posts: the memory after the first N and after the second
    costly       8 clients post a face for some seconds while costly files arrive (costly.py): the time that 95 % of the
                 faces take at most, the peak of the memory of the page and its decoders together, and afterwards
    eight_large  the same with eight photos of 40 million pixels
    ctrl_c       the seconds from Ctrl-C to the end of the page, while costly files are decoded

Memory is the resident memory of the page and of the processes that it started, in MB (10^6 bytes); it needs /proc.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

CLIENTS = 8
PAUSE = 0.05  # seconds between two faces of one client
SETTLED = 15  # seconds after a burst, after which decoders without work are gone
TIMEOUT = 300  # seconds for one answer


class Page:
    """A page in a process of its own, and what is asked of it."""

    def __init__(self, run: Path, kernels_name: str) -> None:
        command = [sys.executable, "-m", "webapp.serve", "--run", str(run), "--port", "0", "--kernels", kernels_name]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = urlsplit(self.process.stdout.readline().strip()).port

    def post(self, photo: bytes) -> tuple[int, bytes, float]:
        """(status, answer, seconds) of POST /api/predict."""
        body = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n' + photo + b"\r\n--x--\r\n"
        started = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request("POST", "/api/predict", body, {"Content-Type": "multipart/form-data; boundary=x"})
            response = connection.getresponse()
            return response.status, response.read(), time.perf_counter() - started
        finally:
            connection.close()

    def megabytes(self) -> float:
        """The memory of the page and of the processes that it started."""
        return megabytes(self.process.pid)

    def seconds(self) -> float:
        """The processor time that the page itself took until now, on all cores together."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> float:
        """The seconds that the page takes to end after Ctrl-C."""
        started = time.perf_counter()
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        return time.perf_counter() - started


@contextmanager
def page(run: Path, kernels_name: str) -> Iterator[Page]:
    """A page that has answered once, and is gone afterwards."""
    made = Page(run, kernels_name)
    try:
        made.post(b"")
        yield made
    finally:
        made.process.kill()
        made.process.wait()
        made.process.stdout.close()


def equal(page: Page, photos: list[bytes], threads: int = 8, posts: int = 20) -> dict[str, int]:
    """How many of `threads` x `posts` answers differ from the one that the photo gets alone."""
    alone = [page.post(photo)[:2] for photo in photos]
    differ = Counter()

    def work(first: int) -> None:
        for k in range(first, first + posts):
            differ[page.post(photos[k % len(photos)])[:2] != alone[k % len(photos)]] += 1

    _at_once([lambda first=first: work(first) for first in range(threads)])
    return {"answers": threads * posts, "different": differ[True]}


def growth(page: Page, photos: list[bytes], posts: int) -> dict[str, float]:
    """The memory before, after `posts` requests, and after as many again."""
    memory = [page.megabytes()]
    for _ in range(2):
        for k in range(posts):
            page.post(photos[k % len(photos)])
        memory.append(page.megabytes())
    return {"posts": 2 * posts, "before_mb": memory[0], "half_mb": memory[1], "after_mb": memory[2]}


def burst(page: Page, photos: list[bytes], files: dict[str, bytes], seconds: float) -> dict[str, object]:
    """CLIENTS post faces for `seconds`, or until every file of `files` is answered, while those arrive all at once."""
    for photo in photos:  # what is loaded once is loaded
        page.post(photo)
    start = page.megabytes()
    times, statuses, peak, answered = [], Counter(), [start], {}
    over = threading.Event()

    def client() -> None:
        end = time.perf_counter() + seconds
        for k in range(round(seconds / PAUSE)):
            if time.perf_counter() > end:
                break
            status, _, took = page.post(photos[k % len(photos)])
            statuses[status] += 1
            times.append(took)
            time.sleep(PAUSE)

    def upload(name: str) -> None:
        status, answer, took = page.post(files[name])
        answered[name] = {"status": status, "seconds": took, "error": json.loads(answer).get("error", "")}

    def watch() -> None:
        while not over.wait(0.02):
            peak.append(page.megabytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    _at_once([client] * CLIENTS + [lambda name=name: upload(name) for name in files])
    over.set()
    watcher.join()
    time.sleep(SETTLED)
    return {"faces": len(times), "statuses": dict(statuses), "p95_s": float(np.quantile(times, 0.95)), "start_mb": start,
            "peak_mb": max(peak), "after_mb": page.megabytes(), "costly": answered}  # fmt: skip


def ctrl_c(page: Page, files: dict[str, bytes]) -> dict[str, float]:
    """The seconds that the page takes to end while files are decoded."""
    def upload(name: str) -> None:
        try:
            page.post(files[name])
        except (OSError, http.client.HTTPException):
            pass  # the page ends before its answer

    threads = [threading.Thread(target=upload, args=(name,)) for name in files]
    for thread in threads:
        thread.start()
    time.sleep(1)  # some are decoded now, others wait
    seconds = page.stop()
    for thread in threads:
        thread.join()
    return {"seconds": seconds}


def megabytes(process: int) -> float:
    """The resident memory of a process and of its children."""
    return sum(_resident(pid) for pid in (process, *_children(process)))


def _at_once(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:  # it has ended
            continue
        if int(text.rpartition(")")[2].split()[1]) == parent:
            found.append(int(path.parent.name))
    return found


def _resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmRSS"))
