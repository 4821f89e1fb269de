"""Image files made in memory, and the picture in them: without symmetry, with all brightnesses, soft for JPEG."""

import io
import struct
import zlib

import numpy as np

GRAY = np.add.outer(np.linspace(0, 205, 48), np.linspace(0, 50, 32)).round().astype(np.uint8)
RGB = np.stack([GRAY, GRAY // 2, 255 - GRAY], axis=2)


def encoded(image, form="PNG", **options):
    """A Pillow image as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def as_rgb(gray):
    return np.repeat(gray[:, :, None], 3, axis=2)


def difference(a, b):
    """By how much two pictures of one shape differ at most."""
    assert a.shape == b.shape
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def png(width, height, bits, kind, *chunks):
    """The bytes of a PNG file with chunks (kind, data), good or bad ones: Pillow writes no bad ones."""
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in [(b"IHDR", header), *chunks, (b"IEND", b"")])


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
