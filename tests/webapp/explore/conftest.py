"""A server and a tab for the pages of /explore."""

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


@pytest.fixture
def tab(chromium, live):  # live: the server ends after the tab, which would complain of that
    """An empty tab; whatever the browser complains of fails the test."""
    tab, complaints = chromium.new_page(), []
    tab.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    tab.close()
    assert [text for text in complaints if "the server responded with a status of" not in text] == []
