"""The tables of photos and people from elsewhere, on embeddings and faces that the tests make."""

import json

import numpy as np
import pytest

from benchmarks.field import few, open_set
from benchmarks.field.__main__ import text
from pipeline.datasets import drawn


@pytest.fixture(scope="module")
def faces():
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(9), 6)
    z = rng.normal(size=(9, 8))[people] + 0.8 * rng.normal(size=(54, 8))
    return z / np.linalg.norm(z, axis=1, keepdims=True), people


def test_the_best_threshold_accepts_as_many_strangers_and_names_no_fewer(faces, monkeypatch):
    monkeypatch.setattr(open_set, "GALLERIES", 20)
    fixed = open_set.figures(*faces, threshold_of=lambda z, owners: 0.8)
    assert fixed["enrolled_people"] == 6 and fixed["people"] == 9
    assert fixed["share_of_best"] == pytest.approx(100, abs=3), "a fixed threshold is the best one of its rate"
    rng = np.random.default_rng(1)
    noisy = open_set.figures(*faces, threshold_of=lambda z, owners: rng.uniform(0.4, 1.2))
    assert noisy["share_of_best"] < 95
    assert noisy["strangers_unknown"] + noisy["far_measured"] == pytest.approx(100)


def test_everybody_and_nobody_is_accepted_by_a_large_and_by_a_small_threshold(faces, monkeypatch):
    monkeypatch.setattr(open_set, "GALLERIES", 3)
    everybody, nobody = (open_set.figures(*faces, threshold_of=lambda z, owners, t=t: t) for t in (9.0, 0.0))
    assert everybody["far_measured"] == 100 and everybody["named_right"] == everybody["nearest_right"]
    assert nobody["far_measured"] == 0 and nobody["named_right"] == nobody["named_wrong"] == 0
    assert nobody["best_named_right"] > 0 and nobody["share_of_best"] == 0, "the best one that accepts nobody names some"


def test_named_right_at_a_rate_counts_only_right_ones_below_the_quantile_of_strangers():
    nearest, right = np.array([0.1, 0.2, 0.3, 0.9]), np.array([True, False, True, True])
    strangers = np.linspace(0, 1, 101)
    assert open_set.named_right_at(nearest, right, strangers, 0.5) == 0.5


def test_a_draw_learns_from_4_people_with_8_photos_and_asks_about_their_other_photos():
    faces = drawn.draw(6, 13, np.random.default_rng(0), size=(40, 32))
    learnt, new, strangers = few.draw(faces, 3)
    people = faces.people
    assert np.unique(people[learnt], return_counts=True)[1].tolist() == [8] * 4
    assert set(people[new]) == set(people[learnt]) and not set(people[strangers]) & set(people[learnt])
    assert not set(learnt) & set(new)


def test_draws_that_were_measured_are_not_measured_again(tmp_path, monkeypatch):
    asked = []

    def one(faces, seed):
        asked.append(seed)
        return {"nearest_right": 90.0 + seed, "promised": {}}

    monkeypatch.setattr(few, "_one", one)
    first, again = (few.measure(None, draws, tmp_path) for draws in (2, 3))
    assert asked == [0, 1, 2] and first["mean"] == {"nearest_right": 90.5} and again["mean"] == {"nearest_right": 91.0}


def test_a_table_is_printed_number_by_number():
    lines = text("F2", {"a": 1.5, "inner": {"b": 2}, "listed": [json]})
    assert lines == ["F2: a 1.5", "  inner: b 2"]


def test_one_shot_among_few_people_is_the_mean_over_draws_of_them(faces):
    z, people = faces
    two = open_set.one_shot_of(z, people, 2, True)
    assert open_set.one_shot_of(z, people, 9, True) == pytest.approx(open_set.pairs_and_shots(z, people, True)["one_shot"], abs=2)
    pairs = [np.isin(people, (a, b)) for a in range(9) for b in range(a)]
    expected = [open_set.pairs_and_shots(z[rows], people[rows], True)["one_shot"] for rows in pairs]
    assert two == pytest.approx(np.mean(expected), abs=3) and two > open_set.one_shot_of(z, people, 9, True) + 5
