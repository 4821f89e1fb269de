"""The first picture of each page of /explore over HTTP: page, stylesheets, scripts and all pictures in turn.

A first visit is one to a server that was just started and has answered nobody, so each has a server of its own.
"""

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.endurance import page as served
from benchmarks.page.client import Client, milliseconds, times
from webapp.explore import PAGES


def addresses() -> dict[str, str]:
    """Name -> address, of the index and of each page."""
    return {"index": "/explore/"} | {page.blueprint.name: f"/explore/{page.blueprint.name}/" for page in PAGES}


def first_pictures(run: Path, kernels_name: str, starts: int, rounds: int) -> dict[str, dict[str, Any]]:
    """name -> {"pictures", "first": the median of `starts` first visits, "most": the longest, "later": `times`}."""
    return {name: _of_page(address, run, kernels_name, starts, rounds) for name, address in addresses().items()}


def _of_page(address: str, run: Path, kernels_name: str, starts: int, rounds: int) -> dict[str, Any]:
    first = []
    for start in range(starts):
        with served.page(run, kernels_name) as page:
            client = Client(page.port)
            first.append(milliseconds(lambda client=client: client.first_picture(address)))
            if start == starts - 1:
                pictures = client.first_picture(address)
                later = times(lambda k, client=client: client.first_picture(address), rounds, page.seconds, before=0)
            client.close()
    median, most = round(float(np.median(first)), 1), round(max(first), 1)
    return {"pictures": pictures, "first": median, "most": most, "later": later}
