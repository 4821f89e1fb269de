"""The server behind the page: waitress, with bounds on what one client can take from the others.

    a request that is too large   is answered from its header, and what comes of its body is thrown away
    a connection without a request    is closed after IDLE seconds, and at once where connections run out
    a request that does not end   is closed LONGEST seconds after it began
    Ctrl-C                        ends the server within a second, whatever it works on
"""

import socket
import time
from collections.abc import Callable

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import RequestEntityTooLarge

THREADS = 16  # more than the costly requests that may wait for each other (webapp/server/turns.py)
CONNECTIONS = 200
IDLE, LONGEST = 20, 60  # seconds; a photo of 10 MB on its way from this machine takes less than one
CLEANUP = 1  # seconds between two looks at the connections
DRAIN = 2  # seconds for which the rest of a body that is not wanted is thrown away
SHUTDOWN = 0.2  # seconds that running requests get after Ctrl-C
PIECE = 1 << 16


class Request(HTTPRequestParser):
    """A request that is complete as soon as its header says that its body is too large.

    The application gets it without the body, and refuses it in its own words because of its Content-Length.
    """

    def __init__(self, adj: Adjustments, refuse: Callable[[], None]) -> None:
        super().__init__(adj)
        self._refuse = refuse

    def received(self, data: bytes) -> int:
        """As waitress calls it: the number of bytes that were used."""
        used = super().received(data)
        if not isinstance(self.error, RequestEntityTooLarge):
            return used
        self._refuse()
        self.close()  # what a request without Content-Length has sent so far
        self.error = self.body_rcv = None
        self.expect_continue = False
        length = max(self.content_length, self.body_bytes_received)
        self.headers |= {"CONTENT_LENGTH": str(length), "CONNECTION": "close"}
        return len(data)


class Connection(HTTPChannel):
    """One client. `since` is the time at which its present request began."""

    def __init__(self, *arguments, **named) -> None:
        self.since = time.time()
        self._refused, self._drain_until = False, None
        super().__init__(*arguments, **named)
        self.parser_class = lambda adj: Request(adj, self._refuse)

    def received(self, data: bytes) -> bool:
        """As waitress calls it, with the bytes that came."""
        if self.request is None:
            self.since = time.time()
        return super().received(data)

    def handle_close(self) -> None:
        """Close; but a client that is still sending would see a reset instead of the answer, so it is listened to."""
        if self._refused and self._drain_until is None and self.connected:
            self._drain_until = time.time() + DRAIN
            try:
                self.socket.shutdown(socket.SHUT_WR)
                return
            except OSError:  # the client is gone
                pass
        super().handle_close()

    def readable(self) -> bool:
        """Whether there is something to do when bytes arrive."""
        return self._drain_until is not None or super().readable()

    def writable(self) -> bool:
        """Whether there is something to send, or to close."""
        return self._drain_until is None and super().writable()

    def handle_read(self) -> None:
        """Bytes have arrived, or the client is gone."""
        if self._drain_until is None:
            super().handle_read()
        elif not self.recv(PIECE) or self.is_stale(time.time(), 0):
            super().handle_close()

    def is_stale(self, now: float, idle: float) -> bool:
        """Whether the client keeps a connection that it does not use."""
        if self._drain_until is not None:
            return now > self._drain_until
        began = now - LONGEST > self.since and self.request is not None
        return not self.requests and (began or now - idle > self.last_activity)

    def give_up(self) -> None:
        """Close as soon as what is to be sent is sent; at once, where nothing is."""
        self.will_close = True
        if self._drain_until is not None:
            self.handle_close()

    def _refuse(self) -> None:
        self._refused = True


class Server(TcpWSGIServer):
    """Serves `app` on a socket that listens already, until Ctrl-C."""

    channel_class = Connection

    def __init__(self, app: Flask, listener: socket.socket, threads: int = THREADS) -> None:
        # waitress refuses what is as long as its limit, Flask what is longer
        adj = Adjustments(sockets=[listener], threads=threads, connection_limit=CONNECTIONS, cleanup_interval=CLEANUP,
                          max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1,
                          # a body stays in memory: waitress would write what is larger than this to a temporary file
                          inbuf_overflow=app.config["MAX_CONTENT_LENGTH"] + PIECE)  # fmt: skip
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(threads)
        where = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(app, _sock=listener, dispatcher=dispatcher, adj=adj, sockinfo=where, bind_socket=False)

    def maintenance(self, now: float) -> None:
        """Close what is stale; where connections run out, all that have waited for a second."""
        idle = 1 if len(self._map) >= self.adj.connection_limit else IDLE
        for connection in list(self.active_channels.values()):
            if connection.is_stale(now, idle):
                connection.give_up()

    def run(self) -> None:
        """Serve until Ctrl-C."""
        try:
            self.asyncore.loop(timeout=self.adj.asyncore_loop_timeout, map=self._map)
        except (SystemExit, KeyboardInterrupt):
            self.task_dispatcher.shutdown(timeout=SHUTDOWN)
