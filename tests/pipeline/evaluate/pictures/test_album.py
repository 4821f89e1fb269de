"""The picture files: all are written or none, whatever the names of people are."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline import photos
from pipeline.common.figure import label
from pipeline.evaluate.pictures import PICTURES, Judged, album, write


@pytest.mark.parametrize("protocol", ["unseen", "known"])
def test_every_picture_is_written_and_shows_something(protocol, request, tmp_path):
    names = write(tmp_path / "pictures", request.getfixturevalue(protocol))
    assert names == list(PICTURES) and {path.name for path in (tmp_path / "pictures").iterdir()} == {*names}
    for name in names:
        picture = photos.read(tmp_path / "pictures" / name)
        assert picture.shape[1] == 960, "the width of a README"
        assert len(np.unique(picture @ (1, 256, 65536))) > 20


def test_the_same_model_has_the_same_pictures(unseen, tmp_path, monkeypatch):
    for name in ("roc.png", "mistakes.png"):
        monkeypatch.setattr(album, "PICTURES", {name: PICTURES[name]})
        for folder in ("a", "b"):
            write(tmp_path / folder, unseen)
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_picture_that_fails_leaves_the_earlier_ones_unchanged(unseen, tmp_path, monkeypatch):
    def fail(judged: Judged):
        raise ValueError("no ink")

    (tmp_path / "roc.png").write_bytes(b"earlier")
    monkeypatch.setattr(album, "PICTURES", {"roc.png": PICTURES["roc.png"], "map.png": album.Picture(fail, "")})
    with pytest.raises(ValueError, match="no ink"):
        write(tmp_path, unseen)
    assert [path.name for path in tmp_path.iterdir()] == ["roc.png"]
    assert (tmp_path / "roc.png").read_bytes() == b"earlier"


def test_a_picture_without_content_is_deleted_and_other_files_stay(unseen, tmp_path, monkeypatch):
    monkeypatch.setattr(album, "PICTURES", {name: PICTURES[name] for name in ("distances.png", "confusion.png")})
    for name in ("confusion.png", "mine.png"):
        (tmp_path / name).write_bytes(b"earlier")
    assert write(tmp_path, replace(unseen, roles=None)) == ["distances.png"], "nobody is in a gallery"
    assert {path.name for path in tmp_path.iterdir()} == {"distances.png", "mine.png"}


def test_equal_embeddings_have_pictures_too(unseen, tmp_path):
    vectors = {method: np.ones_like(z) for method, z in unseen.vectors.items()}
    assert write(tmp_path, replace(unseen, vectors=vectors)) == list(PICTURES)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Ann", "Ann"), ("a\nb", "a\N{REPLACEMENT CHARACTER}b"), ("$1", r"\$1"),
     ("abcdefghijklmnopqrs", "abcdefgh…mnopqrs")],
)  # fmt: skip
def test_a_name_is_shown_on_one_short_line_and_is_no_formula(name, shown):
    assert label(name) == shown
