"""Same person? POST two photos, or a photo and the name of a known person: the answer gets an address of its own."""

import numpy as np
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException, NotFound, UnprocessableEntity

from pipeline import photos
from webapp.common import answers, pictures, serving, uploads
from webapp.common.layout import lay_out
from webapp.common.looked import Looked
from webapp.common.samples import Sample
from webapp.same import compared, pairs
from webapp.same.compared import PHOTOS, Compared

blueprint = Blueprint("same", __name__, url_prefix="/same")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    return _render(serving.now(), person=request.args.get("person"))


@blueprint.post("/")
def compare() -> ResponseReturnValue:
    """Compare the files `first` and `second`, or `first` and the known person in the field `person`, or a `pair` of samples."""
    now = serving.now()
    if key := request.form.get("pair"):
        pair = pairs.find(now.samples, key)
        if pair is None:
            raise NotFound("There is no such pair of samples. Choose one from the page.")
        found = compared.two_photos(now, [_sample(pair.first), _sample(pair.second)], pair.same)
    else:
        files = {file.name: file for file in uploads.files(request)}
        person = request.form.get("person") or None
        _check(files, person)
        if person:
            found = compared.photo_and_person(now, uploads.read(files["first"]), person)
        else:
            found = compared.two_photos(now, [_read(files[which], which) for which in PHOTOS])
    address = url_for("same.answer", token=answers.store().put(found, found.size))
    if request.accept_mimetypes.best == "application/json":  # the script of the page, which goes there itself
        return Response(status=201, headers={"Location": address})
    return redirect(address, 303)


@blueprint.get("/answers/<token>")
@blueprint.get("/answers/<token>/<int:first>/<int:second>")
def answer(token: str, first: int | None = None, second: int | None = None) -> ResponseReturnValue:
    """The answer for one face of each photo; without numbers, for the clearest ones. A person counts as face 1."""
    found = answers.find(token, Compared)
    numbers = [photo.numbered(number) for photo, number in zip(found.photos, (first, second))]
    if found.person and second not in (None, 1):
        raise NotFound(f"There is no face {second}: the photo is compared with a person.")
    a, b = (numbers[0], 1) if found.person else numbers
    verdict = found.found[a - 1][b - 1]
    name = found.person.name if found.person else "The two faces"
    one = {"person": name, "distance": verdict["distance"], "photo": "", "photos": 0}
    return _render(
        serving.current().latest,
        token=token,
        compared=found,
        verdict=verdict,
        numbers=numbers,
        layout=lay_out({"threshold": verdict["threshold"], "ranking": [one]}),
        kept=answers.in_words(answers.store()),
    )


@blueprint.get("/answers/<token>/<any(first, second):which>/photo.jpg")
def photo(token: str, which: str) -> ResponseReturnValue:
    """A photo that was sent, upright."""
    return pictures.of_pixels(_photo(token, which).photo)


@blueprint.get("/answers/<token>/<any(first, second):which>/<int:number>/crop.jpg")
def crop(token: str, which: str, number: int) -> ResponseReturnValue:
    """A face as it was cut out."""
    return pictures.of_pixels(_photo(token, which).crop(number))


@blueprint.get("/answers/<token>/<any(first, second):which>/<int:number>/view-<int:network>.png")
def view(token: str, which: str, number: int, network: int) -> ResponseReturnValue:
    """A face as a network of the ensemble sees it; networks are counted from 1."""
    return pictures.of_pixels(_photo(token, which).view(number, network), "png")


def render_failure(message: str | None) -> str:
    """The page with a message on top."""
    return _render(serving.now(), message=message)


def _render(now: serving.Now, **values) -> str:
    return render_template(
        "same/page.html",
        now=now,
        people=now.snapshot.people if now.snapshot else (),
        pairs=pairs.offered(now.samples),
        **values,
    )


def _check(files: dict[str, FileStorage], person: str | None) -> None:
    """Raises UnprocessableEntity where it is not one photo and a person, or two photos, with what is missing."""
    for which in PHOTOS[: 1 if person else 2]:
        if which not in files:
            others = "" if which == "first" else ", or choose a person of the gallery"
            raise UnprocessableEntity(f"The {which} photo is missing. Choose one{others}.")
    if person and "second" in files:
        raise UnprocessableEntity("There are a second photo and a person. Choose one of the two.")


def _read(file: FileStorage, which: str) -> np.ndarray:
    try:
        return uploads.read(file)
    except HTTPException as error:
        error.description = f"The {which} photo can’t be used. {error.description}"
        raise


def _sample(sample: Sample) -> np.ndarray:
    try:
        return photos.read(sample.path)
    except photos.PhotoError as error:
        raise NotFound(f"This sample {error}.") from error


def _photo(token: str, which: str) -> Looked:
    sent = answers.find(token, Compared).photos
    if PHOTOS.index(which) >= len(sent):
        raise NotFound("There is no second photo: the first one was compared with a person.")
    return sent[PHOTOS.index(which)]
