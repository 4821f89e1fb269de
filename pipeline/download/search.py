"""The addresses of pictures for a name, from the search page that simple_image_download 0.2 reads.

The package is used unchanged, and this file guards against its faults. If a page has no address, it searches in an
endless loop. After the last address it starts again at the first. It waits without a limit, and takes a comma for the
end of a name. It answers every failure by printing it and exit(0), which looks like success. So it runs in its own
process (this file, started by its path), which ends itself in time, and is asked for exactly as many addresses as the
page has.
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

# what the package takes for the address of a picture: it ends at the first backslash, and contains one of ENDINGS
ADDRESS = re.compile(r'"(https://[^"\\]*)[^"]*"')
ENDINGS = (".jpg", "png", ".ico", ".gif", ".jpeg")
OWN = ("google.com", "gstatic.com")  # the search page's own buttons and emblems are there
TOO_LONG = 3  # exit code of the child
START = 60  # the seconds that a busy computer may need to start the child


class SearchError(Exception):
    """The reason why a search gave no addresses. refused: the site asks us to stop (HTTP 429)."""

    def __init__(self, reason: str, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


def addresses(name: str, seconds: float) -> list[str]:
    """The addresses for one name, best first, each once. Raises SearchError.

    Each wait for the network is limited by `seconds`, and the whole search by twice that.
    """
    # -P: the other files of this folder must not be importable by their bare names
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
        raise SearchError("the search page shows no photo: nothing was found, or the page has an unknown form")
    return found


def _too_long(seconds: float) -> str:
    return f"the search took more than {2 * seconds:g} seconds and was stopped"


def _failure(printed: str, seconds: float) -> SearchError:
    """The reason, from what the package printed before its exit(0)."""
    if "HTTP Error 429" in printed:
        reason = "the search refuses requests for now (HTTP 429, too many requests): try again in some hours"
        return SearchError(reason, refused=True)
    if "HTTP Error" in printed:
        return SearchError(f"the search answered with an error ({printed})")
    if "timed out" in printed:
        return SearchError(f"the search gave no answer in {seconds:g} seconds: is this computer online?")
    return SearchError(f"the search can't be reached ({printed}): is this computer online?")


def _is_own(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:  # not an address
        return True
    return any(host == own or host.endswith(f".{own}") for own in OWN)


def _search(package: type, name: str) -> dict[str, list[str] | str]:
    """In the child: {"addresses": ...}, or {"printed": what the package printed when it failed}."""

    class Search(package):
        """Keeps the page, so that it is requested only once."""

        page: str | None = None

        def _download_page(self, url: str) -> str:
            if self.page is None:
                self.page = super()._download_page(url)
            return self.page

    engine, printed = Search(), io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            engine.urls(name, 0)  # reads the page, and searches for 0 addresses
    except SystemExit:
        return {"printed": printed.getvalue().strip()}
    count = sum(any(ending in address for ending in ENDINGS) for address in ADDRESS.findall(engine.page))
    return {"addresses": engine.urls(name, count)}


if __name__ == "__main__":
    # imported here, since only the child needs it
    from simple_image_download.simple_image_download import simple_image_download

    seconds = float(sys.argv[2])
    socket.setdefaulttimeout(seconds)
    # each wait is limited, but there may be many: an answer can arrive byte by byte
    watch = threading.Timer(2 * seconds, os._exit, [TOO_LONG])
    watch.daemon = True
    watch.start()
    print(json.dumps(_search(simple_image_download, sys.argv[1])))
