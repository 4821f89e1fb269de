"""Changes on the disk take effect with the next answer."""

import io
import shutil
import time

import pytest

from pipeline.common.errors import JobError
from pipeline.recognise import recogniser
from webapp import create_app


@pytest.mark.parametrize("how", ["absent", "without a person", "with a person without photos"])
def test_an_empty_gallery_says_how_to_fill_it(client, post, run, photo, how):
    shutil.rmtree(run / "gallery")
    if how != "absent":
        (run / "gallery").mkdir()
    if how == "with a person without photos":
        (run / "gallery" / "Anna").mkdir()
    page = client.get("/")
    assert page.status_code == 200
    assert "Nobody to compare with yet" in page.text and str(run / "gallery") in page.text
    for address in ("/", "/api/predict"):
        response = post(address, photo())
        assert response.status_code == 409
        assert str(run / "gallery") in response.text


def test_a_filled_gallery_is_used_without_a_restart(client, post, run, known):
    (run / "gallery").rename(run / "kept")
    assert post("/api/predict", known).status_code == 409
    (run / "kept").rename(run / "gallery")
    assert post("/api/predict", known).json["answer"] == "Anna"


def test_added_renamed_replaced_and_deleted_photos_take_effect_at_once(post, run, known, stranger):
    assert post("/api/predict", stranger).json["answer"] is None
    (run / "gallery" / "Dora").mkdir()
    (run / "gallery" / "Dora" / "1.png").write_bytes(stranger)
    answer = post("/api/predict", stranger).json
    assert answer["answer"] == "Dora" and answer["distance"] == pytest.approx(0, abs=1e-5)
    (run / "gallery" / "Dora").rename(run / "gallery" / "Dorothea")
    assert post("/api/predict", stranger).json["answer"] == "Dorothea"
    (run / "gallery" / "Dorothea" / "1.png").write_bytes(known)
    assert post("/api/predict", known).json["answer"] == "Dorothea"
    shutil.rmtree(run / "gallery" / "Dorothea")
    assert post("/api/predict", known).json["answer"] == "Anna"


def test_another_model_takes_effect_at_once(post, run, known, save_model):
    before = post("/api/predict", known).json
    save_model(run, threshold=0.01)
    after = post("/api/predict", known).json
    assert (before["answer"], after["answer"]) == ("Anna", None)
    assert after["threshold"] == 0.01 and after["model"] != before["model"]


def test_a_photo_that_cannot_be_read_is_shown_and_the_page_goes_on(client, post, run, known):
    (run / "gallery" / "Ben" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    text = client.get("/people/").text
    assert "1 left out" in text and "broken.png" in text and "cut short or damaged" in text
    assert post("/api/predict", known).json["answer"] == "Anna"


def test_a_missing_model_is_reported_until_there_is_one_again(post, run, known):
    (run / "model.npz").rename(run / "away.npz")
    for address in ("/", "/api/predict"):
        response = post(address, known)
        assert response.status_code == 503
        assert "model.npz" in response.text
    (run / "away.npz").rename(run / "model.npz")
    assert post("/", known).status_code == 200


def test_a_name_is_shown_as_text(client, post, run, known):
    (run / "gallery" / "Anna").rename(run / "gallery" / "A&amp;B 'x'")
    for text in (client.get("/").text, post("/", known).text, client.get("/people/").text):
        assert "A&amp;amp;B &#39;x&#39;" in text and "A&amp;B" not in text


def test_a_run_without_a_model_is_refused_at_the_start(tmp_path):
    with pytest.raises(JobError, match="model"):
        create_app({"RUN": tmp_path, "KERNELS": "numpy"})


def test_another_gallery_can_be_chosen(run, known):
    (run / "elsewhere").mkdir()
    (run / "gallery" / "Anna").rename(run / "elsewhere" / "Anna")
    client = create_app({"RUN": run, "GALLERY": run / "elsewhere", "KERNELS": "numpy"}).test_client()
    answer = client.post("/api/predict", data={"photo": (io.BytesIO(known), "x")}).json
    assert [row["person"] for row in answer["ranking"]] == ["Anna"]


def test_a_new_model_is_loaded_once_for_all_requests_at_that_moment(app, run, save_model, at_once, monkeypatch):
    loads, load = [], recogniser.load

    def slow_load(*arguments):
        loads.append(arguments)
        time.sleep(0.1)
        return load(*arguments)

    monkeypatch.setattr(recogniser, "load", slow_load)
    save_model(run, threshold=0.5)
    statuses = []
    at_once(8, lambda k: statuses.append(app.test_client().get("/").status_code))
    assert statuses == [200] * 8
    assert len(loads) == 1
