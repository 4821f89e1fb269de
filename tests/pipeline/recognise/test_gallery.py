"""The gallery is what is in its folder, now."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from pipeline import photos
from pipeline.photos.folder import natural
from pipeline.recognise import gallery as module
from pipeline.recognise import predict, recogniser
from pipeline.recognise.gallery import EmptyGallery, Gallery


def photo_of(gallery, name):
    return min((gallery.root / name).iterdir(), key=lambda path: natural(path.name))


def assert_fresh(gallery):
    """The gallery's answer equals that of a new gallery, which has never read the folder before."""
    new, old = Gallery(gallery.root, gallery.recogniser).refresh(), gallery.refresh()
    assert (old.people, old.photos, old.problems) == (new.people, new.photos, new.problems)
    assert np.allclose(old.embeddings, new.embeddings, atol=1e-5) and np.allclose(old.means, new.means, atol=1e-5)
    return old


def test_a_snapshot_says_who_is_there_with_one_embedding_per_photo_and_one_mean_per_person(gallery, loaded):
    shown = gallery.refresh()
    assert shown.people == ("Ann", "Bob", "Cem")
    assert [photo.person for photo in shown.photos] == ["Ann", "Ann", "Bob", "Bob", "Cem", "Cem"]
    z = loaded.embed([photos.read(photo.path) for photo in shown.photos])
    assert np.allclose(shown.embeddings, z, atol=1e-5)
    for person, mean in enumerate(shown.means):
        expected = z[2 * person] + z[2 * person + 1]
        assert np.allclose(mean, expected / np.linalg.norm(expected), atol=1e-5)
    assert shown.problems == ()


def test_looking_again_reads_and_embeds_nothing(gallery, monkeypatch):
    shown = gallery.refresh()
    monkeypatch.setattr(photos, "read", None)
    monkeypatch.setattr(gallery, "recogniser", None)
    assert gallery.refresh() is shown


def test_an_added_photo_counts_at_once_and_alone_is_embedded(gallery, strangers, loaded, monkeypatch):
    gallery.refresh()
    asked = []
    monkeypatch.setattr(
        recogniser.Recogniser,
        "embed_views",
        lambda self, p, old=recogniser.Recogniser.embed_views: asked.append(len(p)) or old(self, p),
    )
    gallery.enroll("Bob", strangers[1][2:3])
    gallery.enroll("Dan", strangers[3][:2])
    assert gallery.refresh().people == ("Ann", "Bob", "Cem", "Dan")
    assert asked == [3]
    monkeypatch.undo()
    assert_fresh(gallery)


def test_a_deleted_photo_is_gone_and_so_is_a_person_without_photos(gallery):
    gallery.refresh()
    photo_of(gallery, "Bob").unlink()
    assert len(assert_fresh(gallery).photos) == 5
    photo_of(gallery, "Bob").unlink()
    assert assert_fresh(gallery).people == ("Ann", "Cem")


def test_a_renamed_person_answers_to_the_new_name(gallery):
    gallery.refresh()
    os.rename(gallery.root / "Ann", gallery.root / "Zoe")
    assert assert_fresh(gallery).people == ("Bob", "Cem", "Zoe")


def test_a_photo_moved_to_another_person_counts_there(gallery):
    gallery.refresh()
    path = photo_of(gallery, "Ann")
    os.rename(path, gallery.root / "Bob" / path.name)
    shown = assert_fresh(gallery)
    assert [photo.person for photo in shown.photos] == ["Ann", "Bob", "Bob", "Bob", "Cem", "Cem"]


@pytest.mark.parametrize("how", ["written over", "moved over"])
def test_a_photo_replaced_under_the_same_name_size_and_date_is_noticed(gallery, strangers, how, tmp_path):
    path = photo_of(gallery, "Ann")
    contents = [photos.png_bytes(face) for face in (strangers[0][0], strangers[4][0])]
    size = max(map(len, contents))
    one, two = (data + bytes(size - len(data)) for data in contents)  # PNG ends where it says so
    path.write_bytes(one)
    os.utime(path, (1e9, 1e9))
    before = gallery.refresh()
    if how == "written over":
        path.write_bytes(two)
    else:
        (tmp_path / "new.png").write_bytes(two)
        os.replace(tmp_path / "new.png", path)
    os.utime(path, (1e9, 1e9))
    assert (path.stat().st_size, path.stat().st_mtime) == (size, 1e9)
    after = assert_fresh(gallery)
    assert after.photos[0].path == before.photos[0].path and after.photos[0].key != before.photos[0].key
    assert not np.allclose(after.embeddings[0], before.embeddings[0], atol=1e-3)


def test_another_model_has_other_embeddings(gallery, tiny_run, loaded):
    (tower,) = recogniser.load(tiny_run.folder, "numpy").members
    tower.flat_params += 0.01 * np.random.default_rng(0).normal(size=tower.flat_params.shape).astype(np.float32)
    other = Gallery(gallery.root, replace(loaded, members=(tower,), model_hash="another"))
    assert not np.allclose(gallery.refresh().embeddings, other.refresh().embeddings, atol=1e-3)
    assert_fresh(other)


def test_the_order_in_which_the_system_lists_files_does_not_matter(gallery, monkeypatch):
    shown = gallery.refresh()
    listed = type(gallery.root).iterdir
    monkeypatch.setattr(type(gallery.root), "iterdir", lambda path: iter(sorted(listed(path), reverse=True)))
    again = Gallery(gallery.root, gallery.recogniser).refresh()
    assert (again.people, again.photos) == (shown.people, shown.photos)
    assert np.allclose(again.embeddings, shown.embeddings, atol=1e-6)


def test_unreadable_photos_are_problems_and_the_others_count(gallery, loaded):
    torn = photo_of(gallery, "Ann")
    torn.write_bytes(torn.read_bytes()[:200])
    (gallery.root / "Bob" / "notes.txt").write_text("hello")
    (gallery.root / ".DS_Store").write_bytes(b"\0")
    shown = assert_fresh(gallery)
    assert len(shown.photos) == 5
    problems = {path.name: reason for path, reason in shown.problems}
    assert set(problems) == {torn.name, "notes.txt", ".DS_Store"}
    assert "cut short" in problems[torn.name]


def test_a_photo_that_is_mended_counts_again(gallery):
    path = photo_of(gallery, "Ann")
    whole = path.read_bytes()
    path.write_bytes(whole[:200])
    assert len(gallery.refresh().photos) == 5
    path.write_bytes(whole)
    assert len(assert_fresh(gallery).photos) == 6 and gallery.refresh().problems == ()


def test_a_photo_that_vanishes_while_the_gallery_looks_is_a_problem_and_no_crash(gallery, monkeypatch):
    scan, gone = module.folder.scan, photo_of(gallery, "Ann")

    def scan_and_delete(*how):
        found = scan(*how)
        gone.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(module.folder, "scan", scan_and_delete)
    shown = gallery.refresh()
    assert len(shown.photos) == 5 and [path for path, _ in shown.problems] == [gone]


def test_large_photos_are_held_at_the_size_of_the_network(gallery, loaded, monkeypatch):
    photos.write_png(gallery.root / "Dan" / "1.png", np.zeros((400, 300, 3), np.uint8))
    sizes = []
    embed = recogniser.Recogniser.embed_views
    monkeypatch.setattr(
        recogniser.Recogniser, "embed_views", lambda self, p: sizes.extend(x.shape for (x,) in p) or embed(self, p)
    )
    gallery.refresh()
    assert set(sizes) == {(28, 23)} and len(sizes) == 7


@pytest.mark.parametrize(
    "content", ["nothing", "an empty folder", "an empty person", "junk", "a torn photo", "no folder"]
)
def test_an_empty_gallery_says_how_to_fill_it(tmp_path, loaded, content):
    root = tmp_path / "people"
    if content != "no folder":
        root.mkdir()
    if content in ("an empty person", "a torn photo"):
        (root / "Ann").mkdir()
    if content == "junk":
        (root / ".DS_Store").write_bytes(b"\0")
    if content == "a torn photo":
        (root / "Ann" / "1.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(EmptyGallery) as error:
        Gallery(root, loaded).refresh()
    assert f"siamese-np enroll NAME PHOTO... --gallery {root}" in str(error.value) and str(root) in str(error.value)


def test_the_empty_gallery_of_a_run_is_filled_by_naming_the_run(tmp_path, loaded):
    with pytest.raises(EmptyGallery, match="siamese-np enroll NAME PHOTO... --run ") as error:
        Gallery(tmp_path / "gallery", loaded).refresh()
    assert str(error.value).endswith(f"--run {tmp_path}")


def test_eight_threads_that_look_at_once_embed_each_photo_once(gallery, monkeypatch):
    embed, asked = recogniser.Recogniser.embed_views, []

    def slowly(self, pictures):
        asked.append(len(pictures))
        time.sleep(0.05)
        return embed(self, pictures)

    monkeypatch.setattr(recogniser.Recogniser, "embed_views", slowly)
    with ThreadPoolExecutor(8) as pool:
        shown = list(pool.map(lambda _: gallery.refresh(), range(8)))
    assert asked == [6] and all(snapshot is shown[0] for snapshot in shown)


def test_eight_threads_get_the_answers_of_one(gallery, strangers, loaded):
    probes = [strangers[k][n] for k in range(4) for n in (4, 5)]
    snapshot = gallery.refresh()
    alone = [predict.predict(loaded, snapshot, probe, top=None) for probe in probes]
    shared = Gallery(gallery.root, loaded)  # knows nothing yet: all threads look for the first time at once

    def ask(probe):
        return predict.predict(loaded, shared.refresh(), probe, top=None)

    with ThreadPoolExecutor(8) as pool:
        for answer, expected in zip(pool.map(ask, probes * 5), alone * 5):
            assert [row["person"] for row in answer["ranking"]] == [row["person"] for row in expected["ranking"]]
            assert answer["answer"] == expected["answer"]
            for row, other in zip(answer["ranking"], expected["ranking"]):
                assert row["distance"] == pytest.approx(other["distance"], abs=1e-5)


def test_nothing_is_listed_again_while_nothing_changes_unless_there_is_a_problem(gallery, monkeypatch):
    scans, scan = [], module.folder.scan
    monkeypatch.setattr(module.folder, "scan", lambda *how: scans.append(how) or scan(*how))
    gallery.refresh(), gallery.refresh()
    assert len(scans) == 1
    (gallery.root / "Bob" / "notes.txt").write_text("hello")
    gallery.refresh(), gallery.refresh()
    assert len(scans) == 3
    (gallery.root / "Bob" / "notes.txt").unlink()
    assert gallery.refresh().problems == ()
    gallery.refresh()
    assert len(scans) == 4
    (gallery.root / "Ann").rename(gallery.root / "Zoe")
    assert gallery.refresh().people == ("Bob", "Cem", "Zoe")
    (gallery.root / "Zoe").rename(gallery.root / "Ann")
    assert gallery.refresh().people == ("Ann", "Bob", "Cem")
