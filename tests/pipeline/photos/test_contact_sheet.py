"""A sheet shows every picture whole, unstretched and with the frame of its colour, for any caption."""

import tracemalloc

import numpy as np
import pytest

from pipeline import photos
from pipeline.photos.contact_sheet import COLUMNS, LINES, Tile, fitted, shortened, write

RED, GREEN = (194, 38, 27), (21, 128, 61)


def plain(height, width, colour=(0, 0, 255)):
    return np.full((height, width, 3), colour, np.uint8)


def has(page, colour):
    return int((page == colour).all(-1).sum())


@pytest.mark.parametrize(
    "shape, size", [((40, 80), (96, 48)), ((300, 200), (64, 96)), ((50, 50), (96, 96)), ((1, 400), (96, 1)), ((400, 1), (1, 96))]
)  # fmt: skip
def test_a_picture_is_fitted_and_never_stretched(shape, size):
    assert fitted(plain(*shape), 96).size == size
    assert fitted(np.zeros(shape, np.uint8), 96).mode == "RGB"


def test_the_sheet_shows_the_whole_picture_in_its_shape(tmp_path):
    [path] = write(tmp_path / "sheet.png", "Photos", [("Anna", [Tile(plain(40, 80), "1.jpg")])])
    page = photos.read(path)
    rows, columns = np.nonzero((page == (0, 0, 255)).all(-1))
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (48, 96)


def test_kept_is_green_rejected_is_red_and_undecided_neither(tmp_path):
    pages = {}
    for colour in ("green", "red", "grey"):
        [path] = write(tmp_path / f"{colour}.png", "Photos", [("Anna", [Tile(plain(9, 9), "1.jpg", colour)])])
        page = photos.read(path)
        pages[colour] = has(page, GREEN) > 500, has(page, RED) > 500
    assert pages == {"green": (True, False), "red": (False, True), "grey": (False, False)}


def test_an_unknown_colour_is_refused():
    with pytest.raises(ValueError, match="green, red, grey"):
        Tile(plain(9, 9), "1.jpg", "blue")


def test_a_long_name_keeps_both_ends_and_its_width():
    short = shortened("Somebody_With_A_Long_Name_0012.jpeg", 11, 90)
    assert short.startswith("Some") and short.endswith("2.jpeg") and "…" in short
    assert len(short) < 20
    assert shortened("12.jpg", 11, 90) == "12.jpg"


@pytest.mark.parametrize("text", ["Зоя", "北京", "שלום", "\udcff\udc80.jpg", "two\nlines", "e\u0301", "👩‍👩‍👧.jpg", "", "x" * 5000])
def test_any_text_can_be_drawn(tmp_path, text):
    [path] = write(tmp_path / "sheet.png", text, [(text, [Tile(plain(9, 9), text)])])
    page = photos.read(path)
    assert has(page, (0, 0, 255)) > 9000
    assert has(page[:, -8:], (255, 255, 255)) == page.shape[0] * 8  # nothing runs over the edge


def test_many_tiles_go_over_several_pages_and_none_is_lost(tmp_path):
    count = COLUMNS * LINES + 7
    tiles = (Tile(plain(4, 4), f"{k}.jpg") for k in range(count))
    written = write(tmp_path / "sheet.png", "Photos", [("Anna", tiles), ("Ben", [])], tile=16)
    assert [path.name for path in written] == ["sheet.png", "sheet-2.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sheet-2.png", "sheet.png"]
    assert sum(has(photos.read(path), (0, 0, 255)) for path in written) == count * 16 * 16


def test_a_sheet_needs_the_memory_of_one_page_however_many_tiles_there_are(tmp_path):
    def peak(count):
        tracemalloc.start()
        write(tmp_path / "sheet.png", "Photos", [("Anna", (Tile(plain(200, 200), f"{k}") for k in range(count)))], tile=16)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    # Python's own tables may grow meanwhile, by 2 MB at once
    assert peak(400) < 2 * peak(40) + 5_000_000  # the pictures of 400 tiles alone are 48 MB


def test_a_sheet_without_photos_is_a_page_with_its_title(tmp_path):
    [path] = write(tmp_path / "sheet.png", "Photos", [])
    assert has(photos.read(path), (28, 32, 36)) > 50


def width(tmp_path, *rows, title="Photos"):
    tiles = [(heading, [Tile(plain(9, 9), "1.jpg")] * count) for heading, count in rows]
    [path] = write(tmp_path / "width.png", title, tiles)
    return photos.read(path).shape[1]


def test_the_page_is_as_wide_as_its_longest_row(tmp_path):
    assert width(tmp_path, ("Anna", 3), ("Ben", 7)) - width(tmp_path, ("Anna", 3), ("Ben", 6)) == 114
    assert width(tmp_path, ("Anna", COLUMNS)) == width(tmp_path, ("Anna", 3 * COLUMNS + 1))


def test_a_heading_that_is_longer_than_every_row_is_whole(tmp_path):
    assert width(tmp_path, ("Anna " * 20, 1)) > 2 * width(tmp_path, ("Anna", 1))
    assert width(tmp_path, ("Anna " * 900, 1)) <= width(tmp_path, ("Anna", COLUMNS))
