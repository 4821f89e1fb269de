"""The page with a network that was really trained."""

import io
import shutil

import pytest

from pipeline import photos
from pipeline.recognise import recogniser
from pipeline.recognise.gallery import Gallery
from pipeline.recognise.predict import predict
from webapp import create_app


@pytest.fixture(scope="module")
def app(tiny_run):
    return create_app({"RUN": tiny_run.folder})


def ask(app, probe: bytes) -> dict:
    return app.test_client().post("/api/predict", data={"photo": (io.BytesIO(probe), "x")}).json


def test_most_samples_are_answered_right(app):
    client = app.test_client()
    shown = app.extensions["serving"].now().samples
    pages = [
        client.post("/", data={"sample": sample.key}, follow_redirects=True).text for sample in shown.known + shown.strangers
    ]
    right = sum("Right: this sample" in page for page in pages)
    wrong = sum("Wrong: this sample" in page for page in pages)
    assert len(shown.known) > 5 and len(shown.strangers) > 5
    assert right + wrong == len(pages)
    assert right > 2 * wrong


def test_many_requests_at_once_get_the_answers_they_get_alone(app, tiny_run, at_once):
    samples = sorted((tiny_run.folder / "samples").glob("*/*/*.png"))
    by_person = {path.parent: path for path in samples}
    probes = [path.read_bytes() for path in list(by_person.values())[:4]]
    model = recogniser.load(tiny_run.folder)
    snapshot = Gallery(tiny_run.folder / "gallery", model).refresh()
    alone = [predict(model, snapshot, photos.read(probe)) for probe in probes]
    assert len({answer["distance"] for answer in alone}) == 4
    answers: list[tuple[int, dict]] = []

    def work(start: int) -> None:
        for k in range(20):
            i = (start + k) % 4
            answers.append((i, ask(app, probes[i])))

    at_once(8, work)
    assert len(answers) == 160
    for i, answer in answers:
        assert [row["person"] for row in answer["ranking"]] == [row["person"] for row in alone[i]["ranking"]]
        assert answer["distance"] == pytest.approx(alone[i]["distance"], abs=1e-5)


def test_the_page_says_that_nobody_was_trained_on_only_while_that_is_true(tiny_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(tiny_run.folder, run)
    client = create_app({"RUN": run, "KERNELS": "numpy"}).test_client()
    assert b"trained without ever seeing any of them" in client.get("/").data
    data = tiny_run.data
    row = data.indices("train")[0]
    Gallery(run / "gallery").enroll(data.names[data.people[row]], [data.images[row, 0]])
    assert b"trained without ever seeing any of them" not in client.get("/").data
