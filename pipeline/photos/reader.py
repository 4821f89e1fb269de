"""The only reader of image files: every file becomes one kind of picture, (H, W, 3) uint8 RGB.

The content decides, never the name of the file. A photo whose cost follows from its structure (`structure.py`), and is
usual, is decoded here (`decode.py`); every other one in a process that is ended when it takes too much (`decoders.py`).
"""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.common import atomic
from pipeline.photos import decode, structure
from pipeline.photos.decode import Limits, Photo
from pipeline.photos.decoders import DECODERS
from pipeline.photos.kinds import HEAD, PhotoError, kind

# A photo within these bounds is decoded here, which takes .5 s at most and saves copying the picture between processes
SIMPLE_PIXELS = 16_000_000
FEW_PIXELS = 4_000_000
SIMPLE_SCANS = 12  # of a JPEG
SIMPLE_PARTS = {"JPEG": 100, "PNG": 5000}  # markers and chunks; a PNG has one for each 8 KB of its data, or fewer
SIMPLE_PPM = 200_000  # bytes; a PPM has 8 pixels for each at most, and a larger one may be all comment


def read(source: Path | bytes, limits: Limits = Limits()) -> np.ndarray:
    """The photo in a file, or in the bytes of one, as (H, W, 3) uint8 RGB. Raises PhotoError."""
    return examine(source, limits).rgb


def examine(source: Path | bytes, limits: Limits = Limits()) -> Photo:
    """The photo in a file, or in the bytes of one, and what there is to say of it. Raises PhotoError."""
    data = source if isinstance(source, bytes) else _bytes(Path(source), limits.max_bytes + 1)
    if len(data) > limits.max_bytes:
        raise PhotoError(f"has more than {limits.max_bytes / 1e6:g} MB: save it smaller")
    form = sniff(data)
    shape = _shape(data, form)
    if shape and shape.width * shape.height > limits.max_pixels:
        raise PhotoError(limits.too_many)
    if form == "JPEG":
        structure.check_jpeg(data, shape)
    if not _is_simple(data, form, shape):
        return DECODERS.decode(data, form, limits)
    with DECODERS.pixels.taken(shape.width * shape.height if shape else 0):
        return decode.decode(data, form, limits)


def is_costly(data: bytes) -> bool:
    """Whether reading a photo may take more than some hundredths of a second. Raises PhotoError for none."""
    form = sniff(data)
    shape = _shape(data, form)
    return not _is_simple(data, form, shape) or shape is not None and shape.width * shape.height > FEW_PIXELS


def _is_simple(data: bytes, form: str, shape: structure.Shape | None) -> bool:
    """Whether the cost of decoding is known, and usual."""
    if shape is None:
        return form == "PPM" and len(data) <= SIMPLE_PPM
    few = shape.width * shape.height <= SIMPLE_PIXELS and shape.scans <= SIMPLE_SCANS
    return few and shape.parts <= SIMPLE_PARTS[form]


def _shape(data: bytes, form: str) -> structure.Shape | None:
    """The structure of a photo from which its cost follows; None for a format whose cost does not."""
    walk = {"JPEG": structure.of_jpeg, "PNG": structure.of_png}.get(form)
    return walk(data) if walk else None


def sniff(source: Path | bytes) -> str:
    """Pillow's name of the format of a file, or of the bytes of one, by its first bytes. Raises PhotoError if none."""
    return kind(source[:HEAD] if isinstance(source, bytes) else _bytes(Path(source), HEAD))


def as_picture(array: np.ndarray) -> np.ndarray:
    """An array as a picture, (H, W, 3) uint8.

    Takes (H, W), (H, W, 1), (H, W, 3) and (H, W, 4, the last one opacity), as uint8 or as floats from 0 to 1.
    Raises PhotoError for anything else.
    """
    array = np.asarray(array)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or array.size == 0:
        raise PhotoError(f"has the shape {array.shape}: expected (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)")
    if np.issubdtype(array.dtype, np.floating):
        low, high = array.min(), array.max()
        if not (low >= 0 and high <= 1):  # false for NaN, too
            raise PhotoError(f"holds floats from {low:g} to {high:g}: they must lie between 0 and 1")
        array = np.rint(array * 255).astype(np.uint8)
    if array.dtype != np.uint8:
        raise PhotoError(f"holds {array.dtype} numbers: expected uint8, or floats between 0 and 1")
    if array.shape[2] == 1:
        return np.repeat(array, 3, axis=2)
    return np.array(decode.over_white(Image.fromarray(array)))


def to_gray(rgb: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) uint8 in grey, (H, W) uint8.

    Brightness is weighted as the eye sees it (ITU-R BT.601): grey = .299 red + .587 green + .114 blue.
    """
    return np.array(Image.fromarray(rgb).convert("L"))


def shrunk(rgb: np.ndarray, long_side: int) -> np.ndarray:
    """A picture (H, W, 3) uint8 with a long side of `long_side` pixels at most; one that is smaller stays as it is."""
    height, width = rgb.shape[:2]
    k = long_side / max(height, width)
    if k >= 1:
        return rgb
    size = (max(round(width * k), 1), max(round(height * k), 1))
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))


def write_png(path: Path, array: np.ndarray) -> None:
    """Write a picture, (H, W) or (H, W, 3) uint8, as PNG: without loss, and complete or not at all."""
    with atomic.writing(path) as temporary:
        temporary.write_bytes(png_bytes(array))


def png_bytes(array: np.ndarray, effort: int = 6) -> bytes:
    """A picture, (H, W) or (H, W, 3) uint8, as the bytes of a PNG file. effort: to make it small, from 1 to 9."""
    return _encoded(array, "PNG", compress_level=effort)


def jpeg_bytes(array: np.ndarray) -> bytes:
    """A picture, (H, W) or (H, W, 3) uint8, as the bytes of a JPEG file: small and quick, to be looked at."""
    return _encoded(array, "JPEG", quality=88)


def _encoded(array: np.ndarray, form: str, **options: int) -> bytes:
    if array.dtype != np.uint8 or not (array.ndim == 2 or array.ndim == 3 and array.shape[2] == 3):
        raise ValueError(f"a picture is (H, W) or (H, W, 3) uint8, got {array.shape} {array.dtype}")
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, form, **options)
    return buffer.getvalue()


def _bytes(path: Path, count: int) -> bytes:
    """The first `count` bytes of a file."""
    if not path.is_file():  # opening a named pipe would wait for ever
        raise PhotoError("is not a file" if path.exists() else "doesn't exist")
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise PhotoError(f"can't be opened ({error.strerror})") from error
