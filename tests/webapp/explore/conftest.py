"""A tab for the pages of /explore."""

import pytest


@pytest.fixture
def tab(chromium, live):  # live: the server ends after the tab, which would complain of that
    """An empty tab; whatever the browser complains of fails the test."""
    tab, complaints = chromium.new_page(), []
    tab.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    tab.close()
    assert [text for text in complaints if "the server responded with a status of" not in text] == []
