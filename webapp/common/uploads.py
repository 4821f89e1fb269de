"""From a request to a picture, or to an error that people can read.

The file name that the client sends is never written to the disk and does not decide the format. The page of people shows it to
who sent it, so that they know which of several files is meant.
"""

import numpy as np
from flask import current_app
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnprocessableEntity, UnsupportedMediaType
from werkzeug.wrappers import Request

from pipeline import photos
from webapp.server import turns

FORMS = ("", "multipart/form-data", "application/x-www-form-urlencoded")
LONGEST_TEXT = 500_000  # characters
NOT_TEXT = "\ufffd"  # what bytes that are no text are decoded to
MOST_PHOTOS = 50  # in a request: each takes some tens of milliseconds
SMALLEST = 24  # pixels of each side: a smaller photo shows no face that could be compared


def picture(request: Request) -> np.ndarray:
    """The only photo in `request`, (H, W, 3) uint8. Raises an HTTPException: 400, 413, 415, 422 or 503."""
    found = files(request)
    if len(found) > 1:
        raise BadRequest(f"There are {len(found)} photos in the request. Send one at a time.")
    return read(found[0])


def read(file: FileStorage) -> np.ndarray:
    """The photo in a file, (H, W, 3) uint8. Raises an HTTPException: 415, 422 or 503."""
    data = file.read()
    if not data:
        raise UnprocessableEntity("The photo is empty (0 bytes). Choose another one.")
    try:
        photos.sniff(data)
    except photos.PhotoError as error:
        raise UnsupportedMediaType(f"The file {error}.") from error
    config = current_app.config
    limits = photos.Limits(max_pixels=config["MAX_PIXELS"], max_seconds=config["MAX_SECONDS"])
    if photos.is_costly(data):
        turns.take()
    try:
        result = photos.read(data, limits)
    except photos.PhotoError as error:
        raise UnprocessableEntity(f"The photo {error}.") from error
    height, width = result.shape[:2]
    if min(height, width) < SMALLEST:
        raise UnprocessableEntity(
            f"The photo is too small: {width} × {height} pixels, and each side needs {SMALLEST} or more."
        )
    return result


def files(request: Request) -> list[FileStorage]:
    """The photos in `request`, one at least. Raises an HTTPException: 400, 413 or 415."""
    if request.mimetype not in FORMS:
        raise UnsupportedMediaType(f"A form with a photo is expected (multipart/form-data), not {request.mimetype}.")
    for field, text in request.form.items(multi=True):
        if len(text) > LONGEST_TEXT:
            raise RequestEntityTooLarge(
                f"The form field “{field[:40]}” holds {len(text) / 1e6:.1f} MB of text. If that is the photo, "
                "send it as a file, with a file name."
            )
    # for an empty field, a browser sends a file without a name
    found = [file for _, file in request.files.items(multi=True) if file.filename]
    if not found and any(NOT_TEXT in text for text in request.form.values()):
        raise BadRequest("The photo came as text, without a file name. Send it as a file, with a file name.")
    if not found:
        raise BadRequest("There is no photo in the request. Choose one first.")
    if len(found) > MOST_PHOTOS:
        raise RequestEntityTooLarge(f"There are {len(found)} photos in the request. Send {MOST_PHOTOS} at a time at most.")
    return found
