"""From the bytes of an image file to its picture, (H, W, 3) uint8 RGB, in this process and for as long as it takes.

Limits are checked before decoding. Decoding is always complete, so that a photo that is cut short is found here and
not later. Pictures come out upright (EXIF orientation applied) and with white behind their transparent parts. Of an
animation the first frame is read. Colour profiles are not applied: faces are compared in grey, and there the usual
ones (Display P3, Adobe RGB) move skin by 6 of 255 levels at most.

Numbers of 16 and 32 bits and floating point numbers do not always say which value is white. Here white is the smallest
of 1 (floating point only), 255, 1023, 4095, 16383 and 65535 that no pixel exceeds: cameras and scanners deliver 10, 12
or 14 bits in numbers of 16.

Pillow itself decodes JPEG, PNG, GIF, WebP, TIFF, BMP, PPM and AVIF. HEIC is decoded by pillow-heif, which is registered
with Pillow here and nowhere else.
"""

import functools
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError, features

from pipeline.photos import structure
from pipeline.photos.kinds import PhotoError

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
    """The largest photo that is read: bytes of the file, pixels of the picture (Pillow refuses more than 178 million),
    and seconds of processor time that decoding may take.

    Phones take photos of 48 to 50 million pixels. Reading one needs 7 bytes per pixel, 11 where it has to be turned.
    """

    max_bytes: int = 25_000_000
    max_pixels: int = 64_000_000
    max_seconds: float = 20

    @property
    def too_many(self) -> str:
        """What to say of a photo with too many pixels."""
        return f"has more than {self.max_pixels / 1e6:g} million pixels: save it smaller"


@dataclass(frozen=True)
class Photo:
    """rgb: (H, W, 3) uint8. form: Pillow's name of the format. note: what a report should say about the photo, worded
    to follow its name, "" for nothing."""

    rgb: np.ndarray
    form: str
    note: str


def decode(data: bytes, form: str, limits: Limits, ready: Callable[[int], None] = lambda pixels: None) -> Photo:
    """The photo in the bytes of a file of the format `form`. Raises PhotoError.

    `ready(pixels)` is called between the header and the decoding, and may wait until there is memory for them.
    """
    _prepare_decoder(form)
    too_many = PhotoError(limits.too_many)
    try:
        with Image.open(io.BytesIO(data), formats=[form]) as image:
            if image.width * image.height > limits.max_pixels:
                raise too_many
            ready(image.width * image.height)
            colours_of_16_bits = _has_colours_of_16_bits(image)
            image.load()
            if form == "PNG":
                structure.check_png(data, image)
            # libheif has turned a HEIC photo already; its EXIF orientation only repeats that
            picture, depth_note = _without_deep_numbers(image)
            rgb = _as_array(picture if form == "HEIF" else _upright(picture, image))
            notes = (SEVERAL if _has_several(image) else "", depth_note,
                     LOW_BITS if colours_of_16_bits and rgb.max() < 64 else "")  # fmt: skip
            return Photo(rgb, form, "; ".join(filter(None, notes)))
    except PhotoError:
        raise
    except MemoryError:
        raise PhotoError("needs too much memory to be decoded: save it smaller") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_many from None
    except UnidentifiedImageError:
        raise PhotoError(f"is cut short or damaged ({form})") from None
    except Exception as error:  # a decoder that is fed damaged data may raise anything
        raise PhotoError(f"is cut short or damaged ({form}: {' '.join(str(error).split())})") from error


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


def _without_deep_numbers(image: Image.Image) -> tuple[Image.Image, str]:
    """The image in a mode of 8 bits, and what is to be said about its numbers."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.asarray(image)
        gray, note = _to_8_bit(values)
        if "transparency" in image.info:  # the number that stands for it
            gray[values == image.info["transparency"]] = 255
        return Image.fromarray(gray), note
    if image.mode == "LAB":
        raise PhotoError("has LAB colours, which can't be read here: save it as RGB")
    return image, ""


def over_white(image: Image.Image) -> Image.Image:
    """An image of 8 bits in RGB, with white behind its transparent parts."""
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def _as_array(image: Image.Image) -> np.ndarray:
    """The pixels over white, made some rows at a time: for all rows at once Pillow would make several copies."""
    rgb = np.empty((image.height, image.width, 3), np.uint8)
    for top in range(0, image.height, ROWS):
        rgb[top : top + ROWS] = over_white(image.crop((0, top, image.width, min(top + ROWS, image.height))))
    return rgb


def _to_8_bit(values: np.ndarray) -> tuple[np.ndarray, str]:
    """Numbers of 16 or 32 bits, or floating point, as uint8, and what is to be said about the scaling."""
    low, high = values.min(), values.max()
    whites = (*([1] if values.dtype.kind == "f" else []), 255, *DEPTHS, 65535)
    if not (low >= 0 and high <= whites[-1]):
        raise PhotoError(f"holds numbers from {low:g} to {high:g}: which of them is white isn't known")
    white = next(white for white in whites if high <= white)
    note = f"holds numbers up to {high:g}: read as {DEPTHS[white]} bits, white is {white}" if white in DEPTHS else ""
    gray = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), ROWS):
        gray[top : top + ROWS] = np.rint(values[top : top + ROWS] * (255 / white))
    return gray, note


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
