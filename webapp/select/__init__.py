"""The page to check photos on, one after another: `create_app(config)` makes the Flask application of it alone, and
`put_into` adds it to another one, below /select.

Keys of the configuration:

SOURCE              the folder of people (required); decisions are written to its selection.json, and nothing else
DETECTOR            makes the detector of faces: an object with detect_faces(rgb)
MAX_CONTENT_LENGTH  bytes that a request may have
TRUSTED_HOSTS       names of this machine that the page answers to
"""

import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from webapp.common import shell
from webapp.common.pictures import Pictures
from webapp.select import page
from webapp.select.background import Background
from webapp.select.desk import Desk

TITLE = "Select photos"
blueprint = page.blueprint


def create_app(config: Mapping[str, Any]) -> Flask:
    """The application for the photos in `config["SOURCE"]`. Raises JobError where there are none."""
    app = shell.make(config, DETECTOR=mtcnn, MAX_CONTENT_LENGTH=100_000)
    app.extensions["pictures"] = Pictures()
    put_into(app, app.config["SOURCE"], app.config["DETECTOR"], prefix=None)
    return app


def put_into(app: Flask, source: Path, detector: Callable[[], Any] | None = None, prefix: str | None = "/select") -> None:
    """Add the page for the photos in `source`, and its entry in the navigation. Raises JobError where there are none."""
    app.extensions["desk"] = Desk(source)
    app.extensions["background"] = background = Background(detector or mtcnn)
    app.extensions["at_end"].append(background.stop)
    # no other site can know it, and without it nothing is decided
    app.extensions["token"] = secrets.token_urlsafe(24)
    shell.add(app, sys.modules[__name__], url_prefix=prefix)


def mtcnn() -> Any:
    """The detector of faces. Raises JobError where its weights are missing."""
    from pipeline.faces.detection import detector  # here, since the page opens without the weights as well

    return detector("mtcnn")
