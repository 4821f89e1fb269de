"""Small files that cost much: what an attack on the page consists of, made in memory with fixed sizes."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

SIDE = 6300  # pixels, within the largest photo that the page takes


def jpeg_of_scans(scans: int, side: int = SIDE) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    data = _encoded(Image.new("RGB", (side, side), (120, 130, 140)), "JPEG", progressive=True, quality=30)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * scans + data[-2:]


def png_of_chunks(count: int) -> bytes:
    """A small PNG with empty chunks before its data."""
    data = _encoded(Image.new("L", (100, 100)), "PNG")
    return data[:33] + _chunk(b"prVt", b"") * count + data[33:]


def png_with_opacity(side: int = SIDE) -> bytes:
    """A large PNG of one colour, 4 bytes for each pixel after unpacking."""
    return _encoded(Image.new("RGBA", (side, side), (10, 20, 30, 200)), "PNG")


def png_without_data(side: int = SIDE) -> bytes:
    """The header of a large PNG, and one row."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    row = zlib.compress(bytes(1 + 3 * side))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", row) + _chunk(b"IEND", b"")


def tiff_of_strips(rows: int = 60_000) -> bytes:
    """A TIFF with a packed strip for each row."""
    return _encoded(Image.new("L", (600, rows)), "TIFF", compression="tiff_lzw", strip_size=600)


def ppm_of_comments(count: int) -> bytes:
    """A tiny PPM behind many comments."""
    return b"P5\n" + b"#\n" * count + b"40 40\n255\n" + bytes(1600)


def webp(side: int = SIDE) -> bytes:
    """A large WebP of soft noise."""
    noise = np.random.default_rng(0).integers(0, 256, (side // 16, side // 16, 3), np.uint8)
    return _encoded(Image.fromarray(noise).resize((side, side)), "WEBP", quality=50, method=0)


def files() -> dict[str, bytes]:
    """What it is -> the bytes of the file; all of them are below the upload limit of the page."""
    return {
        "JPEG, 90 more scans": jpeg_of_scans(90),
        "JPEG, 400 more scans": jpeg_of_scans(400),
        "PNG, 700,000 empty chunks": png_of_chunks(700_000),
        "PNG, 40 million pixels with opacity": png_with_opacity(),
        "PNG, a header without data": png_without_data(),
        "TIFF, 60,000 strips": tiff_of_strips(),
        "PPM, 4 million comments": ppm_of_comments(4_000_000),
        "WebP, 40 million pixels": webp(),
    }


def eight_large() -> dict[str, bytes]:
    """Eight photos of 40 million pixels each."""
    return {f"{k}": png_with_opacity() for k in range(8)}


def _encoded(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
