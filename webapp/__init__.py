"""The web page, and the same answers as JSON: `create_app(config)` makes the Flask application.

Keys of the configuration:

RUN                 the folder of a trained model (required)
GALLERY             the folder of known people (default: RUN/gallery)
RULE                how a person is compared, "both", "mean" or "nearest"
KERNELS             "numba" or "numpy"
MAX_CONTENT_LENGTH  the largest request, in bytes
MAX_PIXELS          the largest photo, in pixels
MAX_SECONDS         the processor time that decoding a photo may take
TRUSTED_HOSTS       the host names under which the page can be requested
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from pipeline.recognise.rules import DEFAULT
from webapp import api, failures, headers, page, turns
from webapp.serving import Serving


def create_app(config: Mapping[str, Any]) -> Flask:
    """The application for the model in `config["RUN"]`. Raises JobError if the model can't be loaded."""
    app = Flask(__name__)
    app.config.from_mapping(
        RULE=DEFAULT,
        KERNELS="numba",
        MAX_CONTENT_LENGTH=10_000_000,
        MAX_FORM_MEMORY_SIZE=None,  # text is bounded by the request, and refused with its reason in uploads.py
        MAX_PIXELS=40_000_000,
        MAX_SECONDS=5,
        # a foreign host name that resolves to this machine (DNS rebinding) would let a foreign page read the photos
        TRUSTED_HOSTS=["localhost", "127.0.0.1"],
    )
    app.config.from_mapping(config)
    app.json.sort_keys = False  # the object of pipeline.recognise.predict keeps its order

    run = Path(app.config["RUN"])
    gallery = Path(app.config.get("GALLERY") or run / "gallery")
    app.extensions["serving"] = Serving(run, gallery, app.config["KERNELS"])
    app.register_blueprint(page.blueprint)
    app.register_blueprint(api.blueprint)
    failures.register(app, page.render)
    headers.register(app)
    turns.register(app)
    return app
