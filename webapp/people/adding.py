"""Photos are added to a person, who may be new.

They are sent with the form, or one after the other to /sent/ before it. Where every photo shows one face, and is nobody
else's, they are enrolled at once. Else a page between shows them, and nothing is written before its form comes back. What
was added can be taken back, as every change. Where the name can't be, the form comes back with the photos.
"""

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge, UnprocessableEntity

from pipeline.common import names
from pipeline.common.errors import JobError
from pipeline.recognise.gallery_changes import NotAName, People
from webapp.common import answers, failures, pictures, serving, uploads
from webapp.people import choosing, known, page
from webapp.people.sent import Sent, examine
from webapp.people.told import Told, refusals, say
from webapp.server import access


@access.changes
def send() -> ResponseReturnValue:
    """Keep one photo; its address is that of its picture, and the token in it is given to `add`."""
    files = uploads.files(request)
    if len(files) > 1:
        raise BadRequest(f"There are {len(files)} photos in the request. Send one at a time.")
    return Response(status=201, headers={"Location": url_for("people.sent_photo", token=_keep(examine(files[0])))})


@access.changes
def add() -> ResponseReturnValue:
    """Add photos, tokens of those that were sent before and files in the form, to the person in the field `name`."""
    name = names.tidy(request.form.get("name", ""))
    tokens = _sent()
    try:
        if not name:
            raise NotAName("a person needs a name. Nothing was added")
        _people().check_name(name)
    except JobError as error:
        return page.render_refused(failures.sentence(error), tokens), failures.status(error)
    photos = _found(tokens)
    now = serving.now()
    if all(len(photo.faces) == 1 and not choosing.owners(now, photo) for photo in photos):
        return _enrol(name, photos, [1] * len(photos))
    return redirect(url_for("people.choose", name=name, photo=tokens), 303)


def choose(name: str) -> ResponseReturnValue:
    """The page between: the photos with a button on each face, and what can't be taken."""
    tokens = request.args.getlist("photo")
    photos = _found(tokens)
    with refusals():
        _people().check_name(name)
    now = serving.now()
    person = known.find(known.people(now), name)
    name = person.name if person else name
    asked = choosing.asked(now, name, list(zip(tokens, photos, strict=True)))
    return render_template(
        "people/choose.html",
        now=now,
        name=name,
        person=person,
        asked=asked,
        several=[one for one in asked if len(one.sent.faces) > 1],
        single=[one for one in asked if len(one.sent.faces) == 1],
        unusable=[one for one in asked if not one.sent.faces],
        kept=answers.in_words(answers.store()),
        may_change=access.may_change(),
        token_address=url_for("access.index"),
    )


@access.changes
def enrol(name: str) -> ResponseReturnValue:
    """Add the chosen face of each photo: the field `face-TOKEN` holds its number, or nothing to leave the photo out."""
    tokens = request.form.getlist("photo")
    photos = _found(tokens)
    given = [request.form.get(f"face-{token}", "") for token in tokens]
    numbers = [_number(*both) for both in zip(given, photos, strict=True)]
    if not any(numbers):
        raise UnprocessableEntity("No face was chosen, so nothing was added. Go back and choose one.")
    return _enrol(name, photos, numbers)


def sent_photo(token: str) -> ResponseReturnValue:
    """A photo that was sent, upright."""
    jpeg = answers.find(token, Sent).jpeg
    if jpeg is None:
        raise NotFound("This file could not be read as a photo.")
    return pictures.kept_by_browser(jpeg, "image/jpeg")


def sent_face(token: str, number: int) -> ResponseReturnValue:
    """A face of a photo that was sent."""
    photo = answers.find(token, Sent)
    if not 1 <= number <= len(photo.faces):
        raise NotFound(f"There is no face {number}: the photo shows {len(photo.faces)}.")
    return pictures.of_pixels(photo.cut(number))


def _enrol(name: str, photos: list[Sent], numbers: list[int]) -> Response:
    """Write the face with this number of each photo (0 for none), and on to the person."""
    faces = [photo.faces[number - 1] for photo, number in zip(photos, numbers, strict=True) if number]
    with refusals():
        change = _people().add(name, faces)
    new = change.photos if change else 0
    now = serving.now()
    person = known.find(known.people(now), name)
    if person is None:  # the folder was emptied just now
        abort(409, f"The photos of {name} are gone again. Add them once more.")
    text = "Nothing was added."
    if new:
        text = f"{_photos(new)} added to {person.name}, and {'counts' if new == 1 else 'count'} from now on."
    if len(faces) > new:
        text += f" {_photos(len(faces) - new)} there already."
    left_out = tuple(
        (photo.called, photo.reason or "Left out, as you chose.")
        for photo, number in zip(photos, numbers, strict=True)
        if not number
    )
    return say(Told(text, left_out), "people.person", name=person.name, done=change and change.id)


def _sent() -> list[str]:
    """The tokens of the photos in the request. Its files are kept now. Raises an HTTPException: 400, 413, 415 or 503."""
    tokens = request.form.getlist("sent")
    if tokens and not any(file.filename for _, file in request.files.items(multi=True)):
        return tokens
    return tokens + [_keep(examine(file)) for file in uploads.files(request)]


def _keep(photo: Sent) -> str:
    return answers.store().put(photo, photo.bytes)


def _found(tokens: list[str]) -> list[Sent]:
    """The photos of some tokens. Raises an HTTPException: 400, 404 or 413."""
    if not tokens:
        raise BadRequest("There is no photo in the request. Choose one first.")
    if len(tokens) > uploads.MOST_PHOTOS:
        raise RequestEntityTooLarge(f"There are {len(tokens)} photos. Add {uploads.MOST_PHOTOS} at a time at most.")
    return [answers.find(token, Sent) for token in tokens]


def _number(given: str, photo: Sent) -> int:
    """The number of the chosen face, 0 for none."""
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 7 else 0 if given == "" else -1
    if not 0 <= number <= len(photo.faces):
        raise BadRequest(f"There is no face {given[:20]}: the photo shows {len(photo.faces)}.")
    return number


def _photos(count: int) -> str:
    return f"{count} photo was" if count == 1 else f"{count} photos were"


def _people() -> People:
    return People(serving.current().folder)
