"""The server over its sockets: sizes refused from the header, connections that nobody uses, an end without waiting."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager

import pytest
from flask import Flask, request

from webapp import create_app
from webapp.server import connections
from webapp.server.connections import Server

HEAD = b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"


@contextmanager
def serving(app):
    """(the server, its address) of `app`, served in this process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(app, listener, threads=2)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield server, listener.getsockname()
        finally:
            server.maintenance = _stop
            server.next_channel_cleanup = 0
            server.pull_trigger()
            thread.join()
            for channel in list(server.active_channels.values()):
                channel.del_channel()
                channel.socket.close()
            server.close()


def _stop(now):
    raise SystemExit


@pytest.fixture
def page(made_run):
    with serving(create_app({"RUN": made_run, "KERNELS": "numpy"})) as (server, address):
        yield server, address


def connect(address):
    return closing(socket.create_connection(address, timeout=60))


def everything(client):
    """All bytes up to the end of the connection."""
    return b"".join(iter(lambda: client.recv(65536), b""))


def test_a_body_that_is_too_large_is_refused_from_the_header_alone(page):
    for expect in (b"", b"Expect: 100-continue\r\n"):
        with connect(page[1]) as client:
            client.sendall(HEAD + expect + b"Content-Length: 900000000\r\n\r\n")
            client.shutdown(socket.SHUT_WR)
            answer = everything(client)
        assert answer.startswith(b"HTTP/1.1 413 ") and b"100 Continue" not in answer
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"] == "That is too much: up to 10 MB can be sent."


def test_a_client_that_sends_all_the_same_sees_the_answer(page):
    with connect(page[1]) as client:
        client.sendall(HEAD + b"Content-Length: 12000000\r\n\r\n" + bytes(12_000_000))
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")
    chunk = b"%x\r\n" % 1_000_000 + bytes(1_000_000) + b"\r\n"
    with connect(page[1]) as client:
        client.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 12 + b"0\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_of_the_largest_size_is_taken_in_and_one_byte_more_is_not():
    app = Flask("app")
    app.config["MAX_CONTENT_LENGTH"] = 1000

    @app.post("/")
    def length():
        return str(len(request.get_data()))

    for size, start in ((1000, b"HTTP/1.0 200 "), (1001, b"HTTP/1.0 413 ")):
        with serving(app) as (_, address), connect(address) as client:
            client.sendall(b"POST / HTTP/1.0\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size + bytes(size))
            assert everything(client).startswith(start)


def test_what_follows_a_refused_body_is_no_request(page):
    with connect(page[1]) as client:
        second = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        client.sendall(HEAD + b"Content-Length: 900000000\r\n\r\n" + second)
        client.shutdown(socket.SHUT_WR)
        assert everything(client).count(b"HTTP/1.1 ") == 1


def test_a_large_photo_is_written_to_no_file_on_its_way(page, photo, monkeypatch):
    def to_disk(*arguments, **named):
        raise AssertionError("a temporary file was opened")

    monkeypatch.setattr("tempfile.TemporaryFile", to_disk)  # of waitress
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", to_disk)
    content = photo(900, 900, "BMP")
    assert 2_000_000 < len(content)
    disposition = b'Content-Disposition: form-data; name="photo"; filename="a.bmp"\r\n\r\n'
    body = b"--x\r\n" + disposition + content + b"\r\n--x--\r\n"
    with connect(page[1]) as client:
        client.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        answer = everything(client)
    assert answer.startswith(b"HTTP/1.1 200 "), answer[:300]


def test_idle_connections_are_closed_and_unfinished_requests_too(page):
    server, address = page
    with connect(address) as idle, connect(address) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n")
        while len(channels := list(server.active_channels.values())) < 2 or not any(c.request for c in channels):
            time.sleep(0.01)
        now = time.time()
        by_port = {channel.addr[1]: channel for channel in server.active_channels.values()}
        quiet, unfinished = by_port[idle.getsockname()[1]], by_port[slow.getsockname()[1]]
        assert not quiet.is_stale(now, connections.IDLE) and not unfinished.is_stale(now, connections.IDLE)
        late = now + connections.IDLE + 1
        unfinished.last_activity = late  # a byte now and then
        assert quiet.is_stale(late, connections.IDLE) and not unfinished.is_stale(late, connections.IDLE)
        unfinished.last_activity = late = now + connections.LONGEST + 1
        assert unfinished.is_stale(late, connections.IDLE)
        unfinished.last_activity = quiet.last_activity = unfinished.since = 0
        server.pull_trigger()
        assert everything(idle) == everything(slow) == b""  # the server closes both


def test_where_connections_run_out_the_unused_ones_are_closed(page, monkeypatch):
    server, address = page
    monkeypatch.setattr(server.adj, "connection_limit", 12)
    unused = [socket.create_connection(address, timeout=60) for _ in range(20)]
    with connect(address) as client:
        client.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.0 200 ")
    for each in unused:
        each.close()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C can't be sent to one process on Windows")
def test_ctrl_c_does_not_wait_for_a_request_that_never_ends(sigint):
    program = """
import socket, time
from flask import Flask
from webapp.server.connections import Server
app = Flask("app")
app.config["MAX_CONTENT_LENGTH"] = 1000
@app.get("/")
def endless():
    print("asked", flush=True)
    time.sleep(10_000)
listener = socket.create_server(("127.0.0.1", 0))
server = Server(app, listener, threads=2)
print(listener.getsockname()[1], flush=True)
server.run()
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            with connect(("127.0.0.1", int(process.stdout.readline()))) as client:
                client.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
                assert process.stdout.readline() == "asked\n"
                process.send_signal(signal.SIGINT)
                _, status = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0 and "Traceback" not in status
