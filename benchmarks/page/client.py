"""A client of the page that keeps one connection, as a browser does, and the times of what it asks for."""

import http.client
import re
import time
from collections.abc import Callable
from urllib.parse import urljoin

import numpy as np

from pipeline.common.errors import JobError

LINKED = re.compile(r'<(?:link rel="stylesheet" href|script\b[^>]* src)="([^"]+)"')
# a picture with loading="lazy" waits in a closed list, and no browser asks for it before the list is opened
PICTURE = re.compile(r'<(?:img|image)\b(?![^>]*loading="lazy")[^>]* (?:src|href)="([^"]+)"')
IMPORTED = re.compile(r'^import .* from "(\.[^"]+)"', re.MULTILINE)


class Client:
    """A browser, as far as the server can tell: one connection, which it keeps."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def get(self, address: str) -> str:
        """The text of a page. Raises JobError for a status other than 200."""
        return self._send("GET", address, 200)[1].decode()

    def ask(self, photo: bytes) -> str:
        """The page of the answer for a photo."""
        body = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n' + photo + b"\r\n--x--\r\n"
        place, _ = self._send("POST", "/", 303, body, {"Content-Type": "multipart/form-data; boundary=x"})
        return self.get(place.partition("#")[0])

    def finds_a_face(self, photo: bytes) -> bool:
        """Whether there is an answer; a photo without a face has another way, which is not what is timed."""
        try:
            self.ask(photo)
        except JobError:
            return False
        return True

    def linked(self, address: str) -> str:
        """A page, after its stylesheets and scripts are read, too."""
        page = self.get(address)
        waiting = [urljoin(address, link) for link in LINKED.findall(page)]
        for link in waiting:  # grows by what the scripts import
            text = self.get(link)
            if ".js" in link:
                imported = (urljoin(link, name) for name in IMPORTED.findall(text))
                waiting += [name for name in imported if name not in waiting]
        return page

    def first_picture(self, address: str) -> int:
        """Read a page with stylesheets, scripts and all pictures that it shows. Returns the number of pictures."""
        pictures = dict.fromkeys(PICTURE.findall(self.linked(address)))
        for picture in pictures:
            self._send("GET", urljoin(address, picture.replace("&amp;", "&")), 200)
        return len(pictures)

    def close(self) -> None:
        self._connection.close()

    def _send(
        self, method: str, address: str, status: int, body: bytes | None = None, headers: dict | None = None
    ) -> tuple[str, bytes]:
        self._connection.request(method, address, body, headers or {})
        response = self._connection.getresponse()
        content = response.read()
        if response.status != status:
            raise JobError(f"{method} {address} is answered with {response.status}: {content[:300].decode()}")
        return response.headers.get("Location", ""), content


def milliseconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begin)


def times(work: Callable[[int], object], rounds: int, cpu: Callable[[], float], before: int = 2) -> dict[str, float]:
    """work(0), work(1) ...: {"median", "p95", "cpu", "rounds"}; `before` more before them are not counted.

    cpu(): seconds of the server.
    """
    for k in range(before):
        work(k)
    used = cpu()
    taken = [milliseconds(lambda k=k: work(k)) for k in range(rounds)]
    figures = {"median": np.median(taken), "p95": np.quantile(taken, 0.95), "cpu": 1000 * (cpu() - used) / rounds}
    return {name: round(float(value), 1) for name, value in figures.items()} | {"rounds": rounds}
