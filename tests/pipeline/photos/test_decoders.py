"""Photos that cost too much end their decoder and nothing else; all decoders together keep to one amount of pixels."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image

from pipeline import photos
from pipeline.photos import Limits, PhotoError, reader
from pipeline.photos.decoders import DECODERS, Decoders, Pixels
from tests.pipeline.photos.image_files import RGB, encoded, png

WEBP = encoded(Image.fromarray(RGB), "WEBP", lossless=True)
LARGE = encoded(Image.effect_noise((3000, 3000), 50), "TIFF", compression="tiff_lzw")
TINY = Limits(max_seconds=0.0001)  # on the clock .5 ms: nobody decodes 9 million pixels in it


@pytest.fixture
def decoders():
    made = Decoders(2)
    yield made
    made.close()


def test_a_decoder_gives_the_picture_the_format_and_the_note(decoders):
    other = Image.fromarray(255 - RGB)
    animation = encoded(Image.fromarray(RGB), "WEBP", lossless=True, save_all=True, append_images=[other])
    photo = decoders.decode(animation, "WEBP", Limits())
    assert np.array_equal(photo.rgb, RGB) and photo.form == "WEBP" and "several pictures" in photo.note
    photo.rgb[0] = 0  # it can be written to, as every picture


def test_a_photo_that_takes_too_long_is_refused_and_the_next_one_read(decoders):
    for count in (1, 2):
        with pytest.raises(PhotoError, match="takes more than 0.0001 seconds"):
            decoders.decode(LARGE, "TIFF", TINY)
        assert decoders.ended == count
        assert np.array_equal(decoders.decode(WEBP, "WEBP", Limits()).rgb, RGB)


def test_a_bad_photo_costs_no_decoder(decoders):
    for _ in range(3):
        with pytest.raises(PhotoError, match="cut short or damaged"):
            decoders.decode(WEBP[:50], "WEBP", Limits())
        with pytest.raises(PhotoError, match="million pixels"):
            decoders.decode(WEBP, "WEBP", Limits(max_pixels=10))
    assert decoders.ended == 0


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the system does not bound the memory of a process")
def test_a_decoder_gets_memory_for_the_largest_photo_and_no_more():
    program = """
import numpy as np
from pipeline.photos import Limits, decoder_main
decoder_main._limit(Limits(max_pixels=10_000_000))
np.empty(390_000_000, np.uint8)
try:
    np.empty(800_000_000, np.uint8)
except MemoryError:
    print("bounded")
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stdout == "bounded\n", result.stderr


def test_a_photo_that_takes_too_much_memory_is_refused(monkeypatch):
    def full(image):
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", full)
    with pytest.raises(PhotoError, match="too much memory"):
        photos.read(encoded(Image.fromarray(RGB)))


def test_a_decoder_that_was_ended_by_others_is_replaced(decoders):
    decoders.decode(WEBP, "WEBP", Limits())
    (decoder,) = decoders._free
    decoder._process.kill()
    decoder._process.wait()
    assert np.array_equal(decoders.decode(WEBP, "WEBP", Limits()).rgb, RGB)


def test_a_decoder_without_work_ends():
    decoders = Decoders(1, idle=0.01)
    decoders.decode(WEBP, "WEBP", Limits())
    # those of the program itself wait longer
    for timer in [one for one in threading.enumerate() if isinstance(one, threading.Timer) and one.interval == 0.01]:
        timer.join(60)
    assert decoders._free == []
    assert np.array_equal(decoders.decode(WEBP, "WEBP", Limits()).rgb, RGB)
    decoders.close()


def test_many_threads_share_few_decoders(decoders):
    shades = list(range(0, 256, 16))
    data = [encoded(Image.new("L", (60, 60), shade), "WEBP", lossless=True) for shade in shades]
    read = {}
    threads = [threading.Thread(target=lambda i=i: read.update({i: decoders.decode(data[i], "WEBP", Limits())}))
               for i in range(len(data))]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [int(read[i].rgb.max()) for i in range(len(data))] == shades
    assert len(decoders._free) <= 2


def test_pixels_in_work_stay_within_their_total_and_a_larger_photo_is_alone():
    pixels, most, now, lock = Pixels(100), [], [], threading.Lock()

    def work(count):
        with pixels.taken(count):
            with lock:
                now.append(count)
                most.append(list(now))
            with lock:
                now.remove(count)

    threads = [threading.Thread(target=work, args=(count,)) for count in (60, 30, 400, 50, 50, 99, 1) * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert len(most) == 35 and all(sum(held) <= 100 or held == [400] for held in most)


def test_ordinary_photos_need_no_process_and_costly_ones_get_one(monkeypatch):
    asked = []
    monkeypatch.setattr(DECODERS, "decode", lambda data, form, limits: asked.append(form))
    jpeg, portable = encoded(Image.fromarray(RGB), "JPEG"), encoded(Image.fromarray(RGB))
    for data in (jpeg, portable, encoded(Image.fromarray(RGB), "PPM"), encoded(Image.new("L", (4000, 3000)), "JPEG")):
        assert photos.read(data).shape[2] == 3
    assert asked == []
    empty = b"\0\0\0\0prVt\xa5\xf4\x0c\x89"
    for data in (
        jpeg[:2] + b"\xff\xfe\0\2" * reader.SIMPLE_PARTS["JPEG"] + jpeg[2:],
        portable[:33] + empty * reader.SIMPLE_PARTS["PNG"] + portable[33:],
        b"P5\n" + b"#\n" * reader.SIMPLE_PPM + b"2 2\n255\n1234",
        png(5000, 5000, 8, 0),
        WEBP,
    ):
        reader.examine(data)
    assert asked == ["JPEG", "PNG", "PPM", "PNG", "WEBP"]
