"""The gallery: the people that a face is compared with, and their photos."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from pipeline.recognise.gallery import GalleryPhoto, Snapshot
from webapp.common import serving

blueprint = Blueprint("people", __name__, url_prefix="/people")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    now = serving.now()
    return render_template(
        "people/page.html",
        now=now,
        people=photos_of(now.snapshot) if now.snapshot else [],
        folder=serving.current().folder,
    )


def photos_of(snapshot: Snapshot) -> list[tuple[str, list[GalleryPhoto]]]:
    """Each person of the gallery, with the photos of that person."""
    found = {person: [] for person in snapshot.people}
    for photo in snapshot.photos:
        found[photo.person].append(photo)
    return list(found.items())
