"""Serve the page with waitress, at 127.0.0.1 only: the page shows photos of people and has no login."""

import ctypes
import os
import socket
from pathlib import Path

import click
from flask import Flask

from pipeline.common.console import Stage, say
from pipeline.common.errors import JobError
from pipeline.common.options import KERNELS
from pipeline.recognise.options import GALLERY, RUN
from pipeline.recognise.rules import DEFAULT, RULES
from webapp import create_app
from webapp.connections import Server

HOST = "127.0.0.1"
PORT = 8000
M_MMAP_THRESHOLD, LARGE = -3, 1 << 20  # the number of an option of glibc's malloc; bytes


def serve(app: Flask, port: int = PORT) -> None:
    """Serve `app` until Ctrl-C, and print its address to standard output. Port 0 takes a free one.

    Raises JobError if the port can't be used.
    """
    try:
        # opened here and not by waitress, which would share a port that is in use on Windows
        listener = socket.create_server((HOST, port))
    except OSError as error:
        raise JobError(f"Port {port} can't be used ({error.strerror}): choose another one with --port.") from error
    with listener:
        give_large_blocks_back()
        server = Server(app, listener)
        click.echo(f"http://{HOST}:{listener.getsockname()[1]}/")
        say("Open this address in a browser. Ctrl-C ends the page.")
        server.run()  # returns after Ctrl-C
        server.close()


def give_large_blocks_back() -> None:
    """Have freed memory of large photos returned to the system at once, where glibc would keep it for each thread."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt:
        mallopt(M_MMAP_THRESHOLD, LARGE)


@click.command("serve", cls=Stage)
@RUN
@GALLERY
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one.")
@click.option("--rule", type=click.Choice(RULES), default=DEFAULT, show_default=True,
              help="Compare with the mean of a person's photos, with the nearest one, or with both.")  # fmt: skip
@KERNELS
def main(run: Path, chosen: Path | None, port: int, rule: str, kernels_name: str) -> None:
    """Serve the page for the trained model in a run folder, at 127.0.0.1."""
    serve(create_app({"RUN": run, "GALLERY": chosen, "RULE": rule, "KERNELS": kernels_name}), port)


if __name__ == "__main__":
    main()
