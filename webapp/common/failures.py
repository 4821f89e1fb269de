"""A readable answer with the right status for every failure: a page with a message on top, or problem details below /api.

Problem details are those of RFC 9457, with the field "error" besides, which is the same as "detail".
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from pipeline.common.errors import JobError
from pipeline.faces.way_in import NoFace
from pipeline.recognise.gallery import EmptyGallery
from pipeline.recognise.gallery_changes import NotAName, NotThere
from pipeline.recognise.gallery_trash import Conflict

MESSAGES = {
    404: "There is nothing at this address.",
    500: "Something went wrong here. The terminal that runs the page shows what.",
}

STATUS = {NotThere: 404, Conflict: 409, NotAName: 422}


@dataclass(frozen=True)
class Kind:
    """A type of problem of its own, /api/#NAME; all others are told by their status alone."""

    name: str
    title: str


KINDS = {
    EmptyGallery: Kind("empty-gallery", "Nobody is known yet"),
    NoFace: Kind("no-face", "No face that can be compared"),
}


def register(app: Flask) -> None:
    """Answer each failure of `app` with its message: on the page that failed, where it can show one (see shell.py)."""
    app.extensions["failures"] = {}  # name of a blueprint -> its render_failure(message)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SecurityError, _foreign_host)
    app.register_error_handler(InternalServerError, _internal)
    app.register_error_handler(EmptyGallery, _empty_gallery)
    app.register_error_handler(NoFace, _no_face)
    app.register_error_handler(JobError, _job)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:  # a redirect, which is not a failure
        return error
    message = _message(error)
    if _wants_json():
        answer = problem(message, error.code)
    else:
        answer = current_app.make_response((_page(message), error.code))
    if error.code == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if error.code == 405:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    if error.code == 503:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _page(message: str | None) -> str:
    """The page that failed with the message on top (None for none); the message alone, where there is no such page."""
    render = current_app.extensions["failures"].get(request.blueprint)
    return render(message) if render else render_template("common/failure.html", message=message)


def _message(error: HTTPException) -> str:
    if error.description != type(error).description:
        return error.description  # written by this package
    if error.code == 405:
        return f"{request.method} doesn't work at this address; {' or '.join(sorted(error.valid_methods or ()))} does."
    if error.code == 413:
        if (request.content_length or 0) <= current_app.config["MAX_CONTENT_LENGTH"]:
            return f"The form has more than {request.max_form_parts} fields. Send the photo alone."
        return f"That is too much: up to {current_app.config['MAX_CONTENT_LENGTH'] / 1e6:g} MB can be sent."
    return MESSAGES.get(error.code, error.description)


def _empty_gallery(error: EmptyGallery) -> ResponseReturnValue:
    if _wants_json():
        return problem(str(error), 409, KINDS[EmptyGallery])
    return _page(str(error)), 409


def _no_face(error: NoFace) -> ResponseReturnValue:
    message = sentence(error)
    return problem(message, 422, KINDS[NoFace]) if _wants_json() else (_page(message), 422)


def _job(error: JobError) -> ResponseReturnValue:
    return _without_page(str(error), status(error))


def _internal(error: InternalServerError) -> ResponseReturnValue:
    return _without_page(MESSAGES[500], 500)


def _foreign_host(error: SecurityError) -> ResponseReturnValue:
    message = "This page answers at 127.0.0.1 and localhost only."
    return problem(message, 400) if _wants_json() else (message, 400, {"Content-Type": "text/plain; charset=utf-8"})


def _without_page(message: str, status: int) -> ResponseReturnValue:
    """The message alone, since it may be the page that failed."""
    return problem(message, status) if _wants_json() else (render_template("common/failure.html", message=message), status)


def _wants_json() -> bool:
    return request.path.startswith("/api/")


def problem(message: str, status: int, kind: Kind | None = None, **more: Any) -> Response:
    """A failure as problem details. more: further fields."""
    kind_of = (f"/api/#{kind.name}", kind.title) if kind else ("about:blank", HTTPStatus(status).phrase)
    answer = jsonify(type=kind_of[0], title=kind_of[1], status=status, detail=message, error=message, **more)
    answer.status_code, answer.mimetype = status, "application/problem+json"
    return answer


def status(error: JobError) -> int:
    """The status of the answer to a request that failed so."""
    return STATUS.get(type(error), 503)


def sentence(error: Exception) -> str:
    """The message of an error as a sentence."""
    return f"{str(error)[0].upper()}{str(error)[1:]}."
