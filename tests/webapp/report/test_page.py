"""The report card and its pictures, shown where they are."""

import json

import pytest

from tests.webapp.reader import read


def figures(**means):
    return {metric: {"mean": mean, "spread": 1} for metric, mean in means.items()}


@pytest.mark.parametrize("protocol, seen", [("unseen people", False), ("known people", True)])
def test_the_report_card_is_shown_where_there_is_one(client, run, protocol, seen):
    assert "Raw pixels" not in read(client.get("/report/")).text
    results = {"ours": figures(one_shot=88.14), "raw_pixels": figures(one_shot=76), "chance": {}}
    (run / "report.json").write_text(json.dumps({"protocol": protocol, "results": results}))
    text = read(client.get("/report/")).text
    assert "Right person, from one photo each One photo of each person is known; which of them is on another photo? 88.1 – 76.0 –" in text
    assert "Rests on" in text
    assert ("people the network never saw" in text) != seen


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"results": {}}', '{"protocol": "", "results": 3}', '{"protocol": "", "results": {"ours": 3}}'],
)
def test_a_report_of_another_form_does_not_stop_the_page(client, run, content):
    (run / "report.json").write_text(content)
    assert client.get("/report/").status_code == 200


def test_the_curves_are_shown_where_they_are(client, run, photo):
    assert client.get("/report/curves.png").status_code == 404
    assert not [a for a in read(client.get("/report/")).all("img") if a["src"] == "/report/curves.png"]
    (run / "curves.png").write_bytes(photo())
    assert [a for a in read(client.get("/report/")).all("img") if a["src"] == "/report/curves.png"]
    assert client.get("/report/curves.png").data == photo()


def test_the_pictures_of_the_test_are_shown_where_they_are_and_nothing_else_of_the_run_is(client, run, photo):
    assert "The test in pictures" not in read(client.get("/report/")).text
    (run / "pictures").mkdir()
    for name in ("roc.png", "private.png"):
        (run / "pictures" / name).write_bytes(photo())
    page = read(client.get("/report/"))
    assert "The test in pictures" in page.text
    assert [a["alt"] for a in page.all("img") if a["src"].startswith("/report/pictures/")] == [
        "Same pairs accepted at each false accept rate, beside simpler methods"
    ]
    assert client.get("/report/pictures/roc.png").data == photo()
    for other in ("private.png", "map.png", "..%2Fmodel.npz", "%2e%2e%2freport.json"):
        assert client.get(f"/report/pictures/{other}").status_code == 404


def test_each_figure_says_how_many_people_it_rests_on(client, run):
    results = {"ours": figures(one_shot=80, known_named_right=90, strangers_rejected=60, auc=97)}
    counts = {"gallery_people": 10, "known_photos": 50, "stranger_people": 5, "strangers_photos": 25}
    report = {"protocol": "unseen people", "people": 15, "photos": 150, "open_set": counts, "results": results}
    (run / "report.json").write_text(json.dumps(report))
    text = read(client.get("/report/")).text
    assert "on another photo? 80.0 55 to 93 15 people 150 photos" in text
    assert "get the right name. 90.0 60 to 98 10 people 50 photos" in text
    assert "outside the gallery. 60.0 23 to 88 5 people 25 photos" in text
    assert "(AUC). 97.0 15 people 150 photos" in text  # no share of photos, so no such interval


def test_each_picture_says_how_many_people_it_rests_on(client, run, photo):
    counts = {"gallery_people": 10, "known_photos": 50, "stranger_people": 5, "strangers_photos": 25}
    report = {"protocol": "unseen people", "people": 15, "photos": 150, "open_set": counts, "results": {"ours": figures(auc=97)}}
    (run / "report.json").write_text(json.dumps(report))
    (run / "pictures").mkdir()
    for name in ("roc.png", "confusion.png"):
        (run / "pictures" / name).write_bytes(photo())
    text = read(client.get("/report/")).text
    assert "Rests on 15 people, 150 photos." in text
    assert "Rests on 10 known people, 50 photos, and 5 people, 25 photos of strangers." in text


def test_the_thresholds_in_use_are_told_with_their_rates(client):
    text = read(client.get("/report/")).text
    assert "Same person? Threshold 0.600 Two people called the same about 5% (estimated) One person called two about 12%" in text
    assert "Who is this? Threshold 0.600 Strangers who get a name about 2% (estimated)" in text


def test_every_picture_of_an_evaluation_has_a_meaning():
    from pipeline.evaluate.pictures import PICTURES
    from webapp.report.page import MEANINGS

    assert set(MEANINGS) == set(PICTURES)
