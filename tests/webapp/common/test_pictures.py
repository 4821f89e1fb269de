"""Pictures for the screen are made once, and the cache stays small."""

import numpy as np
import pytest

from pipeline import photos
from webapp.common.pictures import Pictures


@pytest.fixture
def noise(tmp_path):
    for k in range(6):
        photos.write_png(tmp_path / f"{k}.png", np.random.default_rng(k).integers(0, 256, (200, 300, 3), np.uint8))
    return tmp_path


def test_a_picture_is_made_once_however_many_ask(noise, at_once, monkeypatch):
    read, made = photos.examine, []
    monkeypatch.setattr(photos, "examine", lambda path: made.append(path) or read(path))
    pictures = Pictures()
    at_once(8, lambda _: pictures.get(noise / "0.png", "0", "large"))
    assert len(made) == 1


def test_the_cache_forgets_what_was_not_asked_for_longest(noise, monkeypatch):
    read, made = photos.examine, []
    monkeypatch.setattr(photos, "examine", lambda path: made.append(path.stem) or read(path))
    one = len(Pictures().get(noise / "0.png", "0", "large").jpeg)
    pictures = Pictures(kept_bytes=int(2.5 * one))
    made.clear()
    for name in "010201":
        pictures.get(noise / f"{name}.png", name, "large")
    assert "".join(made) == "0121"  # 1 went when 2 came, since 0 was asked for after it
    assert pictures._bytes <= 2.5 * one


def test_an_unreadable_photo_is_not_kept(noise):
    pictures, path = Pictures(), noise / "0.png"
    whole = path.read_bytes()
    path.write_bytes(whole[:200])
    with pytest.raises(photos.PhotoError):
        pictures.get(path, "0", "small")
    path.write_bytes(whole)
    assert pictures.get(path, "0", "small").width == 300
