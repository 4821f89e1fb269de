"""A computation behind the real server: it ends when its page is closed, whatever it is doing."""

import socket
import threading

import pytest

from webapp.explore.common import jobs
from webapp.server.connections import Server


def _stop(now):
    raise SystemExit


@pytest.fixture
def served(app):
    """The address of `app` behind waitress."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(app, listener, threads=2)
        thread = threading.Thread(target=server.run)
        thread.start()
        yield listener.getsockname()
        server.maintenance = _stop
        server.next_channel_cleanup = 0
        server.pull_trigger()
        thread.join()
        for channel in list(server.active_channels.values()):
            channel.del_channel()
            channel.socket.close()
        server.close()


def test_a_page_that_is_closed_ends_its_computation_also_while_it_waits(app, served):
    ended = threading.Event()

    def work(job):
        try:
            yield "ready", {}
            yield from job.wait()
        finally:
            ended.set()

    app.add_url_rule("/test", view_func=lambda: jobs.stream("test", work, at_once=1, seconds=300, size=1))
    with socket.create_connection(served, timeout=60) as client:
        client.sendall(b"GET /test HTTP/1.1\r\nHost: localhost\r\n\r\n")
        seen = b""
        while b"ready" not in seen:  # it is sent at once, and not with the end
            seen += client.recv(65536)
        assert len(app.extensions["explore_jobs"]) == 1
    assert ended.wait(60)
