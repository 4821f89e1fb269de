"""Two photos, or a photo and a known person: do they show the same person?"""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.common import serving

blueprint = Blueprint("same", __name__, url_prefix="/same")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    return render_template("same/page.html", now=serving.now())
