"""Listen at an address and carry an application with waitress, until Ctrl-C."""

import ctypes
import os
import socket
from collections.abc import Callable

import click
from flask import Flask

from pipeline.common.console import say
from pipeline.common.errors import JobError
from webapp.server.connections import Server

HOST = "127.0.0.1"
PORT = 8000
EVERY = ("0.0.0.0", "::", "")  # every address of the machine
# the number of an option of glibc's malloc; bytes: at 1 MB, a photo of 1024 pixels took 100 ms more to fetch its memory anew
M_MMAP_THRESHOLD, LARGE = -3, 4 << 20


def serve(
    app: Flask, port: int = PORT, host: str = HOST, ready: Callable[[Flask], None] = lambda app: None
) -> None:
    """Serve `app` until Ctrl-C, and print its address to standard output. Port 0 takes a free one.

    ready(app) is called before: who connects meanwhile waits. Raises JobError if the address can't be used.
    """
    try:
        # opened here and not by waitress, which would share a port that is in use on Windows
        listener = socket.create_server((host, port))
    except OSError as error:
        raise JobError(f"Port {port} can't be used ({error.strerror}): choose another one with --port.") from error
    with listener:
        give_large_blocks_back()
        ready(app)
        server = Server(app, listener)
        click.echo(f"http://{_in_address(host)}:{listener.getsockname()[1]}/")
        say("Open this address in a browser. Ctrl-C ends the page.")
        try:
            server.run()  # returns after Ctrl-C
        finally:
            server.close()
            for end in app.extensions["at_end"]:
                end()


def _in_address(host: str) -> str:
    """The host as it stands in an address that can be opened on this machine."""
    if host in EVERY:
        return HOST
    return f"[{host}]" if ":" in host else host


def give_large_blocks_back() -> None:
    """Have freed memory of large photos returned to the system at once, where glibc would keep it for each thread."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt:
        mallopt(M_MMAP_THRESHOLD, LARGE)
