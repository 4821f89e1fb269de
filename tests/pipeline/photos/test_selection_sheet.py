"""The contact sheet of a selection shows every photo, the unreadable ones too."""

import numpy as np

from pipeline import photos
from pipeline.photos import selection, selection_sheet


def test_the_sheet_marks_what_was_kept_and_what_was_rejected(tmp_path):
    source = tmp_path / "photos"
    for tone, name in enumerate(("Anna/0", "Anna/1", "Ben/0")):
        photos.write_png(source / f"{name}.png", np.full((30, 20), 40 * tone, np.uint8))
    selection.decide(source, ["Anna/0.png"], kept=True)
    decided = selection.decide(source, ["Ben/0.png"], kept=False)
    selection_sheet.write(source, tmp_path / "sheet.png", decided)
    sheet = photos.read(tmp_path / "sheet.png")
    green, red = ((sheet == colour).all(-1) for colour in ((21, 128, 61), (194, 38, 27)))
    assert green.any() and red.any()
    assert np.nonzero(green)[0].max() < np.nonzero(red)[0].min()  # Anna stands above Ben


def test_an_unreadable_photo_is_a_tile_with_its_reason(tmp_path):
    source = tmp_path / "photos"
    photos.write_png(source / "Ben/1.png", np.full((30, 20), 90, np.uint8))
    selection_sheet.write(source, tmp_path / "one.png", selection.load(source))
    (source / "Ben/2.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut short")
    selection_sheet.write(source, tmp_path / "two.png", selection.load(source))
    one, two = (photos.read(tmp_path / f"{name}.png") for name in ("one", "two"))
    assert (two == (194, 38, 27)).all(-1).any() and not (one == (194, 38, 27)).all(-1).any()
