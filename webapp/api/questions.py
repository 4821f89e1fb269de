"""Who is this, and are these the same person: the objects of pipeline.recognise, unchanged."""

from typing import Any

from flask import current_app, request
from werkzeug.exceptions import BadRequest, UnprocessableEntity

from pipeline.faces import way_in
from pipeline.recognise.predict import predict
from pipeline.recognise.rules import RULES
from pipeline.recognise.verify import verify, verify_person
from webapp.common import serving, uploads


def answer() -> dict[str, Any]:
    """The answer for one photo in a form. `?rule=` chooses how a person is compared (default: the configured rule)."""
    now = serving.now()
    rule = request.args.get("rule", current_app.config["RULE"])
    if rule not in RULES:
        raise BadRequest(f"There is no such rule. Choose one of: {', '.join(RULES)}.")
    return predict(now.recogniser, now.gallery(), uploads.picture(request), rule=rule)


def verify_photos() -> dict[str, Any]:
    """Whether two photos in a form, or a photo and the known person in the field `person`, are one person.

    Of several faces in a photo, the field `face` (one for each photo, in their order) chooses one: largest, or its number.
    """
    now = serving.now()
    files, name = uploads.files(request), request.form.get("person")
    wanted = 2 if name is None else 1
    if len(files) != wanted:
        raise UnprocessableEntity(f"{wanted} {'photos are' if wanted == 2 else 'photo is'} needed, got {len(files)}: "
                                  "send two photos, or one photo and the field “person”.")  # fmt: skip
    choices = face_choices(len(files))
    faces = [chosen(way_in.look(uploads.read(file)), which) for file, which in zip(files, choices, strict=True)]
    if name is None:
        return verify(now.recogniser, *faces)
    return verify_person(now.recogniser, now.gallery(), faces[0], name)


def face_choices(count: int) -> list[str | None]:
    """The fields `face` of the form, for so many photos. An empty one, or one that is missing, is None: it shall be found out."""
    given = request.form.getlist("face")
    if len(given) > count:
        raise UnprocessableEntity(f"There are {len(given)} fields “face” for {count} photos.")
    for which in given:
        if which not in ("", "largest") and not (which.isascii() and which.isdecimal() and 1 <= int(which[:9]) <= 10**6):
            raise BadRequest("A field “face” is empty, “largest”, or the number of a face, from 1 on.")
    return [which or None for which in given] + [None] * (count - len(given))


def chosen(faces: tuple[way_in.Face, ...], which: str | None) -> way_in.Face:
    """The face that is meant; a photo of one face needs no choice. Raises way_in.NoFace."""
    return way_in.one(faces, which if len(faces) > 1 else None)
