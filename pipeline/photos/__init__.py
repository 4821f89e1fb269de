"""Image files and folders of people. `reader.py` is the only module that opens image files."""

from pipeline.photos.kinds import PhotoError
from pipeline.photos.reader import (
    Limits,
    Photo,
    as_picture,
    examine,
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
    "jpeg_bytes",
    "png_bytes",
    "read",
    "shrunk",
    "sniff",
    "to_gray",
    "write_png",
]
