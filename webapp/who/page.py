"""Who is this? POST a photo, or the key of a sample, and the answer gets an address. Works without JavaScript, too."""

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from pipeline import photos
from webapp.common import answers, pictures, serving, uploads
from webapp.common.layout import lay_out
from webapp.who import asked
from webapp.who.asked import Asked

blueprint = Blueprint("who", __name__)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    return _render(serving.now())


@blueprint.post("/")
def ask() -> ResponseReturnValue:
    """Answer for a photo, or for the sample whose key is in the field `sample`; redirect to the answer."""
    now = serving.now()
    sample = None
    if key := request.form.get("sample"):
        sample = now.samples.find(key)
        if sample is None:
            raise NotFound("There is no such sample. Choose one from the page.")
        try:
            picture = photos.read(sample.path)
        except photos.PhotoError as error:
            raise NotFound(f"This photo {error}.") from error
    else:
        picture = uploads.picture(request)
    found = asked.ask(now.recogniser, now.gallery(), picture, current_app.config["RULE"], sample)
    token = answers.store().put(found, found.size)
    address = url_for("who.answer", token=token)
    if request.accept_mimetypes.best == "application/json":  # the script of the page, which goes there itself
        return Response(status=201, headers={"Location": address})
    return redirect(address, 303)


@blueprint.get("/answers/<token>")
@blueprint.get("/answers/<token>/<int:number>")
def answer(token: str, number: int | None = None) -> ResponseReturnValue:
    """The answer for one face of a photo: the one with this number, or else the clearest one."""
    found = answers.find(token, Asked)
    face = found.numbered(number)
    of_face = found.answer | found.answer["faces"][face - 1]
    return _render(
        serving.current().latest,  # the answer was given at its own time, and is not looked up again
        token=token,
        asked=found,
        number=face,
        answer=of_face,
        layout=lay_out(of_face),
        kept=answers.in_words(answers.store()),
    )


@blueprint.get("/answers/<token>/photo.jpg")
def photo(token: str) -> ResponseReturnValue:
    """The photo that was asked about, upright."""
    return pictures.of_pixels(answers.find(token, Asked).photo)


@blueprint.get("/answers/<token>/<int:number>/crop.jpg")
def crop(token: str, number: int) -> ResponseReturnValue:
    """A face as it was cut out."""
    return pictures.of_pixels(answers.find(token, Asked).crop(number))


@blueprint.get("/answers/<token>/<int:number>/view-<int:network>.png")
def view(token: str, number: int, network: int) -> ResponseReturnValue:
    """A face as a network of the ensemble sees it; networks are counted from 1."""
    return pictures.of_pixels(answers.find(token, Asked).view(number, network), "png")


def render_failure(message: str | None) -> str:
    """The page with a message on top."""
    return _render(serving.now(), message=message)


def _render(now: serving.Now, **values) -> str:
    first_photos = {photo.person: photo for photo in reversed(now.snapshot.photos)} if now.snapshot else {}
    return render_template(
        "who/page.html",
        now=now,
        folder=serving.current().folder,
        known=[(person, first_photos[person]) for person in now.snapshot.people] if now.snapshot else [],
        never_seen=_never_seen(now),
        **values,
    )


def _never_seen(now: serving.Now) -> bool:
    """Whether there is a gallery, and no one in it has the name of a person that the network was trained on."""
    trained_on = now.recogniser.extra.get("trained_on")
    return bool(now.snapshot) and trained_on is not None and not {*trained_on} & {*now.snapshot.people}
