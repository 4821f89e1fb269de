"""Who it is, and whether that is near enough."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pipeline.recognise import predict
from pipeline.recognise.rules import RULES
from pipeline.recognise.thresholds import for_gallery


@pytest.fixture(scope="module")
def probes(tiny_run):
    """(name, face, whether the person is in the gallery) of every sample."""
    data, roles = tiny_run.data, tiny_run.roles
    rows = [(row, kind) for kind, rows in (("known", roles.known), ("strangers", roles.strangers)) for row in rows]
    return [(data.names[data.people[row]], data.images[row, 0], kind == "known") for row, kind in rows]


def slow_ranking(loaded, snapshot, face, rule):
    """{person: (distance, nearest photo's key, its distance)}, by loops over photos."""
    z = loaded.embed([face])[0].astype(float)
    found = {}
    for person in snapshot.people:
        own = [
            (photo.key, e.astype(float))
            for photo, e in zip(snapshot.photos, snapshot.embeddings)
            if photo.person == person
        ]
        far = {key: np.sqrt(((z - e) ** 2).sum()) for key, e in own}
        key = min(far, key=far.get)
        mean = sum(e for _, e in own)
        mean /= np.sqrt((mean**2).sum())
        to_mean = np.sqrt(((z - mean) ** 2).sum())
        by_rule = {"mean": to_mean, "nearest": far[key], "both": (to_mean + 2 * far[key]) / 3}
        found[person] = (by_rule[rule], key, far[key])
    return found


@pytest.mark.parametrize("rule", RULES)
def test_the_ranking_is_that_of_a_slow_reading_of_the_rule(loaded, snapshot, probes, rule):
    for _, face, _ in probes:
        answer = predict.predict(loaded, snapshot, face, rule, top=None)
        expected = slow_ranking(loaded, snapshot, face, rule)
        ranked = sorted(expected, key=lambda person: expected[person][0])
        assert [row["person"] for row in answer["ranking"]] == ranked
        for row in answer["ranking"]:
            distance, key, nearest = expected[row["person"]]
            assert row["distance"] == pytest.approx(distance, abs=1e-5)
            assert row["photo"] == key and row["photo_distance"] == pytest.approx(nearest, abs=1e-5)
            assert row["photos"] == 5
        assert answer["distance"] == answer["ranking"][0]["distance"] and answer["rule"] == rule


def around(snapshot, z, nearest, means):
    """The gallery with every photo at `nearest` times the probe's embedding z, and every mean at `means` times it."""
    return replace(
        snapshot,
        embeddings=np.tile(nearest * z, (len(snapshot.photos), 1)),
        means=np.tile(means * z, (len(snapshot.people), 1)),
    )


def test_the_rule_nearest_measures_to_photos_and_the_rule_mean_to_means(loaded, snapshot, probes):
    face = probes[0][1]
    made = around(snapshot, loaded.embed([face])[0], nearest=1, means=-1)
    for rule, distance in (("nearest", 0), ("mean", 2), ("both", 2 / 3)):  # z has length 1, so z and -z are 2 apart
        answer = predict.predict(loaded, made, face, rule)
        assert answer["distance"] == pytest.approx(distance, abs=1e-5)
        assert answer["threshold"] == for_gallery(loaded, made, rule)["threshold"]


def test_beyond_the_threshold_the_answer_is_unknown(loaded, snapshot, probes, monkeypatch):
    for _, face, _ in probes[:4]:
        d = predict.predict(loaded, snapshot, face)["distance"]
        answers = []
        for t in (d + 1e-6, d):
            monkeypatch.setattr(predict, "for_gallery", lambda *_, t=t: {**loaded.thresholds["mean"], "threshold": t})
            answers.append(predict.predict(loaded, snapshot, face))
        monkeypatch.undo()
        near, far = answers
        assert near["known"] is True and near["answer"] == near["ranking"][0]["person"]
        assert far["known"] is False and far["answer"] is None, "at the threshold itself it is unknown"
        assert far["ranking"] == near["ranking"], "who would have been the nearest is still told"
        assert far["message"].startswith("unknown: the nearest is ") and "not below the threshold" in far["message"]
        assert near["message"].startswith(f"{near['answer']}: ") and "below the threshold" in near["message"]


def test_a_face_at_the_place_of_a_person_is_named_and_one_far_from_everybody_is_unknown(loaded, snapshot, probes):
    for _, face, _ in probes:
        z = loaded.embed([face])[0]
        for rule in RULES:
            there, opposite = (around(snapshot, z, place, place) for place in (1, -1))
            assert predict.predict(loaded, there, face, rule)["answer"] == snapshot.people[0]
            assert predict.predict(loaded, opposite, face, rule)["answer"] is None


def test_noise_is_unknown(snapshot, with_threshold):
    noise = np.random.default_rng(0).integers(0, 256, (60, 50, 3), np.uint8)
    assert predict.predict(with_threshold(0.3), snapshot, noise)["answer"] is None


def test_the_same_probe_gets_the_same_answer(loaded, snapshot, probes):
    face = probes[0][1]
    assert predict.predict(loaded, snapshot, face) == predict.predict(loaded, snapshot, face)


def test_a_probe_of_another_size_and_colour_goes_through_the_same_preprocessing(loaded, snapshot, probes):
    face = probes[0][1]
    expected = predict.predict(loaded, snapshot, face)
    larger = np.asarray(Image.fromarray(face).resize((92, 112), Image.Resampling.NEAREST).convert("RGB"))
    answer = predict.predict(loaded, snapshot, larger)
    assert answer["distance"] == pytest.approx(expected["distance"], abs=1e-5)
    assert [row["person"] for row in answer["ranking"]] == [row["person"] for row in expected["ranking"]]


def test_top_shortens_the_ranking_alone(loaded, snapshot, probes):
    whole, short = (predict.predict(loaded, snapshot, probes[0][1], top=top) for top in (None, 2))
    assert len(whole["ranking"]) == len(snapshot.people) == 4 and short == {
        **whole, "ranking": whole["ranking"][:2], "faces": [{**whole["faces"][0], "ranking": whole["ranking"][:2]}]
    }  # fmt: skip


def test_the_answer_says_what_it_rests_on(loaded, snapshot, probes):
    answer = predict.predict(loaded, snapshot, probes[0][1])
    entry = for_gallery(loaded, snapshot, "both")
    assert answer["basis"]["found"] == "gallery" and (answer["basis"]["people"], answer["basis"]["photos"]) == (4, 20)
    assert "estimated from the gallery's own 4 people, 20 photos" in answer["message"]
    assert {name: answer[name] for name in ("threshold", "far", "frr")} == {
        n: entry[n] for n in ("threshold", "far", "frr")
    }
    assert answer["gallery"] == {"people": 4, "photos": 20} and answer["model"] == loaded.model_hash[:12]
    assert json.loads(json.dumps(answer)) == answer


def test_people_at_one_distance_keep_the_order_of_the_gallery(loaded, snapshot, probes):
    level = replace(snapshot, means=np.zeros_like(snapshot.means))
    ranking = predict.predict(loaded, level, probes[0][1], "mean")["ranking"]
    assert [row["person"] for row in ranking] == list(snapshot.people)


def test_a_photo_under_two_names_is_told_with_the_answer_and_when_it_is_enrolled(gallery, loaded, strangers, capsys):
    assert predict.predict(loaded, gallery.refresh(), strangers[0][0])["same_photo_as"] == []
    gallery.enroll("Zoe", [strangers[0][0]])
    assert "Ann has the same photo as Zoe" in capsys.readouterr().err
    found = predict.predict(loaded, gallery.refresh(), strangers[0][0], "nearest")
    assert {found["ranking"][0]["person"], *found["same_photo_as"]} == {"Ann", "Zoe"}
    assert "the same photo is enrolled as Ann and Zoe" in found["message"]
