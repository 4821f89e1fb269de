"""The addresses of pictures for a name, from the search page that simple_image_download 0.2 reads.

The package is used as it is, and guarded against what it does: it looks for the next address in an endless loop where
a page has none, starts again from the top past the last one, waits without a limit, takes a comma for the end of a
name, and answers every failure by printing it and exit(0), which looks like success. So it runs in a process of its
own (this file, started by its path), which ends itself in time, and is asked for exactly what the page has.
"""

import contextlib
import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

# what the package takes for the address of a picture: up to the first backslash, with one of these somewhere in it
ADDRESS = re.compile(r'"(https://[^"\\]*)[^"]*"')
ENDINGS = (".jpg", "png", ".ico", ".gif", ".jpeg")
OWN = ("google.com", "gstatic.com")  # the search page's own buttons and emblems lie there
TOO_LONG = 3  # exit code of the child
START = 60  # seconds that a busy computer may take to start the child


class SearchError(Exception):
    """Why a search gave no addresses. `refused`: the searched site asks us to stop (HTTP 429)."""

    def __init__(self, reason: str, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


def addresses(name: str, seconds: float) -> list[str]:
    """The addresses for one name, best first, each once. Raises SearchError.

    Each wait for the network takes `seconds` at most, and all of it twice that.
    """
    # -P: the other files of this folder are not for import by their bare names
    command = [sys.executable, "-P", __file__, " ".join(name.replace(",", " ").split()), str(seconds)]
    try:
        child = subprocess.run(command, capture_output=True, timeout=START + 2 * seconds, encoding="utf-8")
    except subprocess.TimeoutExpired:
        raise SearchError(_too_long(seconds)) from None
    if child.returncode == TOO_LONG:
        raise SearchError(_too_long(seconds))
    try:
        answer = json.loads(child.stdout)
    except ValueError:
        last = (child.stderr.strip().splitlines() or ["without a word"])[-1]
        raise SearchError(f"the search broke off ({last})") from None
    if "printed" in answer:
        raise _failure(answer["printed"], seconds)
    found = [address.replace("&amp;", "&") for address in answer["addresses"]]
    found = [address for address in dict.fromkeys(found) if not _is_own(address)]
    if not found:
        raise SearchError("the search page shows no photo: nothing was found, or the page has a form we don't know")
    return found


def _too_long(seconds: float) -> str:
    return f"the search took more than {2 * seconds:g} seconds and was stopped"


def _failure(printed: str, seconds: float) -> SearchError:
    """The reason, from what the package printed before its exit(0)."""
    if "HTTP Error 429" in printed:
        reason = "the search refuses us for now (HTTP 429, too many questions): try again in some hours"
        return SearchError(reason, refused=True)
    if "HTTP Error" in printed:
        return SearchError(f"the search answered with an error ({printed})")
    if "timed out" in printed:
        return SearchError(f"the search gave no answer in {seconds:g} seconds: is this computer online?")
    return SearchError(f"the search can't be reached ({printed}): is this computer online?")


def _is_own(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:  # no address at all
        return True
    return any(host == own or host.endswith(f".{own}") for own in OWN)


def _search(package: type, name: str) -> dict[str, list[str] | str]:
    """In the child: {"addresses": ...}, or {"printed": what the package printed where it gave up}."""

    class Search(package):
        """Keeps the page, so that it is asked for once."""

        page: str | None = None

        def _download_page(self, url: str) -> str:
            if self.page is None:
                self.page = super()._download_page(url)
            return self.page

    engine, printed = Search(), io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            engine.urls(name, 0)  # reads the page and looks for nothing
    except SystemExit:
        return {"printed": printed.getvalue().strip()}
    count = sum(any(ending in address for ending in ENDINGS) for address in ADDRESS.findall(engine.page))
    return {"addresses": engine.urls(name, count)}


if __name__ == "__main__":
    # here, for only the child needs it
    from simple_image_download.simple_image_download import simple_image_download

    limit = float(sys.argv[2])
    socket.setdefaulttimeout(limit)
    # each wait is limited, but there may be many: an answer can come letter by letter
    watch = threading.Timer(2 * limit, os._exit, [TOO_LONG])
    watch.daemon = True
    watch.start()
    print(json.dumps(_search(simple_image_download, sys.argv[1])))
