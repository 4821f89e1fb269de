"""What a decoder would fill in, or work on for hours, is refused by the structure of the file."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from pipeline import photos
from pipeline.photos import PhotoError, structure
from tests.pipeline.photos.image_files import RGB, encoded, png

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 56, 3), np.uint8))


def jpeg_of_scans(count, side=200):
    """A progressive JPEG whose last scan is repeated up to `count` scans."""
    data = encoded(NOISE.resize((side, side)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * (count - structure.of_jpeg(data).scans) + data[-2:]


@pytest.mark.parametrize("rows", [0, 1, 299])
def test_a_png_with_fewer_rows_than_its_header_says_is_cut_short(rows):
    row = b"\0" + bytes(range(200)) * 3
    assert photos.read(png(200, 300, 8, 2, (b"IDAT", zlib.compress(row * 300)))).shape == (300, 200, 3)
    with pytest.raises(PhotoError, match="cut short"):
        photos.read(png(200, 300, 8, 2, (b"IDAT", zlib.compress(row * rows))))


@pytest.mark.parametrize(
    ("bits", "kind", "per_row"), [(1, 0, 26), (2, 0, 51), (16, 0, 401), (8, 4, 401), (16, 6, 1601)]
)
def test_the_rows_of_a_png_are_counted_for_every_kind_of_colours(bits, kind, per_row):
    data = bytes(per_row * 300)  # black, so that they are counted
    assert photos.read(png(200, 300, bits, kind, (b"IDAT", zlib.compress(data)))).shape == (300, 200, 3)
    with pytest.raises(PhotoError, match="cut short"):
        photos.read(png(200, 300, bits, kind, (b"IDAT", zlib.compress(data[:-per_row]))))


def interlaced(width, height, data):
    plain = png(width, height, 8, 0, (b"IDAT", zlib.compress(data)))
    header = plain[12:28] + b"\1"
    return plain[:12] + header + zlib.crc32(header).to_bytes(4, "big") + plain[33:]


@pytest.mark.parametrize(("width", "height", "size"), [(8, 8, 79), (1, 1, 2), (5, 3, 22)])
def test_an_interlaced_png_has_seven_passes(width, height, size):
    assert photos.read(interlaced(width, height, bytes(size))).shape == (height, width, 3)
    with pytest.raises(PhotoError, match="cut short"):
        photos.read(interlaced(width, height, bytes(size - 1)))


def test_a_black_picture_is_a_picture():
    assert not photos.read(encoded(Image.new("RGB", (500, 400)))).any()


def test_a_jpeg_without_data_for_its_blocks_is_cut_short():
    data = encoded(Image.new("RGB", (3000, 3000)), "JPEG")
    assert photos.read(data).shape == (3000, 3000, 3)
    start = data.index(b"\xff\xda") + 14
    with pytest.raises(PhotoError, match="cut short"):
        photos.read(data[:start] + b"\xff\xd9")


def test_a_jpeg_of_more_scans_than_any_program_writes_is_refused_without_decoding(monkeypatch):
    assert photos.read(jpeg_of_scans(structure.MAX_SCANS)).shape == (200, 200, 3)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: pytest.fail("decoded"))
    for scans in (structure.MAX_SCANS + 1, 4000):
        with pytest.raises(PhotoError, match="more than 100 scans"):
            photos.read(jpeg_of_scans(scans))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_blocks": 1}])
def test_the_structure_of_a_jpeg_is_that_which_it_was_written_with(options):
    shape = structure.of_jpeg(encoded(NOISE, "JPEG", **options))
    assert (shape.width, shape.height, shape.huffman) == (56, 40, True)
    assert shape.scans == (10 if "progressive" in options else 1)


def test_what_looks_like_a_scan_within_a_preview_or_behind_the_picture_does_not_count():
    preview = b"Exif\0\0II*\0\x08\0\0\0\0\0" + b"\xff\xda\0\4" * 5000
    buffer = io.BytesIO()
    NOISE.save(buffer, "JPEG", exif=preview)
    film = b"\xff\xda\0\4" * 5000
    assert structure.of_jpeg(buffer.getvalue() + film).scans == 1
    assert photos.read(buffer.getvalue() + film).shape == (40, 56, 3)


def test_a_walk_over_many_parts_ends():
    jpeg, portable = encoded(NOISE, "JPEG"), encoded(Image.fromarray(RGB))
    comments = jpeg[:2] + b"\xff\xfe\0\2" * 50_000 + jpeg[2:]
    assert structure.of_jpeg(comments).parts == structure.MAX_PARTS
    with pytest.raises(PhotoError, match="more than 10000 markers"):
        photos.read(comments)
    empty = b"\0\0\0\0prVt\0\0\0\0"
    assert structure.of_png(portable[:33] + empty * 50_000 + portable[33:]).parts == structure.MAX_PARTS


@pytest.mark.parametrize("rest", [b"\xff" * 2_000_000, b"\xff\0" * 1_000_000, b"\xff\xd0" * 1_000_000])
def test_data_without_an_end_are_walked_over_once(rest):
    data = encoded(NOISE, "JPEG")
    shape = structure.of_jpeg(data[:-2] + rest)  # a search from each byte to the end would take hours
    assert (shape.width, shape.scans) == (56, 1)


def test_a_changed_byte_of_the_pixels_of_a_png_is_found():
    data = photos.png_bytes(np.random.default_rng(0).integers(0, 256, (40, 30), np.uint8))
    start = data.index(b"IDAT") + 4
    for at in (start + 9, data.index(b"IEND") - 9, data.index(b"IEND") - 5):  # the last two: both checksums of the pixels
        changed = bytearray(data)
        changed[at] ^= 1
        with pytest.raises(PhotoError, match="damaged"):
            photos.read(bytes(changed))
