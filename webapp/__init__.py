"""The pages, and the same answers as JSON: `create_app(config)` makes the Flask application. Its rooms:

    server      sockets, turns of costly requests, headers, who may change something, the first answer
    common      what pages are made of: the shell around them, uploads, kept answers, pictures, samples, failures
    who         Who is this?
    same        Same person?
    people      People: the gallery
    report      Report: how good the model is
    explore     Explore: pages on which the mathematics moves
    about       About: what it is, and what it is made of
    select      the photos of a folder, to be kept or rejected
    api         the same answers as JSON

Each room imports from `server`, from `common` and from itself; a page imports no other page. Keys of the configuration:

RUN                 the folder of a trained model (required)
GALLERY             the folder of known people (default: RUN/gallery)
RULE                how a person is compared, "both", "mean" or "nearest"
KERNELS             "numba" or "numpy"
MAX_CONTENT_LENGTH  the largest request, in bytes
MAX_PIXELS          the largest photo, in pixels
MAX_SECONDS         the processor time that decoding a photo may take
TRUSTED_HOSTS       the host names under which the page can be requested
TOKEN               what a change demands (server/access.py); None demands nothing
PHOTOS              a folder of people whose photos are to be selected; None leaves that page out
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from pipeline.recognise.rules import DEFAULT
from webapp import about, api, explore, people, report, same, select, who
from webapp.common import pictures, shell
from webapp.common.answers import Answers
from webapp.common.pictures import Pictures
from webapp.common.serving import Serving
from webapp.server import access, turns, warm

PAGES = (who, same, people, report, explore, about)  # in the order of the navigation


def create_app(config: Mapping[str, Any]) -> Flask:
    """The application for the model in `config["RUN"]`. Raises JobError if the model can't be loaded."""
    app = shell.make(
        config,
        RULE=DEFAULT,
        KERNELS="numba",
        MAX_CONTENT_LENGTH=10_000_000,
        MAX_PIXELS=40_000_000,
        MAX_SECONDS=5,
        TOKEN=None,
        PHOTOS=None,
    )
    app.json.sort_keys = False  # the object of pipeline.recognise.predict keeps its order
    run = Path(app.config["RUN"])
    gallery = Path(app.config.get("GALLERY") or run / "gallery")
    app.extensions["serving"] = Serving(run, gallery, app.config["KERNELS"])
    app.extensions["answers"] = Answers()
    app.extensions["pictures"] = Pictures()
    for page in PAGES:
        shell.add(app, page)
    if app.config["PHOTOS"]:
        select.put_into(app, app.config["PHOTOS"])
    for further in (pictures, api, access, warm):
        app.register_blueprint(further.blueprint)
    turns.register(app)
    return app
