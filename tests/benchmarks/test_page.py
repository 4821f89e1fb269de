"""The benchmark of the page runs small, over HTTP against the real server, and leaves no process."""

import json
import sys

import pytest
from click.testing import CliRunner
from skimage.data import astronaut

from benchmarks import page
from pipeline import photos
from pipeline.common.errors import JobError


@pytest.fixture
def run(tiny_run, tmp_path):
    """The tiny model with one real face in its gallery: the page, in a process of its own, takes no drawing for a face."""
    folder = tmp_path / "run"
    (folder / "gallery").mkdir(parents=True)
    (folder / "model.npz").write_bytes((tiny_run.folder / "model.npz").read_bytes())
    photos.write_png(folder / "gallery" / "Eileen" / "1.png", astronaut()[:300, 100:400])
    return folder


def test_every_figure_is_there(run, monkeypatch):
    monkeypatch.delenv("SIAMESE_NP_PEERS", raising=False)
    options = ["--rounds", "3", "--seconds", "3", "--people", "2", "--kernels", "numpy"]
    result = CliRunner().invoke(page.main, [str(run), *options, "--json"], catch_exceptions=False)
    found = json.loads(result.stdout)
    for kind in page.TARGETS:
        assert 0 < found[kind]["median"] <= found[kind]["p95"] and found[kind]["cpu"] >= 0
    assert found["people"]["photos"] == 20 and found["photo"]["rounds"] == 3
    for of in found["clients"].values():
        assert of["ratio"] == pytest.approx(of["together"] / of["one"], rel=0.2)
    text = page.table(found)
    assert all(kind in text for kind in page.TARGETS) and text.count(" 150 ms") == 1


def test_large_photos_have_the_right_size(tmp_path):
    photos.write_png(tmp_path / "a.png", astronaut()[:200])
    (photo,) = page.large_photos(tmp_path)
    assert photos.read(photo).shape == (400, 1024, 3)
    assert photos.read(page.large_photos(None)[0]).shape == (1024, 1024, 3)


def test_what_is_not_answered_fails(client_of_a_server):
    with pytest.raises(JobError, match="GET /nothing is answered with 404"):
        client_of_a_server.get("/nothing")


@pytest.fixture
def client_of_a_server():
    import threading

    from flask import Flask
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, Flask("nothing"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = page.Client(server.server_port)
    yield client
    client.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_peer_is_asked_about_the_same_photos(tmp_path, monkeypatch):
    (tmp_path / "face_recognition.py").write_text(
        "def load_image_file(path): return open(path, 'rb').read()\ndef face_encodings(image): return [image] if image == b'a' else []\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = page.peer(sys.executable, [b"a", b"b", b"a"])
    assert found["rounds"] == 3 and found["with_a_face"] == 2
