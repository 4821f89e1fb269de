"""The first answer is computed before anybody asks: the kernels are compiled, the detector and the gallery are loaded.
And pages that compute what they show are asked for once: what they show first is kept, and their templates are
compiled, which takes as long again.

So the address that is printed at the start is that of a page which answers its first photo as fast as every other one.
"""

import io

import numpy as np
from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue

from pipeline import photos

# the photo that is asked about is noise, in specks of 16 pixels: it shows no face, which is the longest way in
SHAPE, SPECK = (48, 64, 3), 16

blueprint = Blueprint("health", __name__)


def warm(app: Flask) -> None:
    """Ask the page of `app` about a large photo, and about one of its gallery where there is one. Then ask for
    the pages that are to be computed before (`at_start`)."""
    noise = np.random.default_rng(0).integers(0, 256, SHAPE, np.uint8).repeat(SPECK, 0).repeat(SPECK, 1)
    asked = [photos.jpeg_bytes(noise)]
    now = app.extensions["serving"].now()
    if now.snapshot:
        asked.append(now.snapshot.photos[0].path.read_bytes())
    client = app.test_client()
    for content in asked:
        client.post("/", data={"photo": (io.BytesIO(content), "warm")}, follow_redirects=True)
    for address in app.extensions["at_start"]:
        client.get(address)
    app.extensions["answers"].clear()


@blueprint.get("/healthz")
def healthy() -> ResponseReturnValue:
    """200 where a photo would be answered now; 503, with the reason, where the model can't be loaded."""
    current_app.extensions["serving"].now()
    return {"status": "ok"}
