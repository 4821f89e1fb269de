"""The threshold explorer: what it says at a place of the line, against distances that the test computes."""

import re

import numpy as np
import pytest

from pipeline.faces import way_in
from pipeline.faces.way_in import NoFace
from siamese_np import metrics
from tests.webapp.explore.thresholds.conftest import percent, rates
from tests.webapp.reader import read
from webapp.explore.thresholds.told import SIZES, STEP

ADDRESS = "/explore/thresholds/"


def said(answer, id):
    """The text of the element with this id."""
    return re.search(rf'id="{id}"[^>]*>([^<]*)<', answer.get_data(as_text=True))[1]


@pytest.fixture
def asked(client):
    """The samples have been asked about."""
    answer = client.get(f"{ADDRESS}ask")
    text = answer.get_data(as_text=True)
    assert "event: end" in text and '"done"' in text


def test_the_first_state_asks_the_gallery_about_itself(client, app):
    now = app.extensions["serving"].now()
    answer = client.get(f"{ADDRESS}?t=0.7")
    _, same = metrics.all_pairs(np.array([photo.person for photo in now.snapshot.photos]))
    count = len(now.snapshot.photos)
    assert said(answer, "false-rejects").endswith(f" of {same.sum()}")
    assert said(answer, "named").endswith(f" of {count}") and said(answer, "refused").endswith(f" of {count}")
    others = []
    for photo, z in zip(now.snapshot.photos, now.snapshot.embeddings):
        to_people, _ = now.snapshot.distances(z, "both")
        others += [d for person, d in zip(now.snapshot.people, to_people) if person != photo.person]
    assert said(answer, "share") == percent(np.mean(np.array(others) < 0.7))


@pytest.mark.parametrize("t", [0.45, 0.62, 0.8])
def test_at_each_place_the_numbers_are_those_of_the_distances(client, asked, measured, t):
    answer = client.get(f"{ADDRESS}?t={t}&rule=both")
    for id, text in rates(measured(), t).items():
        assert said(answer, id) == text, id


def test_the_figures_of_the_curve_are_those_of_metrics(client, asked, measured):
    found, answer = measured(), client.get(ADDRESS)
    curve = metrics.roc(found.d, found.same)
    assert said(answer, "auc") == f"{curve.auc:.4f}" and said(answer, "eer") == percent(curve.eer)
    assert said(answer, "tar") == percent(curve.tar_at_far(0.01))


def test_the_drawn_curve_has_the_area_of_the_whole_one(client, asked, measured):
    found = measured()
    text = client.get(ADDRESS).get_data(as_text=True)
    points = re.search(r'class="roc".*?<polyline points="([^"]*)"', text, re.S)[1].split()
    x, y = np.array([list(map(float, point.split(","))) for point in points]).T
    area = np.sum(np.diff(x) * (200 - y[1:] - y[:-1]) / 2) / 1e4
    assert area == pytest.approx(metrics.roc(found.d, found.same).auc, abs=2e-4)


def test_the_first_place_is_the_stored_threshold_and_marks_lead_to_others(client, app):
    stored = app.extensions["serving"].now().recogniser.thresholds["pair"]["threshold"]
    answer = client.get(ADDRESS)
    assert said(answer, "line") == f"{stored:.3f}"
    marks = [a for a in read(answer).all("a") if a.get("id", "").startswith("mark-")]
    assert len(marks) == 5
    for mark in marks:
        place = float(re.search(r"t=([\d.]+)", mark["href"])[1])
        assert said(client.get(mark["href"]), "line") == f"{place:.3f}"


def test_at_the_mark_of_the_equal_error_rate_both_rates_meet(client, asked, measured):
    found, text = measured(), client.get(ADDRESS).get_data(as_text=True)
    t = float(re.search(r"t=([\d.]+)[^>]*>equal error rate", text)[1])
    curve = metrics.roc(found.d, found.same)
    fpr, fnr = np.mean(found.d[~found.same] < t), np.mean(found.d[found.same] >= t)
    step = max(np.diff(curve.fpr).max(), np.diff(curve.tpr).max())
    assert abs(fpr - curve.eer) <= step and abs(fnr - curve.eer) <= step


def test_no_line_has_a_better_balance_than_the_one_that_is_marked(client, asked, measured):
    found, answer = measured(), client.get(ADDRESS)
    same, different = found.d[found.same], found.d[~found.same]
    best = max((np.mean(same < t) + np.mean(different >= t)) / 2 for t in np.append(found.d, 10))
    assert said(answer, "balance") == percent(best)
    t = float(re.search(r"t=([\d.]+)[^>]*>best balance", answer.get_data(as_text=True))[1])
    assert said(client.get(f"{ADDRESS}?t={t}"), "balanced") == percent(best)


def test_where_no_pair_is_called_same_there_is_nothing_to_trust(client):
    answer = client.get(f"{ADDRESS}?t=0")
    assert (said(answer, "called-same"), said(answer, "trust"), said(answer, "balanced")) == ("0", "none", "50.0 %")


def test_at_the_equal_error_rate_the_wrong_answers_are_counted(client, asked, measured):
    found, answer = measured(), client.get(f"{ADDRESS}?t=0.9")
    t = float(re.search(r"t=([\d.]+)[^>]*>equal error rate", answer.get_data(as_text=True))[1])
    same, different = found.d[found.same], found.d[~found.same]
    assert said(answer, "eer-rejects") == f"{np.sum(same >= t)} of {len(same)}"
    assert said(answer, "eer-accepts") == f"{np.sum(different < t)} of {len(different)}"


@pytest.mark.parametrize("n", [1, 3, 100])
def test_the_share_that_a_gallery_can_stand_accepts_a_twentieth_of_strangers(client, asked, measured, n):
    answer = client.get(f"{ADDRESS}?n={n}")
    share = float(said(answer, "needed").removesuffix(" %")) / 100
    assert 1 - (1 - share) ** n == pytest.approx(0.05, rel=0.02)
    strangers, line = np.sort(measured().strangers.ravel()), float(said(answer, "needed-line"))
    near = 0.001  # three decimals are shown
    assert np.mean(strangers < line - near) <= share and np.mean(strangers < line + near) >= share - 1 / len(strangers)


@pytest.mark.parametrize("n", [1, 7, 300])
def test_a_larger_gallery_accepts_more_strangers_as_the_formula_says(client, asked, measured, n):
    share = np.mean(measured().strangers < 0.62)
    answer = client.get(f"{ADDRESS}?t=0.62&n={n}")
    far = 1 - (1 - share) ** n
    assert said(answer, "people") == f"{n}"
    assert said(answer, "far") == (percent(far) if far < 0.9995 else "over 99.9 %")


def test_counted_galleries_of_one_and_of_all_are_the_shares_of_distances_and_of_strangers(client, asked, measured):
    strangers = measured().strangers
    text = read(client.get(f"{ADDRESS}?t=0.62")).text
    one, everybody = np.mean(strangers < 0.62), np.mean(strangers.min(1) < 0.62)
    assert f"1 ({percent(one)})" in text and f"3 ({percent(everybody)})" in text


def test_the_table_for_the_script_says_what_the_page_says(client, asked):
    end = float(re.search(r'data-end="([\d.]+)"', client.get(ADDRESS).get_data(as_text=True))[1])
    rows = client.get(f"{ADDRESS}rows?rule=both&end={end}").json
    assert len(rows) == round(end / STEP) + 1
    for k in (0, 90, 124, len(rows) - 1):
        answer = client.get(f"{ADDRESS}?rule=both&t={k * STEP}&n=10")
        for id, text in rows[k]["texts"].items():
            assert said(answer, id) == text
        assert said(answer, "far") == rows[k]["far"][SIZES.index(10)]


@pytest.mark.parametrize("query", ["t=a", "t=-1", "t=nan", "n=0", "n=2000", "rule=none"])
def test_a_state_that_is_not_there_is_refused(client, query):
    assert client.get(f"{ADDRESS}?{query}").status_code == 400


def test_a_run_without_samples_asks_its_gallery_alone(run, client):
    for path in sorted((run / "samples").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    answer = client.get(ADDRESS)
    assert answer.status_code == 200 and 'id="ask"' not in answer.get_data(as_text=True)


def test_samples_without_a_face_are_asked_once_and_the_gallery_alone_counts(client, monkeypatch):
    def look(picture):
        raise NoFace("no face")

    monkeypatch.setattr(way_in, "look", look)
    before = said(client.get(ADDRESS), "named")
    assert '"photos": 0' in client.get(f"{ADDRESS}ask").get_data(as_text=True)
    answer = client.get(ADDRESS)
    assert said(answer, "named") == before and 'id="ask"' not in answer.get_data(as_text=True)


@pytest.mark.parametrize("kept", [0, 1])
def test_where_there_are_no_two_people_the_page_says_what_is_missing(run, client, kept):
    for folder in sorted(path for path in (run / "gallery").iterdir() if path.is_dir())[kept:]:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    answer = client.get(ADDRESS)
    assert answer.status_code == 200
    assert ("At least two people" if kept else "is empty") in read(answer).text
    assert client.get(f"{ADDRESS}rows?end=1").status_code == 404
