"""The page to check photos on, one after another: `create_app(config)` makes the Flask application.

Keys of the configuration:

SOURCE              the folder of people (required); decisions are written to its selection.json, and nothing else
DETECTOR            makes the detector of faces: an object with detect_faces(rgb)
MAX_CONTENT_LENGTH  bytes that a request may have
TRUSTED_HOSTS       names of this machine that the page answers to
"""

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Flask, render_template

from pipeline.common.console import printable
from webapp import failures, headers
from webapp.select import page
from webapp.select.background import Background
from webapp.select.desk import Desk
from webapp.select.pictures import Pictures


def create_app(config: Mapping[str, Any]) -> Flask:
    """The application for the photos in `config["SOURCE"]`. Raises JobError where there are none."""
    app = Flask("webapp")
    app.config.from_mapping(
        DETECTOR=mtcnn,
        MAX_CONTENT_LENGTH=100_000,
        # a foreign name that points to this machine (DNS rebinding) would let a foreign page read the photos
        TRUSTED_HOSTS=["localhost", "127.0.0.1"],
    )
    app.config.from_mapping(config)
    app.add_template_filter(printable, "printable")
    app.extensions["desk"] = Desk(app.config["SOURCE"])
    app.extensions["pictures"] = Pictures()
    app.extensions["background"] = Background(app.config["DETECTOR"])
    # no other site can know it, and without it nothing is decided
    app.extensions["token"] = secrets.token_urlsafe(24)
    app.register_blueprint(page.blueprint)
    failures.register(app, lambda message: render_template("failure.html", message=message))
    headers.register(app)
    return app


def mtcnn() -> Any:
    """The detector of faces. Raises JobError where its weights are missing."""
    from pipeline.faces.detection import detector  # here, since the page opens without the weights as well

    return detector("mtcnn")
