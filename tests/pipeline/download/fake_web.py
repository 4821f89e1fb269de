"""A fake web on 127.0.0.1: a proxy that itself answers for every host, and is set by environment variables only."""

import http.server
import json
import os
import socketserver
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import trustme


@dataclass(frozen=True)
class Answer:
    """What an address gives. pause: seconds before every part of the body. location: makes it a redirect.

    length: whether the answer has a Content-Length.
    """

    body: bytes = b""
    kind: str = "image/jpeg"
    status: int = 200
    pause: float = 0.0
    part: int = 1 << 20
    location: str | None = None
    length: bool = True


def search_page(addresses):
    """A page like those of the search: addresses of photos among its own emblems, drawings and scripts."""
    rows = ",".join(f"[{json.dumps(address)},400,600]" for address in addresses)
    head = (
        '<!doctype html><html><body class="a"><img src="https://www.example.com/logo.svg">'
        '<img src="https://ssl.gstatic.com/emblem.png"><img src="https://www.google.com/images/logo.png">'
    )
    return Answer(f"{head}<script>f({{data:[{rows}]}});</script></body></html>".encode(), "text/html")


class FakeWeb:
    """pages: answers to searches, by name. files: answers, by address. log: the addresses that were requested."""

    def __init__(self, folder: Path) -> None:
        self.pages: dict[str, Answer] = {}
        self.files: dict[str, Answer] = {}
        self.log: list[str] = []
        self.busiest: dict[str, int] = {}
        self._busy: dict[str, int] = {}
        self._lock = threading.Lock()
        self._authority = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._certificates = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self._certificates))
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.web = self
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": .02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def searched(self) -> list[str]:
        return [parse_qs(urlsplit(address).query)["q"][0] for address in self.log if "/search?" in address]

    def fetched(self) -> list[str]:
        return [address for address in self.log if "/search?" not in address]

    def environment(self) -> dict[str, str]:
        proxy = f"http://127.0.0.1:{self._server.server_port}"
        ways = {"HTTPS_PROXY": proxy, "https_proxy": proxy, "HTTP_PROXY": proxy, "http_proxy": proxy,
                "NO_PROXY": "", "no_proxy": "", "ALL_PROXY": "", "all_proxy": "",
                "REQUESTS_CA_BUNDLE": str(self._certificates), "CURL_CA_BUNDLE": "",
                "SSL_CERT_FILE": str(self._certificates)}  # fmt: skip
        return {**os.environ, **ways}

    def context(self, host: str) -> ssl.SSLContext:
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._authority.issue_cert(host).configure_cert(self._contexts[host])
            return self._contexts[host]

    def answer(self, host: str, address: str) -> Answer:
        with self._lock:
            self.log.append(address)
            self._busy[host] = self._busy.get(host, 0) + 1
            for key, busy in ((host, self._busy[host]), ("all", sum(self._busy.values()))):
                self.busiest[key] = max(self.busiest.get(key, 0), busy)
        if host == "www.google.com":
            return self.pages.get(self.searched()[-1], Answer(b"<html>nothing", "text/html"))
        return self.files.get(address, Answer(b"<html>not here</html>", "text/html", 404))

    def answered(self, host: str) -> None:
        with self._lock:
            self._busy[host] -= 1


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, request, address) -> None:
        """Ignore clients that hang up: many of the tests do so."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scheme = "http"
    secured: ssl.SSLSocket | None = None

    def do_CONNECT(self) -> None:
        self.send_response(200)
        self.end_headers()
        context = self.server.web.context(self.path.split(":")[0])
        self.connection = self.secured = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.scheme, self.close_connection = "https", False

    def finish(self) -> None:
        super().finish()
        if self.secured:
            self.secured.close()

    def do_GET(self) -> None:
        host = self.headers["Host"].split(":")[0]
        address = self.path if "://" in self.path else f"{self.scheme}://{host}{self.path}"
        answer = self.server.web.answer(host, address)
        try:
            self._send(answer)
        finally:
            self.server.web.answered(host)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        if answer.length:
            self.send_header("Content-Length", str(len(answer.body)))
        else:  # the end is where the connection ends
            self.close_connection = True
            self.send_header("Connection", "close")
        if answer.location:
            self.send_header("Location", answer.location)
        self.end_headers()
        for start in range(0, len(answer.body), answer.part):
            time.sleep(answer.pause)
            self.wfile.write(answer.body[start : start + answer.part])

    def log_message(self, *arguments) -> None:
        pass
