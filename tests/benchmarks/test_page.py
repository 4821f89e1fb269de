"""The benchmark of the page runs small, over HTTP against the real server, and leaves no process."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from flask import Flask, request
from skimage.data import astronaut
from werkzeug.serving import make_server

from benchmarks.page import __main__ as page
from benchmarks.page import explore, pipe, tab, who
from benchmarks.page.client import Client, times
from benchmarks.page.table import DRAWN, PICTURE, TARGETS, table
from pipeline import photos
from pipeline.common.errors import JobError
from webapp.explore import PAGES


@pytest.fixture
def run(tiny_run, tmp_path):
    """The tiny model with one real face in its gallery: a page in another process takes no drawing for one."""
    folder = tmp_path / "run"
    (folder / "gallery").mkdir(parents=True)
    (folder / "model.npz").write_bytes((tiny_run.folder / "model.npz").read_bytes())
    photos.write_png(folder / "gallery" / "Eileen" / "1.png", astronaut()[:300, 100:400])
    return folder


def measured(run, *options):
    """What the command prints as JSON, measured with one start of the page for each of two pages of /explore."""
    given = [str(run), "--rounds", "3", "--seconds", "3", "--people", "2", "--kernels", "numpy", *options, "--json"]
    return json.loads(CliRunner().invoke(page.main, given, catch_exceptions=False).stdout)


@pytest.fixture
def two_pages(monkeypatch):
    kept = {name: address for name, address in explore.addresses().items() if name in ("index", "convolution")}
    for module in (explore, tab):
        monkeypatch.setattr(module, "addresses", lambda: kept)
    monkeypatch.setattr(page, "STARTS", 1)
    return kept


def test_every_figure_is_there(run, monkeypatch, two_pages):
    monkeypatch.delenv("SIAMESE_NP_PEERS", raising=False)
    monkeypatch.setattr(page, "CHROMIUM", Path("no chromium"))
    found = measured(run)
    for kind in TARGETS:
        assert 0 < found[kind]["median"] <= found[kind]["p95"] and found[kind]["cpu"] >= 0
    assert found["people"]["photos"] == 20 and found["photo"]["rounds"] == 3
    for of in found["clients"].values():
        assert of["ratio"] == pytest.approx(of["together"] / of["one"], rel=0.2)
    assert found["explore"]["browser"] is None and found["explore"]["training"] is None
    for name in two_pages:
        of = found["explore"]["http"][name]
        assert of["pictures"] > 0 and 0 < of["first"] == of["most"] and of["later"]["rounds"] == 1
    text = table(found)
    assert all(kind in text for kind in (*TARGETS, *two_pages)) and text.count(" 150 ms") == 1


@pytest.mark.browser
@pytest.mark.skipif(not page.CHROMIUM.exists(), reason=f"no {page.CHROMIUM}")
def test_chromium_tells_when_pictures_and_steps_are_there(run, monkeypatch, two_pages):
    monkeypatch.setattr(page, "STEPS", 3)
    face = photos.read(run / "gallery" / "Eileen" / "1.png")
    light = np.linspace(0.2, 1, 300)[:, None]
    mirrored = face[:, ::-1]
    for name, picture in {"A": face, "B": mirrored, "C": face * light[:, None], "D": mirrored * light}.items():
        for k in range(3):  # four people, unlike enough to be no copies of each other
            photos.write_png(run / "gallery" / name / f"{k}.png", (picture + k).clip(0, 255).astype(np.uint8))
    found = measured(run, "--only", "explore")
    assert set(found) == {"machine", "explore"}
    for of in found["explore"]["browser"].values():
        for visit in of.values():
            assert 0 < visit["paint"] and 0 < visit["whole"] <= visit["most"]
    drawn = found["explore"]["training"]
    assert drawn["steps"] == 3 and drawn["arrived"] < drawn["median"] <= drawn["p95"] <= drawn["most"]
    assert "in Chromium" in table(found)


@pytest.mark.browser
@pytest.mark.skipif(not page.CHROMIUM.exists(), reason=f"no {page.CHROMIUM}")
def test_what_fails_in_a_page_is_told():
    with pipe.launched() as browser:
        tab = pipe.Tab(browser, "window.three = 3;")
        tab.go("about:blank")
        assert tab.value("Promise.resolve(three + 1)") == 4
        with pytest.raises(JobError, match="in the page: ReferenceError"):
            tab.value("nothing")
        with pytest.raises(JobError, match="No.such"):
            browser.call("No.such")
    assert browser.process.returncode is not None


def test_the_index_and_every_page_of_explore_are_measured():
    assert set(explore.addresses()) == {"index"} | {module.blueprint.name for module in PAGES}


def test_a_figure_is_held_against_its_target():
    http = {"pictures": 2, "first": PICTURE - 1.0, "most": 400.0, "later": {"median": 9.0, "p95": 9.0, "cpu": 8.0}}
    visit = {"paint": 20.0, "whole": 30.0, "most": 400.0}
    training = {"steps": 9, "arrived": 1.0, "median": 2.0, "p95": DRAWN - 1.0, "most": 200.0}
    for slow in (None, "http", "browser", "training"):
        found = {"http": {"one": http}, "browser": {"one": {"first": visit, "later": visit}}, "training": training}
        if slow == "http":
            found["http"] = {"one": http | {"first": PICTURE + 1.0}}
        elif slow == "browser":
            found["browser"] = {"one": {"first": visit, "later": visit | {"whole": PICTURE + 1.0}}}
        elif slow == "training":
            found["training"] = training | {"p95": DRAWN + 1.0}
        assert table({"explore": found}).count("NOT below") == (slow is not None)


def test_times_leave_out_what_comes_before():
    done = []
    found = times(done.append, 4, lambda: len(done), before=2)
    assert done == [0, 1, 0, 1, 2, 3] and found["rounds"] == 4 and found["cpu"] == 1000


def test_large_photos_have_the_right_size(tmp_path):
    photos.write_png(tmp_path / "a.png", astronaut()[:200])
    (photo,) = who.large_photos(tmp_path)
    assert photos.read(photo).shape == (400, 1024, 3)
    assert photos.read(who.large_photos(None)[0]).shape == (1024, 1024, 3)


FILES = {
    "/a/": '<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/a.css?v=1">'
           '<script type="module" src="page.js?v=1"></script>'
           '<img src="/1.png?x=1&amp;y=2" alt=""><img src="/1.png?x=1&amp;y=2">'
           '<svg><image class="below" href="2.png" width="3"/></svg><img src="/lazy.png" alt="" loading="lazy">',
    "/a.css": "",
    "/a/page.js": 'import { a } from "../b/visit.js";\nimport { b } from "./draw.js";\n',
    "/b/visit.js": 'import { c } from "../a/draw.js";\n',
    "/a/draw.js": "",
    "/1.png": "",
    "/a/2.png": "",
    "/b/": '<img src="/nothing.png">',
}  # fmt: skip


@pytest.fixture
def asked():
    """The addresses that the server was asked for."""
    return []


@pytest.fixture
def client_of_a_server(asked):
    import threading

    app = Flask("files", static_folder=None)

    @app.get("/<path:name>")
    def serve(name):
        asked.append(request.full_path.rstrip("?"))
        return FILES[request.path] if request.path in FILES else ("", 404)

    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = Client(server.server_port)
    yield client
    client.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_first_picture_is_the_page_with_all_that_a_browser_loads_and_nothing_twice(client_of_a_server, asked):
    assert client_of_a_server.first_picture("/a/") == 2
    assert asked == ["/a/", "/a.css?v=1", "/a/page.js?v=1", "/b/visit.js", "/a/draw.js", "/1.png?x=1&y=2", "/a/2.png"]


def test_what_is_not_answered_fails(client_of_a_server):
    with pytest.raises(JobError, match="GET /nothing is answered with 404"):
        client_of_a_server.get("/nothing")
    with pytest.raises(JobError, match="GET /nothing.png is answered with 404"):
        client_of_a_server.first_picture("/b/")


def test_the_peer_is_asked_about_the_same_photos(tmp_path, monkeypatch):
    (tmp_path / "face_recognition.py").write_text(
        "def load_image_file(path): return open(path, 'rb').read()\n"
        "def face_encodings(image): return [image] if image == b'a' else []\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = who.peer(sys.executable, [b"a", b"b", b"a"])
    assert found["rounds"] == 3 and found["with_a_face"] == 2
