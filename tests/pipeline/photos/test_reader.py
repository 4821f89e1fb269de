"""Any image file gives the one kind of picture, or a reason in the user's words."""

import io
import os
import threading
import warnings

import numpy as np
import pytest
from PIL import Image, ImageOps

from pipeline import photos
from pipeline.photos import Limits, PhotoError, decode
from tests.pipeline.photos.image_files import GRAY, RGB, as_rgb, difference, encoded

UNDO = {1: None, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}  # orientation -> the orientation that undoes it


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "PPM", "GIF"])
def test_every_format_is_read_whatever_the_name_says(tmp_path, form):
    path = tmp_path / "photo.txt"
    path.write_bytes(encoded(Image.fromarray(GRAY), form))
    picture = photos.read(path)
    assert picture.dtype == np.uint8
    assert difference(picture, as_rgb(GRAY)) <= 12  # JPEG and WebP lose a little


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_come_out_upright_for_every_exif_orientation(form, orientation):
    image = Image.fromarray(GRAY).convert("RGB")
    if UNDO[orientation]:
        image = image.transpose(decode.TURNS[UNDO[orientation]])
    exif = Image.Exif()
    exif[decode.ORIENTATION] = orientation
    assert difference(photos.read(encoded(image, form, exif=exif)), as_rgb(GRAY)) <= 12


def test_the_turns_agree_with_pillows():
    for orientation, turn in decode.TURNS.items():
        image = Image.fromarray(RGB)
        image.getexif()[decode.ORIENTATION] = orientation
        assert np.array_equal(ImageOps.exif_transpose(image), image.transpose(turn))


@pytest.mark.filterwarnings("ignore::UserWarning")  # pytest's filters go before the one in photos
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("exif", [b"Exif\0\0II*\0\x08\0\0\0\xff\x00garbage", b"Exif\0\0garbage", b"Exif\0\0"])
def test_broken_exif_data_do_not_stop_a_photo(form, exif):
    assert photos.read(encoded(Image.fromarray(RGB), form, exif=exif)).shape == RGB.shape


@pytest.mark.parametrize(
    ("mode", "form"),
    [("L", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("PA", "TIFF"), ("RGB", "PNG"), ("RGBA", "PNG"), ("CMYK", "TIFF")]
    + [("CMYK", "JPEG"), ("YCbCr", "TIFF"), ("I", "TIFF"), ("I;16", "PNG"), ("I;16B", "TIFF"), ("F", "TIFF")],
)
def test_each_mode_gives_the_same_picture(mode, form):
    data = encoded(Image.fromarray(GRAY).convert(mode), form)
    assert Image.open(io.BytesIO(data)).mode.startswith(mode[:4])
    assert difference(photos.read(data), as_rgb(GRAY)) <= 6


def test_black_and_white_pictures_are_0_and_255():
    picture = photos.read(encoded(Image.fromarray(GRAY > 127)))
    assert np.array_equal(picture, as_rgb(np.where(GRAY > 127, 255, 0)))


@pytest.mark.parametrize(
    "values",
    [GRAY.astype(np.uint16) * 257, GRAY.astype(np.int32) * 257, GRAY / np.float32(255), GRAY.astype(np.float32)],
    ids=["16 bit", "32 bit", "floats to 1", "floats to 255"],
)
def test_other_numbers_are_scaled_and_not_clipped(values):
    assert np.array_equal(photos.read(encoded(Image.fromarray(values), "TIFF")), as_rgb(GRAY))


@pytest.mark.parametrize("bad", [-1.0, 70000.0, np.nan])
def test_numbers_without_a_known_white_are_refused(bad):
    values = GRAY.astype(np.float32)
    values[3, 3] = bad
    with pytest.raises(PhotoError, match="which of them is white"):
        photos.read(encoded(Image.fromarray(values), "TIFF"))


def test_transparent_parts_lie_over_white():
    opacity = np.zeros((48, 32), np.uint8)
    opacity[24:] = 255
    opacity[0, 0] = 51  # a fifth
    picture = photos.read(encoded(Image.fromarray(np.dstack([RGB, opacity]))))
    assert np.array_equal(picture[24:], RGB[24:])
    assert (picture[1:24] == 255).all()
    assert difference(picture[0, 0], (RGB[0, 0] * .2 + 255 * .8).round()) <= 1


@pytest.mark.parametrize(("form", "mode"), [("PNG", "P"), ("PNG", "L"), ("PNG", "RGB"), ("GIF", "P"), ("GIF", "L")])
def test_a_colour_declared_transparent_becomes_white(form, mode):
    flat = Image.new(mode, (4, 4), 0)
    transparent = (0, 0, 0) if mode == "RGB" else 0
    assert (photos.read(encoded(flat, form)) == 0).all()
    assert (photos.read(encoded(flat, form, transparency=transparent)) == 255).all()


@pytest.mark.parametrize("form", ["GIF", "PNG", "TIFF"])
def test_the_first_frame_of_an_animation_is_read(form):
    other = Image.fromarray(255 - GRAY)
    data = encoded(Image.fromarray(GRAY), form, save_all=True, append_images=[other])
    assert np.array_equal(photos.read(data), as_rgb(GRAY))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "PPM", "GIF"])
@pytest.mark.parametrize("part", [.1, .6, .95])
def test_a_photo_that_is_cut_short_is_refused(form, part):
    data = encoded(Image.effect_noise((64, 64), 80), form)
    photos.read(data)
    with pytest.raises(PhotoError, match="cut short or damaged"):
        photos.read(data[: int(len(data) * part)])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff\xe0", "cut short or damaged"),
        (b"P5\n9999 9999\n255\n", "million pixels"),
        (b"P5\n99 99\n255\n", "cut short or damaged"),
        (b"<!DOCTYPE html><title>404</title>", "web page"),
        (b"\n<!-- hello --><HTML><body>", "web page"),
        (b'<?xml version="1.0"?><svg xmlns="..."/>', "drawing"),
        (b"Anna, 3 May", "text"),
        ("Анна".encode(), "text"),
        (b"BMW, red", "text"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "cut short or damaged"),
        (b"\x7fELF\0\1\2\3", "known kind"),
    ],
)
def test_what_is_no_photo_is_refused_with_its_own_reason(data, reason):
    with pytest.raises(PhotoError, match=reason):
        photos.read(data)


def test_reasons_hold_no_addresses_of_python_objects():
    with pytest.raises(PhotoError) as caught:
        photos.read(b"RIFF\0\0\0\0WEBPnonsense")
    assert "0x" not in str(caught.value)


def test_lab_colours_are_refused_by_name():
    with pytest.raises(PhotoError, match="LAB"):
        photos.read(encoded(Image.new("LAB", (4, 4)), "TIFF"))


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(PhotoError, match="doesn't exist"):
        photos.read(tmp_path / "nowhere.png")
    with pytest.raises(PhotoError, match="is not a file"):
        photos.read(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(PhotoError, match="is not a file"):
        photos.sniff(tmp_path / "pipe.png")


def test_limits_hold_for_files_and_for_bytes(tmp_path):
    data = encoded(Image.fromarray(RGB))
    (tmp_path / "a.png").write_bytes(data)
    for source in (data, tmp_path / "a.png"):
        photos.read(source, Limits(max_bytes=len(data), max_pixels=48 * 32))
        with pytest.raises(PhotoError, match="MB"):
            photos.read(source, Limits(max_bytes=len(data) - 1))
        with pytest.raises(PhotoError, match="pixels"):
            photos.read(source, Limits(max_pixels=48 * 32 - 1))


def test_a_photo_of_a_phone_with_48_million_pixels_is_read():
    data = encoded(Image.new("1", (8064, 6048), 1))
    assert photos.read(data).shape == (6048, 8064, 3)


@pytest.mark.parametrize("height", [1, decode.ROWS - 1, decode.ROWS, decode.ROWS + 1, 3 * decode.ROWS])
def test_every_row_is_read_however_many_there_are(height):
    rgb = np.random.default_rng(0).integers(0, 256, (height, 5, 3), np.uint8)
    assert np.array_equal(photos.read(encoded(Image.fromarray(rgb))), rgb)


def test_pixels_are_counted_before_decoding(monkeypatch):
    data = encoded(Image.fromarray(RGB))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: pytest.fail("decoded"))
    with pytest.raises(PhotoError, match="pixels"):
        photos.read(data, Limits(max_pixels=100))


@pytest.mark.parametrize("side", [10_000, 14_000])  # Pillow warns of the first and refuses the second
@pytest.mark.parametrize("filters", ["error", "always"])
def test_decompression_bombs_are_refused_whatever_the_warning_filters(side, filters):
    data = b"P4\n%d %d\n" % (side, side)
    with warnings.catch_warnings(record=True):
        warnings.simplefilter(filters)
        with pytest.raises(PhotoError, match="more than 64 million pixels"):
            photos.read(data)


def test_many_threads_read_the_right_photos():
    shades = list(range(0, 256, 8))
    data = [encoded(Image.new("L", (60, 60), shade)) for shade in shades]
    read = {}
    threads = [threading.Thread(target=lambda i=i: read.update({i: photos.read(data[i])})) for i in range(len(data))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [int(read[i].max()) for i in range(len(data))] == shades


@pytest.mark.parametrize("size", [(1, 1), (7, 9), (12, 12), (20, 400)])
def test_tiny_and_narrow_pictures_are_read(size):
    assert photos.read(encoded(Image.new("L", size))).shape == (size[1], size[0], 3)


@pytest.mark.parametrize(
    "array",
    [GRAY, GRAY[:, :, None], as_rgb(GRAY), np.dstack([as_rgb(GRAY), np.full_like(GRAY, 255)])],
    ids=["(H, W)", "(H, W, 1)", "(H, W, 3)", "(H, W, 4)"],
)
def test_arrays_of_every_shape_become_one_picture(array):
    assert np.array_equal(photos.as_picture(array), as_rgb(GRAY))
    assert np.array_equal(photos.as_picture(array / 255), as_rgb(GRAY))
    assert np.array_equal(photos.as_picture((array / 255).astype(np.float32)), as_rgb(GRAY))


def test_floats_are_rounded_and_not_cut():
    assert photos.as_picture(np.array([[0, .003, .999, 1]]))[0, :, 0].tolist() == [0, 1, 255, 255]


def test_transparent_parts_of_an_array_lie_over_white():
    assert (photos.as_picture(np.zeros((2, 2, 4))) == 255).all()


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (GRAY.astype(float), "from 0 to 255"),
        (GRAY / 255 - .01, "from -0.01"),
        (np.full((4, 4), np.nan), "nan"),
        (GRAY.astype(int), "int64 numbers"),
        (GRAY > 3, "bool numbers"),
        (RGB.transpose(2, 0, 1), r"\(3, 48, 32\)"),
        (RGB[None], "shape"),
        (RGB[:, :, :2], "shape"),
        (RGB[:0], "shape"),
        (GRAY[0], "shape"),
    ],
)
def test_other_arrays_are_refused_by_name(array, reason):
    with pytest.raises(PhotoError, match=reason):
        photos.as_picture(array)


@pytest.mark.parametrize("array", [GRAY, RGB])
def test_png_keeps_every_pixel(tmp_path, array):
    photos.write_png(tmp_path / "new" / "a.png", array)
    again = np.asarray(Image.open(tmp_path / "new" / "a.png"))
    assert np.array_equal(again, array)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(photos.png_bytes(array)))), array)


def test_png_of_something_else_is_refused_and_leaves_no_file(tmp_path):
    for array in (GRAY / 255, RGB[:, :, :2], GRAY[:, :, None]):
        with pytest.raises(ValueError, match="a picture is"):
            photos.write_png(tmp_path / "a.png", array)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("size", "expected"),
    [((50, 3000), (17, 1024)), ((2048, 1000), (1024, 500)), ((1024, 7), (1024, 7)), ((24, 60_000), (1, 1024))],
)
def test_a_photo_is_shrunk_to_its_long_side_and_never_enlarged(size, expected):
    rgb = np.tile(np.linspace(0, 255, size[1]).astype(np.uint8)[None, :, None], (size[0], 1, 3))
    small = photos.shrunk(rgb, 1024)
    assert small.shape == (*expected, 3)
    assert np.abs(small[0, :, 0] - np.linspace(0, 255, expected[1])).max() < 4
