"""Photos as cameras, phones, scanners and web sites really write them: the neighbours of the plain cases."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from pipeline import photos
from pipeline.photos import PhotoError, decode
from tests.pipeline.photos.image_files import GRAY, RGB, difference, encoded, png

OPACITY = np.repeat(np.array([0, 255], np.uint8), 24)[:, None].repeat(32, axis=1)  # the upper half is transparent


def png16(values, kind, *extra):
    """A PNG of 16 bits per channel, which Pillow doesn't write: values (H, W, C)."""
    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(width, height, 16, kind, *extra, (b"IDAT", zlib.compress(rows)))


@pytest.mark.parametrize("channels", ["LA", "RGB", "RGBA"])
def test_pngs_of_16_bit_a_channel_are_scaled_and_lie_over_white(channels):
    colours = RGB if "RGB" in channels else GRAY[:, :, None]
    values = np.dstack([colours, OPACITY] if "A" in channels else [colours]).astype(int) * 257
    expected = np.repeat(colours, 3 // colours.shape[2], axis=2).copy()
    if "A" in channels:
        expected[:24] = 255
    assert np.array_equal(photos.read(png16(values, {"LA": 4, "RGB": 2, "RGBA": 6}[channels])), expected)


@pytest.mark.parametrize(("kind", "channels"), [(0, 1), (2, 3)])
def test_a_colour_of_16_bit_declared_transparent_becomes_white(kind, channels):
    values = np.full((4, 4, channels), 7 * 257)
    values[0, 0] = 200 * 257
    picture = photos.read(png16(values, kind, (b"tRNS", struct.pack(f">{channels}H", *[7 * 257] * channels))))
    assert (picture[1:] == 255).all() and (picture[0, 0] == 200).all()


@pytest.mark.parametrize(
    ("mode", "form"),
    [("LA", "PNG"), ("LA", "TIFF"), ("LA", "WEBP"), ("PA", "TIFF"), ("PA", "WEBP")]
    + [("RGBA", "PNG"), ("RGBA", "TIFF"), ("RGBA", "WEBP")],
)
def test_transparent_parts_lie_over_white_in_every_mode_and_format(mode, form):
    image = Image.fromarray(GRAY).convert({"LA": "L", "PA": "P", "RGBA": "RGB"}[mode])
    image.putalpha(Image.fromarray(OPACITY))
    assert image.mode == mode
    picture = photos.read(encoded(image, form, **({"lossless": True} if form == "WEBP" else {})))
    assert (picture[:24] == 255).all()
    assert difference(picture[24:], np.repeat(GRAY[24:, :, None], 3, axis=2)) <= 2


def test_a_palette_with_an_opacity_for_each_colour_lies_over_white():
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 0, 255, 0, 255, 0] + [0] * 759)
    image.putdata([0, 1, 2])
    picture = photos.read(encoded(image, transparency=bytes([255, 51, 0])))
    assert picture[0].tolist() == [[255, 0, 0], [204, 204, 255], [255, 255, 255]]


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
@pytest.mark.parametrize(("ink", "shade"), [((0, 0, 0, 0), 255), ((0, 0, 0, 255), 0), ((255, 255, 255, 0), 0)])
def test_white_paper_is_white_and_black_ink_is_black(form, ink, shade):
    data = encoded(Image.new("CMYK", (16, 16), ink), form)
    if form == "JPEG":  # Photoshop stores its numbers upside down, which this marker tells
        assert b"Adobe" in data
    assert (photos.read(data) == shade).all()


def test_black_and_white_scans_are_read_whatever_is_called_black():
    for compression in ("group4", None):
        picture = photos.read(encoded(Image.fromarray(GRAY > 127), "TIFF", compression=compression))
        assert np.array_equal(picture[:, :, 0], np.where(GRAY > 127, 255, 0))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_colour_profile_good_or_broken_changes_nothing(form):
    plain = photos.read(encoded(Image.fromarray(RGB), form))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for stored in (profile, b"nonsense" * 20):
        assert np.array_equal(photos.read(encoded(Image.fromarray(RGB), form, icc_profile=stored)), plain)


@pytest.mark.parametrize(("form", "options"), [("GIF", {}), ("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})])
def test_an_animation_says_that_it_is_one(form, options):
    first, second = Image.fromarray(GRAY), Image.fromarray(255 - GRAY)
    photo = photos.examine(encoded(first, form, save_all=True, append_images=[second], **options))
    assert "several pictures" in photo.note and photo.form == form
    assert np.array_equal(photo.rgb[:, :, 1], GRAY)
    assert photos.examine(encoded(first, form, **options)).note == ""


def test_an_animation_that_is_cut_after_its_first_frame_is_still_a_photo():
    frames = [Image.fromarray(GRAY), Image.effect_noise((32, 48), 80)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    photo = photos.examine(data[: int(len(data) * .9)])
    assert np.array_equal(photo.rgb[:, :, 0], GRAY) and "several" in photo.note
    with pytest.raises(PhotoError, match="cut short"):
        photos.read(data[: int(len(data) * .2)])


def test_a_phones_photo_with_its_own_preview_is_one_photo():
    data = encoded(Image.fromarray(RGB), "MPO", save_all=True, append_images=[Image.fromarray(255 - RGB)])
    photo = photos.examine(data)
    assert (photo.form, photo.note) == ("JPEG", "") and difference(photo.rgb, RGB) <= 12


@pytest.mark.parametrize("form", ["AVIF", "WEBP", "MPO"])
def test_photos_of_phones_come_out_upright(form):
    exif = Image.Exif()
    exif[decode.ORIENTATION] = 6
    lying = Image.fromarray(GRAY).convert("RGB").transpose(Image.Transpose.ROTATE_90)
    assert difference(photos.read(encoded(lying, form, exif=exif))[:, :, 0], GRAY) <= 12


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
def test_only_the_head_of_a_file_is_not_a_photo(form):
    data = encoded(Image.effect_noise((64, 64), 80), form)
    for count in (12, 16, 24, 40):
        with pytest.raises(PhotoError):
            photos.read(data[:count])


@pytest.mark.parametrize("part", [.1, .3, .6, .9])
def test_a_progressive_jpeg_that_is_cut_short_is_refused(part):
    data = encoded(Image.effect_noise((64, 64), 80), "JPEG", progressive=True)
    with pytest.raises(PhotoError, match="cut short"):
        photos.read(data[: int(len(data) * part)])


@pytest.mark.parametrize(
    "data",
    [
        png(60000, 60000, 8, 2, (b"IDAT", b"")),
        b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(6) + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
        b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3e\0\xff\x3e\0",
        encoded(Image.new("1", (16000, 16000)), "TIFF", compression="group4"),
        b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\1\x22\0\2\x11\1\3\x11\1\xff\xd9",
    ],
    ids=["PNG", "GIF", "WEBP", "TIFF", "JPEG"],
)
def test_a_small_file_that_claims_to_be_huge_is_refused_before_it_is_decoded(data, monkeypatch):
    assert len(data) < 100_000
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: pytest.fail("decoded"))
    with pytest.raises(PhotoError, match="million pixels"):
        photos.read(data)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"8BPS\0\1", "Photoshop"),
        (b"gimp xcf v011\0", "GIMP"),
        (b"\0\0\1\0\1\0\x10\x10", "icon"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"%!PS-Adobe-3.0", "PostScript"),
        (b"\xff\x0a\xfa\x1f", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"II*\0\x10\0\0\0CR\2\0", "CR2"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1", "CR3"),
        (b"FUJIFILMCCD-RAW 0201", "RAF"),
        (b"IIU\0\x18\0\0\0", "RW2"),
        (b"IIRO\x08\0\0\0", "ORF"),
        (bytes(128) + b"DICM", "DICOM"),
        (b"PK\3\4\x14\0", "ZIP"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"Rar!\x1a\7\1\0", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"\x1a\x45\xdf\xa3\1", "Matroska"),
        (b"RIFF\0\0\0\0AVI LIST", "AVI"),
        (b"\0\0\0\x20ftypisom\0\0\2\0", "video"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "video"),
        (b"RIFF\0\0\0\0WAVEfmt ", "known kind"),
        (b"FORM\0\0\0\0ILBM", "known kind"),
    ],
)
def test_files_of_other_kinds_are_named_with_the_way_out(data, what):
    with pytest.raises(PhotoError, match=f"(?s){what}.*save (it|a frame of it|the photo in it) as JPEG or PNG"):
        photos.read(data)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_web_pages_are_known_whatever_their_letters(encoding):
    with pytest.raises(PhotoError, match="web page"):
        photos.read("<!DOCTYPE HTML><title>Nicht da</title>".encode(encoding))


@pytest.mark.parametrize("name", ["a.JPG", "a.jpeg.png", "a", "ä b.jpg.exe", "photo.heic"])
def test_the_name_decides_nothing(tmp_path, name):
    (tmp_path / name).write_bytes(encoded(Image.fromarray(RGB)))
    photo = photos.examine(tmp_path / name)
    assert photo.form == "PNG" and np.array_equal(photo.rgb, RGB)


def test_large_tiffs_of_the_newer_kind_are_read():
    data = encoded(Image.fromarray(RGB), "TIFF", big_tiff=True)
    assert data[2] == 43
    assert np.array_equal(photos.read(data), RGB)
