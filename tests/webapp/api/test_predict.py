import io

import numpy as np
import pytest
from PIL import Image

from pipeline import photos
from pipeline.recognise import recogniser
from pipeline.recognise.gallery import Gallery
from pipeline.recognise.predict import predict


@pytest.mark.parametrize("rule", ["both", "mean", "nearest"])
def test_the_api_gives_the_object_of_predict(post, run, known, rule):
    model = recogniser.load(run, "numpy")
    expected = predict(model, Gallery(run / "gallery", model).refresh(), photos.read(known), rule=rule)
    response = post(f"/api/predict?rule={rule}", known)
    assert response.status_code == 200
    assert response.json == expected
    assert list(response.json) == list(expected)
    assert response.json["answer"] == "Anna"


def test_a_stranger_and_noise_are_unknown(post, stranger, photo):
    for content in (stranger, photo()):
        answer = post("/api/predict", content).json
        assert answer["answer"] is None and not answer["known"]
        assert len(answer["ranking"]) == 3


def test_the_rule_of_the_configuration_is_used_unless_another_is_asked_for(app, known):
    app.config["RULE"] = "nearest"
    send = app.test_client().post
    assert send("/api/predict", data={"photo": (io.BytesIO(known), "x")}).json["rule"] == "nearest"
    assert send("/api/predict?rule=mean", data={"photo": (io.BytesIO(known), "x")}).json["rule"] == "mean"


def test_a_rule_that_does_not_exist_is_refused_with_those_that_do(post, known):
    for rule in ("pair", "", "<script>"):
        response = post(f"/api/predict?rule={rule}", known)
        assert response.status_code == 400
        assert response.json["error"] == "There is no such rule. Choose one of: both, mean, nearest."


def test_the_photo_of_the_ranking_is_served_by_its_key(client, post, run, known):
    best = post("/api/predict", known).json["ranking"][0]
    served = photos.read(client.get(f"/gallery/{best['photo']}.jpg").data).astype(float)
    of_anna, of_others = (
        min(np.abs(served - photos.read(path)).mean() for path in (run / "gallery").glob(pattern))
        for pattern in ("Anna/*", "[!A]*/*")
    )
    assert of_anna < 3 < of_others  # a JPEG is not exact


def test_a_large_photo_of_the_gallery_is_sent_small(client, post, run, photo):
    (run / "gallery" / "Ben" / "large.jpg").write_bytes(photo(1200, 900, "JPEG"))
    best = post("/api/predict", photo(1200, 900, "JPEG")).json["ranking"][0]
    assert best["person"] == "Ben"
    assert photos.read(client.get(f"/gallery/{best['photo']}.jpg").data).shape == (168, 224, 3)


def test_the_same_photo_in_another_size_format_or_mode_gets_nearly_the_same_answer(post, known):
    image = Image.open(io.BytesIO(known))
    first = post("/api/predict", known).json
    for mode, size, format in (("RGB", 1, "PNG"), ("L", 3, "BMP"), ("CMYK", 2, "TIFF"), ("RGBA", 1, "WEBP")):
        buffer = io.BytesIO()
        larger = image.resize((image.width * size, image.height * size), Image.Resampling.BICUBIC)
        larger.convert(mode).save(buffer, format, **({"lossless": True} if format == "WEBP" else {}))
        answer = post("/api/predict", buffer.getvalue()).json
        assert answer["answer"] == first["answer"]
        assert answer["distance"] == pytest.approx(first["distance"], abs=0.05)


def test_the_same_probe_twice_gets_the_same_answer(post, known):
    assert post("/api/predict", known).json == post("/api/predict", known).json
