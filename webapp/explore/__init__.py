"""Explore: pages on which the mathematics moves. Every number on them is computed by siamese_np.

    common       what they are made of: faces, state in the address, colours, the source, long computations
    playground   Playground: points in the plane, and what the loss does to them
    microscope   Pair microscope: two faces through the network, forward and back
    gradcheck    Gradient check: every gradient beside a numerical one
    training     Watch it train: a training on the faces at hand, whole or broken on purpose
    thresholds   Threshold explorer: what a threshold accepts and rejects
    decided      What decided?: which patches and pixels a distance depends on
    detection    Inside MTCNN: one photo through the cascade that finds faces
    convolution  One convolution, four ways: a window, columns, shifted lines, Winograd's products

A page is a package of this one. It exports `blueprint`, whose endpoint "index" is the page, and CARD, which the index
shows. It imports from webapp.server, webapp.common, explore.common and itself. docs/explore.md says how to add one.
"""

import numpy as np
from flask import Blueprint, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from webapp.explore import (
    convolution,
    decided,
    detection,
    gradcheck,
    microscope,
    playground,
    thresholds,
    training,
)
from webapp.explore.common import colours, faces, jobs, kept, source, state
from webapp.explore.common.cards import Card

TITLE = "Explore"
PAGES = (
    playground,
    microscope,
    gradcheck,
    training,
    thresholds,
    decided,
    detection,
    convolution,
)  # in the order of a course; one on each line  # fmt: skip

blueprint = Blueprint("explore", __name__, url_prefix="/explore")
for part in (faces, jobs, source, *PAGES):
    blueprint.register_blueprint(part.blueprint)


@blueprint.record_once
def prepare(setup: BlueprintSetupState) -> None:
    """Give the application what the pages keep, and the templates what they call. Have the first states computed."""
    setup.app.extensions["explore_jobs"] = jobs.Jobs()
    setup.app.extensions["explore_results"] = kept.Kept()
    pages = ("", *(page.blueprint.url_prefix for page in PAGES))
    setup.app.extensions["at_start"] += [f"{setup.url_prefix}{page}/" for page in pages]
    setup.app.add_template_global(state.here, "here")
    setup.app.add_template_global(state.kept_state, "kept_state")
    setup.app.add_template_global(source.derived, "derived")
    setup.app.add_template_global(course, "course")


def course() -> tuple[tuple[str, Card] | None, tuple[str, Card] | None]:
    """(endpoint, card) of the page before the present one and of the next one; None at both ends."""
    place = [page.blueprint.name for page in PAGES].index(request.blueprint.rpartition(".")[2])
    return _card(place - 1) if place else None, _card(place + 1) if place + 1 < len(PAGES) else None


def _card(place: int) -> tuple[str, Card]:
    return f"explore.{PAGES[place].blueprint.name}.index", PAGES[place].CARD


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The pages that there are."""
    return render_template("explore/index.html", cards=[_card(place) for place in range(len(PAGES))])


@blueprint.get("/legend.png")
def legend() -> ResponseReturnValue:
    """The colours of the pictures, from the lowest to the highest; ?sizes=1: from 0 on."""
    lowest = 0 if state.choice("sizes", ("0", "1"), "0") == "1" else -1
    return colours.answer(np.linspace(lowest, 1, 255)[None], 1)


@blueprint.errorhandler(faces.NoFaces)
def ask_for_a_face(error: faces.NoFaces) -> ResponseReturnValue:
    """A page that has no face to show asks for one."""
    page = request.blueprint.rpartition(".")[2]
    return render_template("explore/common/no_faces.html", message=error.description, page=page, slot=error.slot), 404


@blueprint.errorhandler(BadRequest)
def lead_back(error: BadRequest) -> ResponseReturnValue:
    """An address asks for a state that there is not: say so, and lead to the first state of the same page."""
    page = f"explore.{request.blueprint.rpartition('.')[2]}.index"
    first = page if request.endpoint == page else "explore.index"
    return render_template("explore/common/no_such_state.html", message=error.description, first=first), 400
