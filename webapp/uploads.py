"""From a request to a picture, or to an error that people can read.

The file name that the client sends is not used: it is not stored, not shown, and does not decide the format.
"""

import numpy as np
from flask import current_app
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, UnprocessableEntity, UnsupportedMediaType
from werkzeug.wrappers import Request

from pipeline import photos

FORMS = ("", "multipart/form-data", "application/x-www-form-urlencoded")
SMALLEST = 24  # pixels of each side: a smaller photo shows no face that could be compared


def picture(request: Request) -> np.ndarray:
    """The only photo in `request`, (H, W, 3) uint8. Raises an HTTPException: 400, 413, 415 or 422."""
    if request.mimetype not in FORMS:
        raise UnsupportedMediaType(f"A form with a photo is expected (multipart/form-data), not {request.mimetype}.")
    data = _one_file(request).read()
    if not data:
        raise UnprocessableEntity("The photo is empty (0 bytes). Choose another one.")
    try:
        photos.sniff(data)
    except photos.PhotoError as error:
        raise UnsupportedMediaType(f"The file {error}.") from error
    try:
        result = photos.read(data, photos.Limits(max_pixels=current_app.config["MAX_PIXELS"]))
    except photos.PhotoError as error:
        raise UnprocessableEntity(f"The photo {error}.") from error
    height, width = result.shape[:2]
    if min(height, width) < SMALLEST:
        raise UnprocessableEntity(
            f"The photo is too small: {width} × {height} pixels, and each side needs {SMALLEST} or more."
        )
    return result


def _one_file(request: Request) -> FileStorage:
    # for an empty field, a browser sends a file without a name
    files = [file for _, file in request.files.items(multi=True) if file.filename]
    if not files:
        raise BadRequest("There is no photo in the request. Choose one first.")
    if len(files) > 1:
        raise BadRequest(f"There are {len(files)} photos in the request. Send one at a time.")
    return files[0]
