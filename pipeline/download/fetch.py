"""The bytes behind one address, within limits of time and size."""

import ipaddress
import time
from urllib.parse import urljoin

import requests
import urllib3

REDIRECTS = 5
PIECE = 65536  # bytes
LOCAL = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; siamese-np; fetches a few photos for one person)",
    "Accept": "image/*",
    "Accept-Encoding": "identity",  # photos are compressed already
}


class FetchError(Exception):
    """The reason why an address gave nothing, always in the same words for the same cause.

    refused: the host asks us to stop for a while (HTTP 429 or 503).
    """

    def __init__(self, reason: str, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


def fetch(address: str, seconds: float, total_seconds: float, max_bytes: int) -> bytes:
    """The content of `address`, at most `max_bytes`. Each wait is limited by `seconds`, the body by `total_seconds`.

    Proxies and certificates come from the environment (HTTPS_PROXY, REQUESTS_CA_BUNDLE). Raises FetchError.
    """
    end = time.monotonic() + total_seconds
    try:
        for _ in range(REDIRECTS + 1):
            _check(address)
            with requests.get(address, timeout=seconds, stream=True, allow_redirects=False, headers=HEADERS) as answer:
                if not answer.is_redirect:
                    return _body(answer, end, max_bytes)
                address = urljoin(address, answer.headers["location"])
        raise FetchError("too many redirects")
    # reading the body raises urllib3's own errors
    except (requests.Timeout, urllib3.exceptions.TimeoutError):
        raise FetchError("no answer in time") from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise FetchError(f"no connection ({type(error).__name__})") from error


def host(address: str) -> str:
    """The host of an address; "" if it has none."""
    try:
        # the parser of the library that connects: another parser might find another host in a malformed address
        return (urllib3.util.parse_url(address).host or "").strip("[]").rstrip(".").lower()
    except urllib3.exceptions.LocationParseError:
        return ""


def _check(address: str) -> None:
    """Refuse addresses that a search page has no reason to name: other schemes, this computer, the local network.

    Only the address itself is checked, since behind a proxy only the proxy resolves names. So a public name of a local
    address is not detected, but its answer is kept only if it is a photo.
    """
    name = host(address)
    if not address.lower().startswith(("http://", "https://")) or not name:
        raise FetchError("not an address of the web")
    try:
        ip = ipaddress.ip_address(name)
        public = (getattr(ip, "ipv4_mapped", None) or ip).is_global
    except ValueError:
        # a resolver also takes 127.1, 0x7f.1 and 2130706433 for numbers
        public = "." in name and not name.endswith(LOCAL) and not name.rpartition(".")[2][:1].isdigit()
    if not public:
        raise FetchError("an address of the local network")


def _body(answer: requests.Response, end: float, max_bytes: int) -> bytes:
    if answer.status_code != 200:
        raise FetchError(f"HTTP {answer.status_code}", refused=answer.status_code in (429, 503))
    too_large = FetchError(f"more than {max_bytes / 1e6:g} MB")
    if int(answer.headers.get("Content-Length", 0)) > max_bytes:
        raise too_large
    data = bytearray()
    # read1 returns what has arrived; read would wait for a full piece, however slowly it arrives
    while piece := answer.raw.read1(PIECE, decode_content=True):
        data += piece
        if len(data) > max_bytes:
            raise too_large
        if time.monotonic() > end:
            raise FetchError("no answer in time")
    return bytes(data)
