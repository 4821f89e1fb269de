"""A threshold from the gallery at hand, on embeddings that the tests make themselves."""

from statistics import NormalDist

import numpy as np
import pytest

from pipeline.recognise import gallery_threshold as gallery
from pipeline.recognise import rules
from pipeline.recognise.spaces import PLAIN, WHITENED


def on_sphere(rng, centres, photos, spread=0.6):
    """(N, D) photos of length 1 scattered round the centres, and whose they are."""
    people = np.repeat(np.arange(len(centres)), photos)
    z = centres[people] + spread * rng.normal(size=(len(people), centres.shape[1]))
    return z / np.linalg.norm(z, axis=1, keepdims=True), people


def snapshot(z, people, unit_length=True):
    return gallery.snapshot_of(z, people, [f"p{k}" for k in range(people.max() + 1)], unit_length)


@pytest.fixture(scope="module")
def faces():
    rng = np.random.default_rng(1)
    return on_sphere(rng, rng.normal(size=(6, 16)), 4)


def distance(a, b):
    return float(np.sqrt(((a - b) ** 2).sum()))


def to_person(rule, probe, photos):
    nearest, mean = min(distance(probe, photo) for photo in photos), sum(photos)
    to_mean = distance(probe, mean / np.sqrt((mean**2).sum()))
    return {"mean": to_mean, "nearest": nearest, "both": (to_mean + 2 * nearest) / 3}[rule]


@pytest.mark.parametrize("rule", rules.RULES)
def test_each_photo_is_asked_about_all_other_people_and_about_the_rest_of_its_own(faces, rule):
    z, people = faces
    among = gallery.among(snapshot(z, people), rule)
    others = [[to_person(rule, z[i], z[people == k]) for k in range(6) if k != people[i]] for i in range(len(z))]
    own = [to_person(rule, z[i], [z[j] for j in range(len(z)) if people[j] == people[i] and j != i]) for i in range(len(z))]
    assert among.people == 6
    np.testing.assert_allclose(among.nearest, [min(row) for row in others], atol=1e-9)
    assert among.mean == pytest.approx(np.mean(others))
    assert among.spread == pytest.approx(np.sqrt(6 / 5) * np.std(others) / np.mean(others))
    np.testing.assert_allclose(among.own, own, atol=1e-9)


def test_the_order_of_the_photos_does_not_matter(faces):
    z, people = faces
    order = np.random.default_rng(0).permutation(len(z))
    one, other = (gallery.among(snapshot(*both), "mean") for both in ((z, people), (z[order], people[order])))
    assert sorted(one.nearest) == pytest.approx(sorted(other.nearest)) and one.mean == pytest.approx(other.mean)


def test_means_are_not_scaled_where_embeddings_have_no_length_1(faces):
    z, people = 5 * faces[0], faces[1]
    among = gallery.among(snapshot(z, people, unit_length=False), "mean")
    rest = [z[(people == people[0]) & (np.arange(len(z)) != 0)].mean(0)]
    assert among.own[0] == pytest.approx(distance(z[0], rest[0]))


def test_the_threshold_is_that_of_the_formulas(faces):
    z, people = faces
    among, t0 = gallery.among(snapshot(z, people), "mean"), 0.4

    def q(count):
        return NormalDist().inv_cdf(1 - 0.95 ** (1 / count))

    c = (15 * among.spread + 20 * 0.17) / 35  # (3)
    s = among.mean * (1 + c * q(6))  # (2)
    s = (15 * s + 10 * t0) / 25  # (4); for fewer people than 10 the model's threshold stays
    values, wanted = sorted(among.nearest), (1 - 0.95 ** (5 / 6)) * 25  # (1), of 24 photos the k-th smallest has k / 25 below it
    e = values[int(wanted) - 1] + wanted % 1 * (values[int(wanted)] - values[int(wanted) - 1])
    assert gallery.threshold(among, t0, 10) == pytest.approx((15 * e + 150 * s) / 165)


def test_a_gallery_of_one_person_has_the_threshold_of_the_model(faces):
    z, people = faces
    among = gallery.among(snapshot(z[people == 0], people[people == 0]), "mean")
    assert among.people == 1 and len(among.nearest) == 0 and len(among.own) == 4
    assert gallery.threshold(among, 0.4, 10) == 0.4


def test_one_photo_of_each_person_is_enough(faces):
    z, people = faces
    among = gallery.among(snapshot(z[::4], people[::4]), "nearest")
    assert len(among.own) == 0 and len(among.nearest) == 6
    assert 0 < gallery.threshold(among, 0.4, 10) < among.mean


@pytest.mark.parametrize(("people", "stricter"), [(4, False), (10, False), (40, True)])
def test_the_model_s_threshold_becomes_stricter_for_more_people_and_is_not_loosened_for_fewer(people, stricter):
    pairs = people * (people - 1) / 2
    # nothing but the model has a say
    among = gallery.Among(people, np.zeros(3 * people), 0.0, PLAIN.spread, np.empty(0))
    share = 10 / (pairs + 10) * 150 / (pairs + 150)
    kept = gallery.threshold(among, 0.4, 10) / share
    assert kept == pytest.approx(0.4 * gallery.normal(1, people, 0.17) / gallery.normal(1, 10, 0.17) if stricter else 0.4)
    assert (kept < 0.39) == stricter


@pytest.mark.parametrize("space", [PLAIN, WHITENED])
@pytest.mark.parametrize("people", [1, 2, 5, 20, 200])
def test_where_distances_are_normal_the_share_of_strangers_is_the_one_promised(people, space):
    rng = np.random.default_rng(people)
    d = rng.normal(1.0, space.spread, size=(200_000 // people, people))
    assert np.mean(d.min(1) < gallery.normal(1.0, people, space.spread)) == pytest.approx(gallery.FAR, abs=0.02)


@pytest.mark.parametrize("people", [1, 4, 40])
def test_a_whitened_model_s_threshold_is_that_of_the_size_also_for_fewer_people(people):
    among = gallery.Among(people, np.zeros(3 * people if people > 1 else 0), 0.0, WHITENED.spread, np.empty(0))
    pairs = people * (people - 1) / 2
    kept = gallery.threshold(among, 0.7, 10, WHITENED) / (10 / (pairs + 10) * 150 / (pairs + 150))
    assert kept == pytest.approx(0.7 * gallery.normal(1, people, WHITENED.spread) / gallery.normal(1, 10, WHITENED.spread))
    assert (kept > 0.7) == (people < 10)


@pytest.mark.parametrize("space", [PLAIN, WHITENED])
def test_what_is_expected_of_a_threshold_undoes_it(space):
    t = gallery.normal(0.8, 12, space.spread)
    far_of_one = gallery.expected_far(t, t, 12, space.spread)
    assert 1 - (1 - far_of_one) ** 12 == pytest.approx(gallery.FAR)


@pytest.mark.parametrize(("shots", "people"), [(1, 8), (3, 8), (3, 20)])
def test_strangers_are_refused_on_other_people_and_another_scale(shots, people):
    """The model's threshold accepts several times the strangers it promises, as in front of another camera."""
    rng = np.random.default_rng(shots + people)
    common = 2 * rng.normal(size=17) / np.sqrt(17)
    z, owners = on_sphere(rng, common + rng.normal(size=(60, 17)) / np.sqrt(17), shots + 4, spread=0.12)
    by_gallery, by_model = [], []
    for _ in range(30):
        inside = rng.permutation(60)[:people]
        enrolled = np.zeros(len(z), bool)
        for person in inside:
            enrolled[rng.choice(np.flatnonzero(owners == person), shots, replace=False)] = True
        among = gallery.among(snapshot(z[enrolled], owners[enrolled]), "mean")
        model = 1.25 * gallery.normal(among.mean, 10, 0.17)
        t = gallery.threshold(among, model, 10)
        _, d = rules.gallery_distances("mean", z[enrolled], owners[enrolled], z[~np.isin(owners, inside)])
        by_gallery.append(np.mean(d.min(1) < t))
        by_model.append(np.mean(d.min(1) < model))
    assert np.mean(by_model) > 0.2
    assert 0.02 < np.mean(by_gallery) < 0.13


def test_a_large_gallery_is_asked_about_some_of_its_photos(monkeypatch, faces):
    z, people = faces
    monkeypatch.setattr(gallery, "ASKED", 7)
    among = gallery.among.__wrapped__(snapshot(z, people), "mean")
    assert len(among.nearest) == 7 and among.people == 6
