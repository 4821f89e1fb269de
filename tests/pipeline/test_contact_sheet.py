import numpy as np
import pytest

from pipeline import contact_sheet, photos
from pipeline.contact_sheet import Tile


def flat(height: int, width: int, value: int = 40) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def test_rows_of_tiles_make_one_page(tmp_path):
    rows = [("Anna", [Tile(flat(50, 50), "1.jpg", "green")]), ("Ben", [Tile(flat(50, 50), "2.jpg", "red")])]
    assert contact_sheet.write(tmp_path / "sheet.png", "Photos", rows) == [tmp_path / "sheet.png"]
    page = photos.read(tmp_path / "sheet.png")
    green, red = np.array([0x15, 0x80, 0x3D]), np.array([0xC2, 0x26, 0x1B])
    assert (page == green).all(2).any() and (page == red).all(2).any()


@pytest.mark.parametrize(("shape", "size"), [((50, 200, 3), (96, 24)), ((400, 100), (24, 96)), ((1, 3000, 3), (96, 1))])
def test_a_picture_goes_in_fitted_and_never_stretched(shape, size):
    assert contact_sheet.fitted(np.zeros(shape, np.uint8), 96).size == size


def test_the_frame_has_the_colour_and_the_wide_picture_leaves_the_ground_free(tmp_path):
    contact_sheet.write(tmp_path / "s.png", "T", [("A", [Tile(flat(20, 80, 0), "wide", "grey")])], tile=80)
    page = photos.read(tmp_path / "s.png")
    black = (page == 0).all(2)
    rows, columns = np.flatnonzero(black.any(1)), np.flatnonzero(black.any(0))
    assert (len(rows), len(columns)) == (20, 80)


def test_what_one_page_cannot_hold_goes_on_a_further_one(tmp_path):
    many = (Tile(flat(4, 4), str(i)) for i in range(contact_sheet.COLUMNS * contact_sheet.LINES + 1))
    pages = contact_sheet.write(tmp_path / "s.png", "T", [("A", many)], tile=16)
    assert [page.name for page in pages] == ["s.png", "s-2.png"]
    assert all(page.is_file() for page in pages)


def test_tiles_are_drawn_one_at_a_time(tmp_path):
    asked = []

    def rows():
        for i in range(3):
            asked.append(i)
            yield f"person {i}", [Tile(flat(4, 4), "x")]

    contact_sheet.write(tmp_path / "s.png", "T", rows(), tile=16)
    assert asked == [0, 1, 2]


def test_a_sheet_without_rows_is_a_page_with_its_title(tmp_path):
    assert contact_sheet.write(tmp_path / "s.png", "Nothing found", []) == [tmp_path / "s.png"]
    assert (photos.read(tmp_path / "s.png") < 100).any()


@pytest.mark.parametrize("text", ["Søren Ødegård", "Ольга", "李小龍", "محمد", "a\nb\0c", "\udcff", "😀" * 50, ""])
def test_names_in_any_letters_can_be_written(tmp_path, text):
    contact_sheet.write(tmp_path / "s.png", text, [(text, [Tile(flat(8, 8), text)])])
    assert (photos.read(tmp_path / "s.png") < 255).any()


def test_a_long_caption_fits_its_tile_and_keeps_both_ends():
    long = "a_photo_with_a_very_long_name_indeed_0001.jpg"
    short = contact_sheet.shortened(long, contact_sheet.CAPTION, 96)
    assert short.startswith("a_ph") and short.endswith(".jpg") and "…" in short
    assert contact_sheet.shortened("short", contact_sheet.CAPTION, 96) == "short"


def test_a_colour_that_is_none_is_refused():
    with pytest.raises(ValueError, match="green, red, grey"):
        Tile(flat(4, 4), "x", "blue")
