"""Image files and folders of people. `reader.py` is the only one that others read them through."""

from pipeline.photos.decode import Limits, Photo
from pipeline.photos.kinds import PhotoError
from pipeline.photos.reader import (
    as_picture,
    examine,
    is_costly,
    jpeg_bytes,
    png_bytes,
    read,
    shrunk,
    sniff,
    to_gray,
    write_png,
)

__all__ = [
    "Limits",
    "Photo",
    "PhotoError",
    "as_picture",
    "examine",
    "is_costly",
    "jpeg_bytes",
    "png_bytes",
    "read",
    "shrunk",
    "sniff",
    "to_gray",
    "write_png",
]
