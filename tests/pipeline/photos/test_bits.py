"""Numbers of 16 bits that do not use all of them are scaled by the bits that are used, and the report says so."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from pipeline import photos
from tests.pipeline.photos.image_files import GRAY, as_rgb, difference, encoded, png


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize("bits", [10, 12, 14])
def test_a_grey_photo_of_fewer_bits_is_as_bright_as_one_of_eight(form, bits):
    white = 2**bits - 1
    values = np.rint(GRAY.astype(float) * white / 255).astype(np.uint16)
    values[0, 0] = white
    photo = photos.examine(encoded(Image.fromarray(values), form))
    assert difference(photo.rgb[1:], as_rgb(GRAY)[1:]) <= 1
    assert photo.note == f"holds numbers up to {white}: read as {bits} bits, white is {white}"


@pytest.mark.parametrize(("high", "white"), [(255, 255), (256, 1023), (1023, 1023), (1024, 4095), (16384, 65535)])
def test_white_is_the_smallest_that_no_pixel_exceeds(high, white):
    values = np.zeros((4, 4), np.uint16)
    values[0, 0] = high
    photo = photos.examine(encoded(Image.fromarray(values)))
    assert photo.rgb.max() == round(high * 255 / white)
    assert bool(photo.note) == (white not in (255, 65535))


@pytest.mark.parametrize(("levels", "said"), [(1023, True), (4095, True), (65535, False)])
def test_colours_that_use_only_the_lower_bits_are_told(levels, said):
    values = np.linspace(0, levels, 32 * 48 * 3).astype(">u2").reshape(48, 32, 3)
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    data = png(32, 48, 16, 2, (b"IDAT", zlib.compress(rows)))
    assert struct.unpack(">B", data[24:25]) == (16,), "16 bits for each channel"
    assert ("nearly black" in photos.examine(data).note) == said


def test_a_dark_photo_of_eight_bits_is_no_photo_of_sixteen():
    assert photos.examine(encoded(Image.new("RGB", (8, 8), (9, 9, 9)))).note == ""
