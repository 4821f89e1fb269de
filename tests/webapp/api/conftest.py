"""A server for programs that ask it over a connection."""

import threading

import pytest
from werkzeug.serving import make_server


@pytest.fixture
def live(app):
    """The address of a server that answers for `app`."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
