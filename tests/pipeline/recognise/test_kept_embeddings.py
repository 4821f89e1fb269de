"""The embeddings of a gallery are kept on the disk, and nothing that is kept can be wrong."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline import photos
from pipeline.recognise import kept_embeddings, recogniser
from pipeline.recognise.gallery import Gallery
from pipeline.recognise.kept_embeddings import FILE
from pipeline.recognise.kept_faces import KeptFaces


@pytest.fixture
def embedded(monkeypatch):
    """The numbers of photos that were embedded at once."""
    asked, embed = [], recogniser.Recogniser.embed_views
    monkeypatch.setattr(recogniser.Recogniser, "embed_views", lambda self, p: asked.append(len(p)) or embed(self, p))
    return asked


def again(gallery):
    return Gallery(gallery.root, gallery.recogniser).refresh()


def test_a_gallery_that_starts_again_embeds_and_decodes_nothing(gallery, embedded, monkeypatch):
    shown = gallery.refresh()
    monkeypatch.setattr(photos, "read", None)
    kept = again(gallery)
    assert embedded == [6] and (kept.people, kept.photos) == (shown.people, shown.photos)
    assert (kept.embeddings == shown.embeddings).all() and kept.embeddings.dtype == np.float32


def test_only_what_is_new_is_embedded_and_what_is_gone_is_kept_no_longer(gallery, strangers, embedded):
    gallery.refresh()
    gallery.enroll("Dan", strangers[3][:1])
    again(gallery)
    assert embedded == [6, 1]
    gallery.forget("Ann")
    again(gallery)
    stored = kept_embeddings.load(gallery.root, gallery.recogniser.model_hash)
    assert embedded == [6, 1] and len(stored) == 5


def test_another_model_uses_nothing_of_it(gallery, embedded):
    gallery.refresh()
    Gallery(gallery.root, replace(gallery.recogniser, model_hash="another")).refresh()
    assert embedded == [6, 6]


def test_a_face_that_is_chosen_anew_is_embedded_anew(gallery, embedded):
    shown = gallery.refresh()
    kept = KeptFaces(gallery.root)
    photo = photos.read(shown.photos[0].path)
    face = kept.get(shown.photos[0].key, photo)
    kept.put(shown.photos[0].key, replace(face, region=(5.0, 5.0, 30.0, 30.0), whole=False))
    kept.save()
    assert not np.allclose(again(gallery).embeddings[0], shown.embeddings[0], atol=1e-3)
    assert embedded == [6, 1]


@pytest.mark.parametrize("how", ["cut short", "one bit", "nothing", "of another kind"])
def test_a_damaged_file_is_told_and_made_anew(gallery, embedded, capsys, how):
    shown = gallery.refresh()
    path = gallery.root / FILE
    content = bytearray(path.read_bytes())
    content[-len(content) // 2] ^= 1
    damaged = {"cut short": content[:300], "one bit": content, "nothing": b"", "of another kind": b"hello"}[how]
    path.write_bytes(damaged)
    assert (again(gallery).embeddings == shown.embeddings).all() and embedded == [6, 6]
    assert "The photos are embedded anew" in capsys.readouterr().err
    again(gallery)
    assert embedded == [6, 6]


def test_a_gallery_that_cannot_be_written_is_read_all_the_same(gallery, monkeypatch):
    def refuse(*arguments):
        raise PermissionError("read-only")

    monkeypatch.setattr(kept_embeddings, "save", refuse)
    assert len(gallery.refresh().photos) == 6
