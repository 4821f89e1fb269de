"""A readable answer with the right status for every failure: a page with a message on top, or JSON below /api."""

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from pipeline.common.errors import JobError
from pipeline.faces.way_in import NoFace
from pipeline.recognise.gallery import EmptyGallery

MESSAGES = {
    404: "There is nothing at this address.",
    500: "Something went wrong here. The terminal that runs the page shows what.",
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
        answer = _json(message, error.code)
    else:
        answer = current_app.make_response((_page(message), error.code))
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
        return _json(str(error), 409)
    return _page(str(error)), 409


def _no_face(error: NoFace) -> ResponseReturnValue:
    message = f"{str(error)[0].upper()}{str(error)[1:]}."
    return _json(message, 422) if _wants_json() else (_page(message), 422)


def _job(error: JobError) -> ResponseReturnValue:
    return _without_page(str(error), 503)


def _internal(error: InternalServerError) -> ResponseReturnValue:
    return _without_page(MESSAGES[500], 500)


def _foreign_host(error: SecurityError) -> ResponseReturnValue:
    return "This page answers at 127.0.0.1 and localhost only.", 400, {"Content-Type": "text/plain; charset=utf-8"}


def _without_page(message: str, status: int) -> ResponseReturnValue:
    """The message alone, since it may be the page that failed."""
    return _json(message, status) if _wants_json() else (render_template("common/failure.html", message=message), status)


def _wants_json() -> bool:
    return request.path.startswith("/api/")


def _json(message: str, status: int) -> Response:
    answer = jsonify(error=message, status=status)
    answer.status_code = status
    return answer
