"""Two faces through one network, forward and back, one step at a time."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.common import serving
from webapp.explore.common import faces

blueprint = Blueprint("microscope", __name__, url_prefix="/microscope")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    recogniser = serving.now().recogniser
    a, b = faces.pair()
    return render_template(
        "explore/microscope/page.html",
        a=a,
        b=b,
        same=faces.same_person(a, b),
        member=faces.member(recogniser) + 1,
        members=len(recogniser.members),
        offered=faces.offered(),
    )
