"""Chromium over its debugging pipe, with nobody listening to what it loads.

A driver that listens to every request (playwright) makes two cores take 1.2 to 1.6 times as long to show a page: that
would be the time of the driver. So a few messages go through the two pipes that Chromium offers.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.chromium import CHROMIUM
from pipeline.common.errors import JobError

IN, OUT = 3, 4  # the file numbers that Chromium reads from and writes to
SIZE = "1280,800"
PATIENCE = 120  # seconds for one answer: a training may have to compile its kernels
FLAGS = ("--headless", "--no-sandbox", "--remote-debugging-pipe", "--hide-scrollbars", f"--window-size={SIZE}")


class Browser:
    """A Chromium that runs. `folder`: for its profile."""

    def __init__(self, folder: str) -> None:
        (read, self._write), (self._read, write) = os.pipe(), os.pipe()

        def place() -> None:
            copies = os.dup(read), os.dup(write)  # neither is in the way of the other
            os.dup2(copies[0], IN)
            os.dup2(copies[1], OUT)

        command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={folder}", "about:blank"]
        self.process = subprocess.Popen(command, preexec_fn=place, close_fds=False, stderr=subprocess.DEVNULL)
        os.close(read)
        os.close(write)
        self._number, self._waiting = 0, b""

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """The result of a method of the DevTools protocol. Raises JobError where it fails, or the browser has ended."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise JobError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def close(self) -> None:
        os.close(self._write)  # then Chromium ends
        self.process.wait()
        os.close(self._read)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._waiting:
            piece = os.read(self._read, 1 << 16)
            if not piece:
                raise JobError("Chromium has ended")
            self._waiting += piece
        message, _, self._waiting = self._waiting.partition(b"\0")
        return json.loads(message)


class Tab:
    """A tab with cookies and a cache of its own. script: runs in each page before the page's own scripts."""

    def __init__(self, browser: Browser, script: str) -> None:
        self._browser = browser
        self._context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.call("Page.enable", self._session)
        browser.call("Page.addScriptToEvaluateOnNewDocument", self._session, source=script)

    def go(self, address: str) -> None:
        """Open a page. It is there when this returns, but not all that belongs to it."""
        self._browser.call("Page.navigate", self._session, url=address)

    def value(self, promise: str) -> Any:
        """What a promise of the page comes to, as JSON values. Raises JobError where it fails, or after PATIENCE."""
        late = f"setTimeout(() => reject(new Error('nothing in {PATIENCE} seconds')), {1000 * PATIENCE})"
        first = f"Promise.race([{promise}, new Promise((_, reject) => {late})])"
        parameters = {"expression": first, "awaitPromise": True, "returnByValue": True}
        found = self._browser.call("Runtime.evaluate", self._session, **parameters)
        if "exceptionDetails" in found:
            raise JobError(f"in the page: {found['exceptionDetails']['exception'].get('description')}")
        return found["result"].get("value")

    def close(self) -> None:
        self._browser.call("Target.disposeBrowserContext", browserContextId=self._context)


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser that ends with the block."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # Chromium may still write to it
        browser = Browser(folder)
        try:
            yield browser
        finally:
            browser.close()
