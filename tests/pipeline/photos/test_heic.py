"""HEIC, as phones write it, and AVIF: read like every other photo, rotated once, refused by the same limits."""

import io
import struct

import numpy as np
import pillow_heif
import pytest
from PIL import Image, features

from pipeline import photos
from pipeline.photos import Limits, PhotoError, decode, kinds
from tests.pipeline.photos.image_files import GRAY, as_rgb, difference, encoded

UNDO = {1: None, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}  # orientation -> the orientation that undoes it
can_encode = pytest.mark.skipif(not pillow_heif.libheif_info()["encoders"], reason="this pillow-heif has no encoder")


def heic(image: Image.Image, **options) -> bytes:
    """The bytes of a HEIC file, written by pillow-heif without its Pillow plugin, which only the reader registers."""
    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer, **{"quality": 95, **options})
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIF"),
        (b"\0\0\0\x1cftyphevc\0\0\0\0", "HEIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", "HEIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "AVIF"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
    ],
)
def test_the_brand_tells_heic_from_avif(head, form):
    assert kinds.kind(head) == form


@can_encode
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA"])
def test_heic_photos_are_read_in_every_mode(mode):
    photo = photos.examine(heic(Image.fromarray(GRAY).convert(mode)))
    assert (photo.form, photo.note) == ("HEIF", "") and difference(photo.rgb, as_rgb(GRAY)) <= 12


@can_encode
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_heic_photo_is_turned_back_once(orientation):
    image = Image.fromarray(GRAY).convert("RGB")
    if UNDO[orientation]:
        image = image.transpose(decode.TURNS[UNDO[orientation]])
    exif = Image.Exif()
    exif[decode.ORIENTATION] = orientation
    # like a phone, the encoder writes a transformation for the decoder beside the EXIF orientation
    data = heic(image, exif=exif.tobytes())
    assert pillow_heif.open_heif(data).info["exif"]
    assert difference(photos.read(data), as_rgb(GRAY)) <= 12


@can_encode
def test_the_exif_orientation_of_a_heic_photo_turns_nothing_by_itself():
    exif = Image.Exif()
    exif[decode.ORIENTATION] = 1
    data = heic(Image.fromarray(GRAY).convert("RGB"), exif=exif.tobytes())
    upright, turned = (struct.pack("<HHIHH", decode.ORIENTATION, 3, 1, value, 0) for value in (1, 6))
    if upright not in data:
        upright, turned = (struct.pack(">HHIHH", decode.ORIENTATION, 3, 1, value, 0) for value in (1, 6))
    assert data.count(upright) == 1
    assert difference(photos.read(data.replace(upright, turned)), as_rgb(GRAY)) <= 12


@can_encode
def test_ten_bits_become_eight():
    ramp = np.repeat(np.linspace(0, 1023, 320)[None, :, None], 64, axis=0).repeat(3, axis=2).astype(np.uint16) << 6
    buffer = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", (320, 64), ramp.tobytes()).save(buffer, quality=-1)
    assert pillow_heif.open_heif(io.BytesIO(buffer.getvalue()), convert_hdr_to_8bit=False).info["bit_depth"] == 10
    assert difference(photos.read(buffer.getvalue())[:, :, 1], ramp[:, :, 1] >> 8) <= 3


@can_encode
def test_of_several_pictures_in_one_file_the_main_one_is_read():
    several = pillow_heif.from_pillow(Image.fromarray(GRAY))
    several.add_from_pillow(Image.new("RGB", (64, 64)))
    buffer = io.BytesIO()
    several.save(buffer, quality=95)
    photo = photos.examine(buffer.getvalue())
    assert photo.rgb.shape == (48, 32, 3) and "several pictures" in photo.note


@can_encode
@pytest.mark.parametrize("part", [0.01, 0.1, 0.6, 0.95])
def test_a_heic_photo_that_is_cut_short_is_refused(part):
    data = heic(Image.effect_noise((64, 64), 80))
    with pytest.raises(PhotoError, match="cut short or damaged") as caught:
        photos.read(data[: int(len(data) * part)])
    assert "\n" not in str(caught.value)


@can_encode
def test_the_pixels_of_a_heic_photo_are_counted_before_decoding(monkeypatch):
    data = heic(Image.new("L", (64, 48)))
    assert photos.read(data, Limits(max_pixels=64 * 48)).shape == (48, 64, 3)
    # in this process, where the patch holds
    monkeypatch.setattr(pillow_heif.HeifImageFile, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(pytest.fail.Exception, match="decoded"):
        decode.decode(data, "HEIF", Limits(max_pixels=64 * 48))
    with pytest.raises(PhotoError, match="million pixels"):
        decode.decode(data, "HEIF", Limits(max_pixels=64 * 48 - 1))


@can_encode
def test_a_heic_photo_that_holds_more_pixels_than_its_header_says_is_refused():
    data = heic(Image.new("L", (2048, 2048)))
    size = data.index(b"ispe") + 8
    with pytest.raises(PhotoError, match="damaged"):
        photos.read(data[:size] + struct.pack(">II", 16, 16) + data[size + 8 :])


def test_without_its_decoder_a_photo_is_refused_with_the_line_that_installs_it(monkeypatch):
    def missing():
        raise ImportError("no library")

    monkeypatch.setattr(decode, "_register_heif", missing)
    with pytest.raises(PhotoError, match="pip install pillow-heif"):
        decode.decode(b"\0\0\0\x18ftypheic\0\0\0\0", "HEIF", Limits())
    monkeypatch.setattr(features, "check", lambda name: False)
    with pytest.raises(PhotoError, match="without AVIF: pip install"):
        decode.decode(b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF", Limits())


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_avif_photos_are_read(mode):
    photo = photos.examine(encoded(Image.fromarray(GRAY).convert(mode), "AVIF", quality=95))
    assert (photo.form, photo.note) == ("AVIF", "") and difference(photo.rgb, as_rgb(GRAY)) <= 12
