"""A small run that a test may change, a page for it, and photos to send.

Its network is one random projection. It needs no training, and photos of one drawn person are near each other.
"""

import io
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import waitress
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.serving import make_server
from werkzeug.test import encode_multipart

from pipeline import photos
from pipeline.datasets.drawn import draw
from pipeline.faces.preprocess import Preprocessing
from siamese_np import weights
from siamese_np.layers import Dense, Flatten, L2Normalize, Sequential
from webapp import create_app

SIZE = (28, 23)
THRESHOLD = 0.6
CHROMIUM = Path("/usr/bin/chromium")


class TidyClient(FlaskClient):
    """Closes what it sent: werkzeug writes a form of more than 500 KB into a temporary file, and leaves that open."""

    def open(self, *args, **kwargs):
        answer = super().open(*args, **kwargs)
        for each in (*answer.history, answer):
            each.request.environ["wsgi.input"].close()
        return answer


@pytest.fixture(scope="session", autouse=True)
def tidy_clients():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "test_client_class", TidyClient)
        yield


@pytest.fixture(scope="session")
def save_model():
    """save_model(run, threshold) writes the model file of a run."""
    return _save_model


def _save_model(run: Path, threshold: float = THRESHOLD) -> None:
    network = Sequential([Flatten(), Dense(SIZE[0] * SIZE[1], 32, rng=np.random.default_rng(2)), L2Normalize()])
    entry = {"threshold": threshold, "far": 0.05, "frr": 0.125, "gallery_size": 10}
    weights.save(
        run / "model.npz",
        [network],
        {
            "preprocessing": Preprocessing(SIZE).to_json(),
            "thresholds": {"both": entry, "mean": entry, "nearest": {**entry, "threshold": max(threshold - 0.05, 0)}, "pair": entry},
            "thresholds_chosen_on": "val",
            "trained_on": ["Anna", "Ben"],  # so that the gallery keeps this threshold
            "parameters": 20640,
        },
    )


@pytest.fixture(scope="session")
def made_run(tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "tiny"
    faces = draw(5, 6, np.random.default_rng(37))
    for image, person, k in zip(faces.images[:, 0], faces.people, np.arange(30) % 6):
        name = ["Anna", "Ben", "Зоя", "Dora", "Emil"][person]
        if person >= 3:
            folder = run / "samples" / "strangers"
        else:
            folder = run / "gallery" if k < 4 else run / "samples" / "known"
        photos.write_png(folder / name / f"{k}.png", image)
    _save_model(run)
    return run


@pytest.fixture
def run(made_run, tmp_path) -> Path:
    """A run folder that a test may change."""
    return shutil.copytree(made_run, tmp_path / "run")


@pytest.fixture
def app(run):
    return create_app({"RUN": run, "KERNELS": "numpy"})


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def known(made_run) -> bytes:
    """The file of a photo of Anna that is not in the gallery."""
    return (made_run / "samples/known/Anna/4.png").read_bytes()


@pytest.fixture
def stranger(made_run) -> bytes:
    return (made_run / "samples/strangers/Dora/0.png").read_bytes()


@pytest.fixture
def photo():
    """photo(width, height, format, mode) -> the bytes of an image file of noise."""

    def make(width: int = 46, height: int = 56, format: str = "PNG", mode: str = "RGB") -> bytes:
        noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(noise).convert(mode).save(buffer, format)
        return buffer.getvalue()

    return make


@pytest.fixture
def post(client):
    """post(address, content, name) -> the answer to a form with one file, at the address that it is redirected to."""

    def send(address: str, content: bytes, name: str = "face.png"):
        boundary, data = encode_multipart({"photo": FileStorage(io.BytesIO(content), name, "photo")})
        kind = f"multipart/form-data; boundary={boundary}"
        return client.post(address, data=data, content_type=kind, follow_redirects=True)

    return send


@pytest.fixture(scope="session")
def chromium():
    """The browser of the system, for tests marked `browser`."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        flags = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield browser
        browser.close()


@pytest.fixture
def address(app):
    """Where `app` is served while the test runs."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


@pytest.fixture
def live(app):
    """The address of a server that answers for `app`."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complains of; what is left here at the end fails the test."""
    return []


@pytest.fixture
def tab(chromium, address, complaints):
    """A tab at the first page."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def at_once():
    """at_once(count, work) runs work(0) ... work(count - 1), each in its own thread."""

    def run(count: int, work: Callable[[int], None]) -> None:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return run
