"""What the structure of a file says without decoding it: whether its data can be complete, and what decoding will cost.

A decoder fills in what is missing without an error where the data end in good order. The least number of bytes follows
from the header, and so does the cost of most photos:

    PNG    every row is 1 byte and the bits of its pixels, and all rows are there after unpacking; an interlaced picture
           is seven smaller ones (W3C PNG specification, 8.2)
    JPEG   each block of 8 x 8 pixels has a Huffman code for its mean, of 1 bit or more (ITU-T T.81, F.1.2.1): a picture
           of W x H needs W H / 512 bytes. Each further scan of a progressive JPEG goes over all blocks once more.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from pipeline.photos.kinds import PhotoError

MAX_SCANS = 100  # programs write about 10
MAX_PARTS = 10_000  # markers or chunks; a walk over more of them would take long itself
PIECE = 1 << 20  # bytes that are unpacked at a time
# x, y of the first pixel of each pass, and its steps dx, dy
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # kind of colours in the header -> numbers per pixel
HUFFMAN = (0xC0, 0xC1, 0xC2)  # baseline, extended and progressive JPEG
CUT = "is cut short or damaged ({}: the header says {} x {} pixels, and the data are of fewer)"


@dataclass(frozen=True)
class Shape:
    """Pixels as the header says, scans of a JPEG (1 for a PNG), and parts: markers or chunks, as far as counted."""

    width: int
    height: int
    scans: int
    parts: int
    huffman: bool = False


def of_jpeg(data: bytes) -> Shape:
    """The structure of a JPEG, by walking over its markers up to the end of the picture."""
    width = height = scans = parts = 0
    huffman = False
    markers, at = _markers(data), 2
    while parts < MAX_PARTS and scans <= MAX_SCANS and (k := np.searchsorted(markers, at)) < len(markers):
        at = int(markers[k]) + 2
        kind = data[at - 1]
        parts += 1
        if kind == 0xD9:  # the end of the picture; what follows is another one, or a film
            break
        if kind in (0x01, 0xD8):  # they stand alone
            continue
        segment = data[at : at + 9]
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC) and len(segment) == 9:
            height, width = struct.unpack(">HH", segment[3:7])
            huffman = kind in HUFFMAN
        scans += kind == 0xDA
        at += int.from_bytes(segment[:2], "big")
    return Shape(width, height, scans, parts, huffman)


def _markers(data: bytes) -> np.ndarray:
    """The positions of what would be markers within the data of a scan: no stuffed zeros, no restarts, no filling.

    The time is proportional to the length of `data` whatever they hold, and other threads can work meanwhile.
    """
    every = np.frombuffer(data, np.uint8)
    first, second = every[:-1], every[1:]
    is_kind = (second > 0) & (second < 0xFF) & ((second < 0xD0) | (second > 0xD7))
    return np.flatnonzero((first == 0xFF) & is_kind)


def of_png(data: bytes) -> Shape:
    """The structure of a PNG, by walking over its chunks."""
    width, height = struct.unpack(">II", data[16:24]) if len(data) >= 24 else (0, 0)
    parts, at = 0, 8
    while parts < MAX_PARTS and at + 8 <= len(data):
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        parts += 1
    return Shape(width, height, 1, parts)


def check_jpeg(data: bytes, shape: Shape) -> None:
    """Raises PhotoError where a JPEG has too few data for its size, or more scans or markers than any program writes."""
    if shape.scans > MAX_SCANS:
        raise PhotoError(f"is a JPEG of more than {MAX_SCANS} scans, which take long to decode: save it again")
    if shape.parts >= MAX_PARTS:
        raise PhotoError(f"is a JPEG of more than {MAX_PARTS} markers, which take long to decode: save it again")
    if shape.huffman and shape.width * shape.height > 512 * len(data):
        raise PhotoError(CUT.format("JPEG", shape.width, shape.height))


def check_png(data: bytes, image: Image.Image) -> None:
    """Raises PhotoError where the data of a PNG, which is loaded as `image`, were changed, or unpack to fewer rows than
    the header says.

    Pillow compares the checksums of all chunks but those of the pixels. It leaves missing rows at 0, so that only a
    picture with such a row at its end has to be counted.
    """
    _check_pixel_chunks(data)
    width, height, bits, colours, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    last = image.crop((0, image.height - 1, image.width, image.height))
    if not interlaced and np.asarray(last).any():
        return
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    missing = 0
    for x, y, dx, dy in passes:
        columns, rows = -((x - width) // dx), -((y - height) // dy)
        missing += rows * (1 + (columns * bits * CHANNELS[colours] + 7) // 8) if columns > 0 else 0
    unpack = zlib.decompressobj()
    for at, length in _pixel_chunks(data):
        packed = data[at + 8 : at + 8 + length]
        while packed and missing > 0:
            missing -= len(unpack.decompress(packed, PIECE))
            packed = unpack.unconsumed_tail
        if missing <= 0 or unpack.eof:
            break
    if missing > 0:
        raise PhotoError(CUT.format("PNG", width, height))


def _pixel_chunks(data: bytes) -> Iterator[tuple[int, int]]:
    """(position, length of the data) of each chunk of pixels, before its head of 8 bytes; the last may be cut short."""
    at = 8
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IDAT":
            yield at, length
        at += 12 + length


def _check_pixel_chunks(data: bytes) -> None:
    view = memoryview(data)
    for at, length in _pixel_chunks(data):
        end = at + 8 + length
        if end + 4 <= len(data) and zlib.crc32(view[at + 4 : end]) != int.from_bytes(view[end : end + 4], "big"):
            raise PhotoError("is damaged (PNG: the checksum of its pixels differs)")
