"""The only reader of image files: every file becomes one kind of picture, (H, W, 3) uint8 RGB.

The content decides, never the name of the file. Limits are checked before decoding. Decoding is always complete, so
that a photo that is cut short is found here and not later. Pictures come out upright (EXIF orientation applied) and
with white behind their transparent parts. Of an animation the first frame is read. Colour profiles are not applied:
faces are compared in grey, and there the usual ones (Display P3, Adobe RGB) move skin by 6 of 255 levels at most.

Numbers of 16 and 32 bits and floating point numbers do not always say which value is white. Here white is the smallest
of 1 (floating point only), 255, 1023, 4095, 16383 and 65535 that no pixel exceeds: cameras and scanners deliver 10, 12
or 14 bits in numbers of 16.

Pillow itself decodes JPEG, PNG, GIF, WebP, TIFF, BMP, PPM and AVIF. HEIC is decoded by pillow-heif, which is registered
with Pillow here and nowhere else.
"""

import functools
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError, features

from pipeline.common import atomic
from pipeline.photos.kinds import HEAD, PhotoError, kind

# Pillow's warnings are about broken EXIF data and the like, which don't stop a photo from being read, and about size,
# which is refused here. A filter that is set once, unlike warnings.catch_warnings, is safe with many threads.
warnings.filterwarnings("ignore", module=r"PIL\.")

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ORIENTATION = 0x0112  # the EXIF tag
ROWS = 256
SEVERAL = "holds several pictures (an animation, or pages): the first one counts"
DEPTHS = {1023: 10, 4095: 12, 16383: 14}  # white -> bits, of numbers that do not use all of their 16
LOW_BITS = "holds colours of 16 bits but uses only the lower ones, so it is nearly black: save it with 8 bits"


@dataclass(frozen=True)
class Limits:
    """The largest photo that is read: bytes of the file, pixels of the picture (Pillow refuses more than 178 million).

    Phones take photos of 48 to 50 million pixels. Reading one needs 7 bytes per pixel, 11 where it has to be turned.
    """

    max_bytes: int = 25_000_000
    max_pixels: int = 64_000_000


@dataclass(frozen=True)
class Photo:
    """rgb: (H, W, 3) uint8. form: Pillow's name of the format. note: what a report should say about the photo, worded
    to follow its name, "" for nothing."""

    rgb: np.ndarray
    form: str
    note: str


def read(source: Path | bytes, limits: Limits = Limits()) -> np.ndarray:
    """The photo in a file, or in the bytes of one, as (H, W, 3) uint8 RGB. Raises PhotoError."""
    return examine(source, limits).rgb


def examine(source: Path | bytes, limits: Limits = Limits()) -> Photo:
    """The photo in a file, or in the bytes of one, and what there is to say of it. Raises PhotoError."""
    data = source if isinstance(source, bytes) else _bytes(Path(source), limits.max_bytes + 1)
    if len(data) > limits.max_bytes:
        raise PhotoError(f"has more than {limits.max_bytes / 1e6:g} MB: save it smaller")
    form = sniff(data)
    _prepare_decoder(form)
    too_many = PhotoError(f"has more than {limits.max_pixels / 1e6:g} million pixels: save it smaller")
    try:
        with Image.open(io.BytesIO(data), formats=[form]) as image:
            if image.width * image.height > limits.max_pixels:
                raise too_many
            colours_of_16_bits = _has_colours_of_16_bits(image)
            image.load()
            picture, depth_note = _to_rgb(image)
            # libheif has turned a HEIC photo already; its EXIF orientation only repeats that
            rgb = _as_array(picture if form == "HEIF" else _upright(picture, image))
            notes = (SEVERAL if _has_several(image) else "", depth_note,
                     LOW_BITS if colours_of_16_bits and rgb.max() < 64 else "")  # fmt: skip
            return Photo(rgb, form, "; ".join(filter(None, notes)))
    except PhotoError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_many from None
    except UnidentifiedImageError:
        raise PhotoError(f"is cut short or damaged ({form})") from None
    except Exception as error:  # a decoder that is fed damaged data may raise anything
        raise PhotoError(f"is cut short or damaged ({form}: {' '.join(str(error).split())})") from error


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
    return np.array(_to_rgb(Image.fromarray(array))[0])


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


def png_bytes(array: np.ndarray) -> bytes:
    """A picture, (H, W) or (H, W, 3) uint8, as the bytes of a PNG file."""
    return _encoded(array, "PNG")


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


@functools.cache
def _register_heif() -> None:
    import pillow_heif  # here, since its import takes 60 ms and few folders hold HEIC photos

    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def _prepare_decoder(form: str) -> None:
    """Raises PhotoError where this installation has no decoder for the format."""
    if form == "HEIF":
        try:
            _register_heif()
        except ImportError as error:
            why = f"is a HEIC photo, and its decoder cannot be loaded ({error}): pip install pillow-heif"
            raise PhotoError(why) from error
    if form == "AVIF" and not features.check("avif"):
        raise PhotoError("is an AVIF photo, and the installed Pillow was built without AVIF: "
                         "pip install --force-reinstall pillow, or save it as JPEG or PNG")  # fmt: skip


def _has_colours_of_16_bits(image: Image.Image) -> bool:
    """Whether an image that is not loaded yet holds several channels of 16 bits, of which Pillow keeps the upper 8."""
    return image.mode in ("RGB", "RGBA", "LA") and any(";16" in str(tile[3]) for tile in getattr(image, "tile", ()))


def _to_rgb(image: Image.Image) -> tuple[Image.Image, str]:
    """The image in RGB, and what is to be said about its numbers."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.asarray(image)
        gray, note = _to_8_bit(values)
        if "transparency" in image.info:  # the number that stands for it
            gray[values == image.info["transparency"]] = 255
        return Image.fromarray(gray).convert("RGB"), note
    if image.mode == "LAB":
        raise PhotoError("has LAB colours, which can't be read here: save it as RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB"), ""
    return image if image.mode == "RGB" else image.convert("RGB"), ""  # convert would copy an image that is RGB


def _as_array(image: Image.Image) -> np.ndarray:
    """The pixels of an RGB image, read some rows at a time: for all rows at once Pillow would make two copies."""
    rgb = np.empty((image.height, image.width, 3), np.uint8)
    for top in range(0, image.height, ROWS):
        rgb[top : top + ROWS] = image.crop((0, top, image.width, min(top + ROWS, image.height)))
    return rgb


def _to_8_bit(values: np.ndarray) -> tuple[np.ndarray, str]:
    """Numbers of 16 or 32 bits, or floating point, as uint8, and what is to be said about the scaling."""
    low, high = values.min(), values.max()
    whites = (*([1] if values.dtype.kind == "f" else []), 255, *DEPTHS, 65535)
    if not (low >= 0 and high <= whites[-1]):
        raise PhotoError(f"holds numbers from {low:g} to {high:g}: which of them is white isn't known")
    white = next(white for white in whites if high <= white)
    note = f"holds numbers up to {high:g}: read as {DEPTHS[white]} bits, white is {white}" if white in DEPTHS else ""
    return np.rint(values * (255 / white)).astype(np.uint8), note


def _upright(picture: Image.Image, image: Image.Image) -> Image.Image:
    """`picture` turned as the EXIF data of `image` say."""
    try:
        turn = TURNS.get(image.getexif().get(ORIENTATION))
    except Exception:  # broken EXIF data: the photo is still a photo
        turn = None
    return picture if turn is None else picture.transpose(turn)


def _has_several(image: Image.Image) -> bool:
    """Whether there are more pictures than the first; a phone's photo with its own preview (MPO) does not count."""
    try:
        return image.format != "MPO" and getattr(image, "is_animated", False)
    except Exception:  # the second picture is damaged; the first was read, and it is the one that counts
        return True
