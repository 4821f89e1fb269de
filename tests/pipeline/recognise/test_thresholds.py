"""Where "the same person" ends, against a slow reading of the definitions."""

import math
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

from pipeline.recognise import gallery_threshold, rules, thresholds
from pipeline.recognise.gallery_threshold import snapshot_of
from pipeline.recognise.rates_in_words import basis as basis_of
from pipeline.recognise.rates_in_words import in_words, rate_of
from pipeline.recognise.spaces import PLAIN, WHITENED
from siamese_np.rates import wilson


def on_sphere(rng, people, spread=0.5, dimensions=8):
    """Embeddings of length 1, scattered round a centre for each person."""
    centres = rng.normal(size=(people.max() + 1, dimensions))
    z = centres[people] + spread * rng.normal(size=(len(people), dimensions))
    return z / np.linalg.norm(z, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def faces():
    """6 people x 8 photos, the last two people validate."""
    rng = np.random.default_rng(4)
    people = np.repeat(np.arange(6), 8)
    return on_sphere(rng, people, 0.7), people, people >= 4


@pytest.fixture(scope="module")
def chosen(faces):
    return thresholds.choose(*faces)


def distance(a, b):
    return float(np.sqrt(((a - b) ** 2).sum()))


def slow_pairs(z, people, asked):
    pairs = [(i, j) for i in range(len(z)) for j in range(i + 1, len(z)) if asked[i] or asked[j]]
    own = [distance(z[i], z[j]) for i, j in pairs if people[i] == people[j]]
    other = [distance(z[i], z[j]) for i, j in pairs if people[i] != people[j]]
    return np.array(own), np.array(other)


def slow_galleries(rule, z, people, asked, shots, unit_length=True):
    """Distances to the own person and to others over the same random galleries, written from the module's docstring."""
    rng, own, other = np.random.default_rng(0), [], []
    for _ in range(thresholds.ROUNDS):
        gallery = {}
        for person in sorted(set(people)):
            photos = [i for i in range(len(z)) if people[i] == person]
            if len(photos) > 1:
                gallery[person] = sorted(rng.choice(photos, shots, replace=False))
        enrolled = {i for photos in gallery.values() for i in photos}
        for probe in (i for i in range(len(z)) if asked[i] and i not in enrolled):
            for person, photos in gallery.items():
                nearest = min(distance(z[probe], z[i]) for i in photos)
                mean = sum(z[i] for i in photos) / len(photos)
                to_mean = distance(z[probe], mean / np.sqrt((mean**2).sum()) if unit_length else mean)
                d = {"mean": to_mean, "nearest": nearest, "both": (to_mean + 2 * nearest) / 3}[rule]
                (own if person == people[probe] else other).append(d)
    return np.array(own), np.array(other)


def share_below(d, threshold):
    return sum(d < threshold) / len(d)


def density(t, d):
    """The density at log t of the normal distribution that fits log d, without constant factors."""
    logs = [math.log(x) for x in d]
    middle = sum(logs) / len(logs)
    variance = sum((x - middle) ** 2 for x in logs) / len(logs)
    return math.exp(-((math.log(t) - middle) ** 2) / (2 * variance)) / math.sqrt(variance)


def slow_crossing(own, other):
    """The distance between the two medians where both densities are equal, by halving."""
    low, high = np.median(own), np.median(other)
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if density(middle, own) > density(middle, other) else (low, middle)
    return low


def test_the_pair_threshold_lies_where_pairs_of_both_kinds_are_equally_likely(faces, chosen):
    own, other = slow_pairs(*faces)
    entry = chosen["pair"]
    assert np.median(own) < entry["threshold"] < np.median(other)
    assert entry["threshold"] == pytest.approx(slow_crossing(own, other), abs=0.002)
    assert entry["far"] == pytest.approx(share_below(other, entry["threshold"]))
    assert entry["frr"] == pytest.approx(1 - share_below(own, entry["threshold"]))
    assert entry["gallery_size"] == 1


def test_where_a_network_learnt_pairs_of_validation_photos_are_asked_and_drawn_towards_those_of_training(faces):
    z, people, asked = faces
    entry = thresholds.choose(z, people, asked, trained=~asked)["pair"]
    own, other = slow_pairs(z[asked], people[asked], np.ones(asked.sum(), bool))
    s = slow_crossing(*slow_pairs(z[~asked], people[~asked], np.ones((~asked).sum(), bool)))
    assert entry["threshold"] == pytest.approx((2 * slow_crossing(own, other) + 10 * s) / 12, abs=0.002)
    assert entry["far"] == pytest.approx(share_below(other, entry["threshold"]))
    assert entry["frr"] == pytest.approx(1 - share_below(own, entry["threshold"]))


def test_in_a_whitened_space_the_pair_threshold_of_training_photos_is_drawn_towards_their_own_pairs(faces):
    z, people, asked = faces
    entry = thresholds.choose(z, people, asked, trained=~asked, space=WHITENED)["pair"]
    v = slow_crossing(*slow_pairs(z[asked], people[asked], np.ones(asked.sum(), bool)))
    own, other = slow_pairs(z[~asked], people[~asked], np.ones((~asked).sum(), bool))
    s = np.median(own) + 0.74 * (slow_crossing(own, other) - np.median(own))  # (3)
    assert entry["threshold"] == pytest.approx((2 * v + 30 * s) / 32, abs=0.002)


def test_photos_of_a_single_validation_person_are_paired_with_training_photos(faces):
    z, people, _ = faces
    asked = people == 5
    entry = thresholds.choose(z, people, asked, trained=~asked)["pair"]
    v = slow_crossing(*slow_pairs(z, people, asked))
    s = slow_crossing(*slow_pairs(z[~asked], people[~asked], np.ones((~asked).sum(), bool)))
    assert entry["threshold"] == pytest.approx((v + 10 * s) / 11, abs=0.002)


def test_validation_photos_of_training_people_do_not_count_as_strangers(faces):
    z, people, _ = faces
    asked = np.arange(len(people)) % 8 > 5
    entry = thresholds.choose(z, people, asked, trained=~asked)["pair"]
    s = slow_crossing(*slow_pairs(z[~asked], people[~asked], np.ones((~asked).sum(), bool)))
    assert entry["threshold"] == pytest.approx(s, abs=0.002)


def test_a_copy_of_a_photo_hardly_moves_the_pair_threshold(faces, chosen):
    z, people, asked = faces
    z, people, asked = (np.concatenate([all_of, all_of[-1:]]) for all_of in (z, people, asked))
    copied = thresholds.choose(z, people, asked)["pair"]["threshold"]
    assert copied == pytest.approx(chosen["pair"]["threshold"], rel=0.1)  # of 57 pairs


def test_pairs_of_one_person_that_are_no_nearer_still_give_a_threshold():
    rng = np.random.default_rng(5)
    people = np.repeat(np.arange(4), 4)
    z = on_sphere(rng, people, 0.1)
    z = z[rng.permutation(16)]  # names have nothing to do with faces
    z[people == 0] = [[1.0] + [0.0] * 7, [-1.0] + [0.0] * 7] * 2
    entry = thresholds.choose(z, people, people > -1)["pair"]
    assert np.isfinite(entry["threshold"]) and 0 <= entry["far"] <= 1 and 0 <= entry["frr"] <= 1


@pytest.mark.parametrize("rule", rules.RULES)
def test_a_gallery_threshold_is_the_largest_that_accepts_at_most_a_twentieth_of_strangers(faces, chosen, rule):
    own, other = slow_galleries(rule, *faces, shots=5)
    entry = chosen[rule]

    def far(t):
        return 1 - (1 - share_below(other, t)) ** 10  # (1)

    assert entry["far"] == pytest.approx(far(entry["threshold"])) and entry["far"] <= 0.05
    further = other[other >= entry["threshold"]].min()
    assert far(further + 1e-6) > 0.05, "one more stranger would be too many"
    assert entry["frr"] == pytest.approx(1 - share_below(own, entry["threshold"]))  # (2)
    assert entry["gallery_size"] == 10


@pytest.mark.parametrize("space", [PLAIN, WHITENED])
@pytest.mark.parametrize("rule", rules.RULES)
def test_a_network_that_learnt_some_photos_is_not_trusted_on_how_far_strangers_are(faces, chosen, rule, space):
    z, people, asked = faces
    trained = ~asked
    given = thresholds.choose(z, people, asked, trained=trained, space=space)
    own, other = slow_galleries(rule, z[trained], people[trained], np.ones(trained.sum(), bool), shots=5)
    u = max(t for t in np.concatenate([other, [0]]) if 1 - (1 - share_below(other, t)) ** 10 <= 0.05)
    s = np.median(own) + {PLAIN: 1 / 3, WHITENED: 0.46}[space] * (u - np.median(own))
    worth = {PLAIN: 10, WHITENED: 30}[space]
    # thresholds lie midway between distances, hence the tolerance; two people validate
    assert given[rule]["threshold"] == pytest.approx((2 * chosen[rule]["threshold"] + worth * s) / (2 + worth), abs=0.02)
    own, other = slow_galleries(rule, z, people, asked, shots=5)
    assert given[rule]["frr"] == pytest.approx(1 - share_below(own, given[rule]["threshold"]))
    assert given[rule]["far"] == pytest.approx(1 - (1 - share_below(other, given[rule]["threshold"])) ** 10)


def test_what_a_network_learnt_by_heart_draws_the_threshold_nearer():
    rng = np.random.default_rng(8)
    people = np.repeat(np.arange(8), 8)
    z = on_sphere(rng, people, 0.1, dimensions=32)
    everyone = np.ones(len(people), bool)
    hopeful, careful = (thresholds.choose(z, people, everyone, trained=t) for t in (None, everyone))
    assert careful["mean"]["threshold"] < 0.6 * hopeful["mean"]["threshold"]
    assert careful["mean"]["frr"] < 0.1


def test_means_are_scaled_only_where_embeddings_have_length_1():
    rng = np.random.default_rng(1)
    people = np.repeat(np.arange(4), 4)
    z = 5 * on_sphere(rng, people) * rng.uniform(0.5, 2, (16, 1))
    chosen = thresholds.choose(z, people, people > 1, unit_length=False)["mean"]
    own, _ = slow_galleries("mean", z, people, people > 1, shots=3, unit_length=False)
    assert chosen["frr"] == pytest.approx(1 - share_below(own, chosen["threshold"]))


def test_who_has_two_photos_gets_galleries_of_one_and_who_has_one_is_only_a_stranger():
    rng = np.random.default_rng(2)
    people = np.array([0, 0, 0, 1, 1, 2, 3, 3, 3, 4])
    z = on_sphere(rng, people, 0.8)
    asked = people >= 3
    chosen = thresholds.choose(z, people, asked)
    for rule in rules.RULES:
        own, other = slow_galleries(rule, z, people, asked, shots=1)
        assert chosen[rule]["frr"] == pytest.approx(1 - share_below(own, chosen[rule]["threshold"]))
        assert chosen[rule]["far"] == pytest.approx(1 - (1 - share_below(other, chosen[rule]["threshold"])) ** 10)


def test_photos_that_are_not_asked_about_are_no_probes(faces):
    z, people, asked = faces
    moved = z.copy()
    one, two = np.flatnonzero(people == 0), np.flatnonzero(people == 1)
    moved[two] = z[one]  # two training people become one and the same
    before, after = (thresholds.choose(x, people, asked)["pair"] for x in (z, moved))
    _, other = slow_pairs(moved, people, asked)
    assert min(other) > 0 and after["far"] == pytest.approx(share_below(other, after["threshold"]))
    assert before["threshold"] > 0


def test_the_same_embeddings_give_the_same_thresholds(faces, chosen):
    assert thresholds.choose(*faces) == chosen
    other = thresholds.choose(*faces, seed=1)
    assert other["pair"] == chosen["pair"] and other["mean"] != chosen["mean"]


def test_embeddings_that_are_all_equal_still_give_thresholds():
    people = np.repeat(np.arange(4), 3)
    chosen = thresholds.choose(np.ones((12, 3)), people, people > 1)
    assert all(entry["far"] <= 0.5 and np.isfinite(entry["threshold"]) for entry in chosen.values())
    assert chosen["mean"]["frr"] == 1, "nobody is accepted rather than everybody"


def test_a_thousand_photos_as_raw_pixels_need_little_memory(monkeypatch):
    monkeypatch.setattr(thresholds, "ROUNDS", 1)
    people = np.repeat(np.arange(100), 10)
    pixels = np.random.default_rng(0).normal(size=(1000, 1000))  # half a million pairs: 4 GB, were each pair two rows
    tracemalloc.start()
    try:
        thresholds.choose(pixels, people, people >= 50)
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


def gallery_of(names, shots=3, seed=0):
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(len(names)), shots)
    return snapshot_of(on_sphere(rng, people, 0.3), people, names)


def model(trained_on=()):
    entry = {"threshold": 0.4, "gallery_size": 10, "people": 5, "photos": 50} | rate_of("far", 0.04, 5, True)
    entry |= rate_of("frr", 0.2, 5, True)
    return SimpleNamespace(thresholds=dict.fromkeys(rules.RULES, entry), space=PLAIN, extra={"trained_on": list(trained_on)})


@pytest.mark.parametrize("rule", rules.RULES)
def test_a_gallery_of_unknown_people_finds_its_own_threshold_and_says_so(rule):
    snapshot = gallery_of(["a", "b", "c", "d"])
    found = thresholds.for_gallery(model(), snapshot, rule)
    among = gallery_threshold.among(snapshot, rule)
    assert found["threshold"] == gallery_threshold.threshold(among, 0.4, 10)
    assert (found["found"], found["people"], found["photos"], found["gallery_size"]) == ("gallery", 4, 12, 4)
    assert found["far"] == 0.05 and not found["far_measured"]
    assert (found["far_low"], found["far_high"]) == wilson(0.05, 4)
    assert found["frr"] == np.mean(among.own >= found["threshold"]) and found["frr_measured"]


@pytest.mark.parametrize(("trained_on", "found"), [((), "gallery"), (("a",), "gallery"), (("a", "b"), "model"),
                                                   (("a", "b", "c", "d"), "model")])  # fmt: skip
def test_people_the_network_was_trained_on_keep_the_model_s_threshold(trained_on, found):
    entry = thresholds.for_gallery(model(trained_on), gallery_of(["a", "b", "c", "d"]), "mean")
    assert entry["found"] == found
    if found == "model":
        assert entry["threshold"] == 0.4
        assert entry["far"] == pytest.approx(1 - 0.96 ** (4 / 10)), "the rate is that of this gallery's size"


def test_one_person_has_the_model_s_threshold_and_no_measured_rate():
    entry = thresholds.for_gallery(model(), gallery_of(["a"]), "mean")
    assert (entry["found"], entry["threshold"], entry["gallery_size"]) == ("model", 0.4, 1)
    assert not entry["far_measured"]


def test_one_photo_of_each_person_tells_nothing_of_known_people():
    entry = thresholds.for_gallery(model(), gallery_of(["a", "b", "c"], shots=1), "mean")
    assert entry["frr"] is None and in_words(entry, "frr") == "not measured"
    assert in_words(entry, "far") == "about 5% (estimated from the gallery's own 3 people, 3 photos)"


def test_a_rate_is_measured_on_people_who_did_not_train_or_says_that_it_is_not(faces):
    z, people, asked = faces
    measured = thresholds.choose(z, people, asked, trained=~asked)
    for entry in measured.values():
        assert entry["far_measured"] and entry["people"] == 2 and entry["photos"] == 16
        assert (entry["far_low"], entry["far_high"]) == wilson(entry["far"], 2)
    everyone = np.ones(len(people), bool)
    for rule, entry in thresholds.choose(z, people, everyone, trained=everyone).items():
        assert not entry["far_measured"] and not entry["frr_measured"] and entry["people"] == 0
        assert entry["far"] == thresholds.FAR or rule == "pair"
        assert (entry["far_low"], entry["far_high"]) == (0, 1)
        assert "estimated" in in_words(entry, "far")
    text = in_words(measured["mean"], "far")
    assert "measured on 2 people, 16 photos" in text


def test_an_answer_by_a_model_of_before_says_that_nothing_is_known_of_its_rates():
    old = {"threshold": 0.4, "far": 0.0, "frr": 0.1, "gallery_size": 10}
    basis = basis_of(old)
    assert basis["found"] == "model" and not basis["far_measured"] and basis["far_low"] is None
    assert basis["false_accepts"] == "about 0% (estimated)"
