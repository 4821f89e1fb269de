"""The gallery: who is known, by which photos, and every change of it. A change counts from the next answer."""

from typing import Any

from flask import Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, NotFound, UnsupportedMediaType

from pipeline import photos
from pipeline.common import names
from pipeline.faces.way_in import Face, NoFace
from pipeline.recognise.gallery import Gallery
from pipeline.recognise.gallery_trash import Change
from pipeline.recognise.gallery_unlike import unlike
from webapp.api.questions import chosen, face_choices
from webapp.common import enrolling, failures, serving, uploads
from webapp.common.serving import Now

PICTURE_SIDE = 512  # pixels of a photo that is sent, at most


def people() -> dict[str, Any]:
    """Everybody in the gallery with their photos, what could not be used, and what can be undone."""
    now = serving.now()
    found: dict[str, list[dict[str, Any]]] = {}
    if now.snapshot:
        marked = unlike(now.snapshot)
        for row, photo in enumerate(now.snapshot.photos):
            found.setdefault(photo.person, []).append({"key": photo.key, "unlike": row in marked})
    root = serving.current().folder
    problems = [{"file": path.relative_to(root).as_posix(), "reason": reason}
                for path, reason in (now.snapshot.problems if now.snapshot else ())]  # fmt: skip
    return {
        "people": [{"name": name, "photos": of_person} for name, of_person in found.items()],
        "problems": problems,
        "trouble": now.trouble,
        "changes": [_change(change) for change in _gallery().changes()],
    }


def photo(key: str) -> Response:
    """The photo of the gallery whose content has this key, as PNG."""
    now = serving.now()
    path = next((photo.path for photo in now.snapshot.photos if photo.key == key), None) if now.snapshot else None
    if path is None:
        raise NotFound("There is no such photo in the gallery.")
    try:
        picture = photos.shrunk(photos.read(path), PICTURE_SIDE)
    except photos.PhotoError as error:  # it was deleted just now
        raise NotFound(f"This photo {error}.") from error
    answer = Response(photos.png_bytes(picture), mimetype="image/png")
    answer.headers["Cache-Control"] = "private, max-age=86400, immutable"  # other content has another address
    return answer


def add_photos(name: str) -> dict[str, Any] | Response:
    """Add the photos of a form to a person, who may be new.

    Of several faces in a photo the field `face` (one for each photo, in their order) chooses one: largest, or its number.
    Without it, the one is taken that is like the photos of the person that are known already, or much larger than the others.
    """
    now, gallery = serving.now(), _gallery()
    gallery.check_name(name)
    files = uploads.files(request)
    told, faces = [], []
    for file, which in zip(files, face_choices(len(files)), strict=True):
        entry, face = _face_of(now, name, file, which)
        told.append(entry)
        faces += [] if face is None else [face]
    if not faces:
        reason = told[0]["error"] if len(told) == 1 else f"None of the {len(told)} photos shows a face that can be taken."
        return failures.problem(reason, 422, photos=told)
    return {"person": names.tidy(name), "added": gallery.enroll_faces(name, faces), "photos": told}


def rename(name: str) -> dict[str, Any]:
    """Call a person otherwise."""
    return _change(_gallery().rename(name, _field("name")))


def merge(name: str) -> dict[str, Any]:
    """Make all photos of a person photos of another one."""
    return _change(_gallery().merge(name, _field("into")))


def forget(name: str) -> dict[str, Any]:
    """Delete a person and all their photos."""
    return _change(_gallery().forget(name))


def remove_photo(name: str, key: str) -> dict[str, Any]:
    """Delete a photo of a person."""
    return _change(_gallery().remove(name, key))


def move_photo(name: str, key: str) -> dict[str, Any]:
    """Make a photo of one person a photo of another one, who may be new."""
    return _change(_gallery().move(name, key, _field("to")))


def undo(id: str) -> dict[str, Any]:
    """Bring back exactly what was there before a change."""
    return _change(_gallery().undo(id))


def _gallery() -> Gallery:
    return Gallery(serving.current().folder)


def _change(change: Change) -> dict[str, Any]:
    return {"id": change.id, "what": change.what, "photos": change.photos, "time": change.time}


def _face_of(now: Now, name: str, file: FileStorage, which: str | None) -> tuple[dict[str, Any], Face | None]:
    """What is told of a photo (face or error, and all its faces), and the face that is taken."""
    _, seen, reason = enrolling.look(file)
    face = enrolling.alike(now, name, seen) if which is None and len(seen) > 1 else None
    try:
        face = face or (chosen(seen, which) if seen else None)
    except NoFace as error:
        reason = failures.sentence(error)
    told = {"face": face and face.to_json(), "error": reason, "faces": [each.to_json() for each in seen]}
    return told, face and face.kept()


def _field(name: str) -> str:
    """The text under `name` in the JSON object of the request."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("A JSON object is expected (Content-Type: application/json).")
    try:
        value = request.get_json(silent=True)[name]
    except (TypeError, KeyError, RecursionError):
        value = None
    if not isinstance(value, str):
        raise BadRequest(f"A JSON object with a text “{name}” is expected.")
    return value
