"""The report card, compared with figures that are computed in another way, on made-up embeddings."""

import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from pipeline import evaluate
from pipeline.common.errors import JobError
from pipeline.datasets import Faces
from pipeline.evaluate.card import card
from pipeline.faces.preprocess import Preprocessing
from pipeline.pairs import PARTS, PairData, fingerprint
from pipeline.pairs.extra import add_people
from pipeline.recognise import baselines, thresholds
from pipeline.recognise.spaces import PLAIN


def made_up(part_of_people, photos, by_image=None):
    """Noise instead of faces. part_of_people: one part per person; by_image: one part per photo of each person."""
    people = np.repeat(np.arange(len(part_of_people), dtype=np.int32), photos)
    images = np.random.default_rng(0).integers(0, 256, (len(people), 1, 8, 6), np.uint8)
    names = tuple(f"p{k}" for k in range(len(part_of_people)))
    faces = Faces(images, people, names, tuple(f"{n}.png" for n in range(len(people))))
    part = np.array(list(by_image) * len(names) if by_image else np.repeat(part_of_people, photos), "<U5")
    nothing = {p: np.empty((0, 2), np.int32) for p in PARTS}, {p: np.empty(0, bool) for p in PARTS}
    return PairData(faces.images, faces.people, faces.names, faces.sources, part, *nothing, {})


def knowing(data, z):
    """A recogniser whose embeddings of the images of `data` are z."""
    entry = {"threshold": 1.0, "far": 0.1, "frr": 0.2, "gallery_size": 10}
    settings = {"preset": "default", "data": fingerprint(data)}
    return SimpleNamespace(
        embed=lambda pictures, landmarks: z[: len(pictures)],
        preprocessing=Preprocessing((8, 6)),
        thresholds=dict.fromkeys(("pair", "both", "mean", "nearest"), entry),
        unit_length=False,
        space=PLAIN,
        extra={"settings": settings, "seconds": 1.0, "parameters": 5, "thresholds_chosen_on": "val"},
    )


@pytest.fixture(scope="module", autouse=True)
def fewer_rounds():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.evaluate.command.ROUNDS", 60)
        patch.setattr(thresholds, "ROUNDS", 5)
        yield


@pytest.fixture(scope="module")
def unseen():
    """2 people to train, 2 to validate, 6 to test, 7 photos each; embeddings scattered round 10 points."""
    data = made_up(["train"] * 2 + ["val"] * 2 + ["test"] * 6, 7)
    rng = np.random.default_rng(3)
    z = rng.normal(size=(10, 3))[data.people] + 0.6 * rng.normal(size=(70, 3))
    return data, z


@pytest.fixture(scope="module")
def report(unseen):
    return evaluate.evaluate(knowing(*unseen), unseen[0], seed=5)


def distances(z, people):
    """The distances of all pairs: (same, different)."""
    same, different = [], []
    for i, j in itertools.combinations(range(len(z)), 2):
        (same if people[i] == people[j] else different).append(np.sqrt(((z[i] - z[j]) ** 2).sum()))
    return np.array(same), np.array(different)


def figures(report, way="ours"):
    return {name: figure["mean"] for name, figure in report["results"][way].items()}


def test_the_figures_of_pairs_are_those_of_their_definitions(unseen, report):
    data, z = unseen
    test = data.part == "test"
    same, different = distances(z[test], data.people[test])
    found = figures(report)
    nearer = [(d < different).sum() + (d == different).sum() / 2 for d in same]
    assert found["auc"] == pytest.approx(100 * np.mean(nearer) / len(different), abs=0.01)
    assert found["balanced_accuracy"] == pytest.approx(50 * ((same < 1).mean() + (different >= 1).mean()), abs=0.01)
    possible = np.concatenate([same, different, [9]])
    allowed = [(same < t).mean() for t in possible if (different < t).mean() <= 0.01]
    assert found["tar_at_far_1"] == pytest.approx(100 * max(allowed), abs=0.01)
    worst = min(max((different < t).mean(), (same >= t).mean()) for t in possible)
    assert found["eer"] == pytest.approx(100 * worst, abs=100 / len(same) + 100 / len(different))


@pytest.mark.parametrize(("metric", "shots"), [("one_shot", 1), ("five_shot", 5)])
def test_few_shot_figures_are_near_the_mean_over_galleries_drawn_elsewhere(unseen, report, metric, shots):
    data, z = unseen
    rng, scores = np.random.default_rng(99), []
    rows = [np.flatnonzero(data.people == person) for person in range(4, 10)]
    for _ in range(400):
        drawn = [rng.permutation(of_person) for of_person in rows]
        means = [z[of_person[:shots]].mean(0) for of_person in drawn]
        right = [
            np.argmin([((z[i] - m) ** 2).sum() for m in means]) == k
            for k, of_person in enumerate(drawn)
            for i in of_person[shots:]
        ]
        scores.append(100 * np.mean(right))
    figure = report["results"]["ours"][metric]
    assert figure["mean"] == pytest.approx(np.mean(scores), abs=4)
    assert figure["spread"] == pytest.approx(np.std(scores), rel=0.3)
    assert 30 < figure["mean"] < 99, "else this shows little"


def test_the_open_set_figures_count_photos(unseen, report):
    data, z = unseen
    roles = evaluate.open_set_roles(data, 5)
    gallery = {
        person: z[[i for i in roles.enrolled if data.people[i] == person]]
        for person in data.people[roles.known]
    }

    def nearest(row):
        away = {}
        for person, own in gallery.items():
            to_mean = np.sqrt(((z[row] - own.mean(0)) ** 2).sum())
            away[person] = (to_mean + 2 * min(np.sqrt(((z[row] - photo) ** 2).sum()) for photo in own)) / 3
        person = min(away, key=away.get)
        return person, away[person]

    known = [(nearest(row), data.people[row]) for row in roles.known]
    found = figures(report)
    limit = report["thresholds"]["both"]["threshold"]
    assert report["thresholds"]["both"]["found"] == "gallery" and limit != 1
    assert found["known_accepted"] == pytest.approx(100 * np.mean([d < limit for (_, d), _ in known]), abs=0.01)
    assert found["known_named_right"] == pytest.approx(
        100 * np.mean([d < limit and answer == person for (answer, d), person in known]), abs=0.01
    )
    assert found["strangers_rejected"] == pytest.approx(
        100 * np.mean([nearest(row)[1] >= limit for row in roles.strangers]), abs=0.01
    )
    assert 0 < found["known_named_right"] < found["known_accepted"], "else this shows little"


def test_roles_are_disjoint_and_of_the_test_part(unseen):
    data, _ = unseen
    for seed in range(5):
        roles = evaluate.open_set_roles(data, seed)
        rows = np.concatenate([roles.enrolled, roles.known, roles.strangers])
        assert sorted(rows) == data.indices("test").tolist(), "each test photo has one role"
        inside, outside = set(data.people[roles.enrolled]), set(data.people[roles.strangers])
        assert set(data.people[roles.known]) == inside and not inside & outside
        assert (len(inside), len(outside)) == (4, 2)
        assert set(np.unique(data.people[roles.enrolled], return_counts=True)[1]) == {5}
        assert roles.counts(data) == {"gallery_people": 4, "stranger_people": 2, "enrolled_photos": 20,
                                      "known_photos": 8, "strangers_photos": 14}  # fmt: skip
    assert np.array_equal(evaluate.open_set_roles(data, 1).strangers, evaluate.open_set_roles(data, 1).strangers)
    assert len({tuple(evaluate.open_set_roles(data, seed).strangers) for seed in range(9)}) > 1


def test_too_few_people_or_photos_have_no_roles_and_still_a_card():
    for parts, photos in ((["train"] * 2 + ["test"] * 2, 7), (["train"] * 2 + ["test"] * 3, 5)):
        data = made_up(parts, photos)
        assert evaluate.open_set_roles(data, 0) is None
        z = np.eye(len(parts))[data.people]
        report = evaluate.evaluate(knowing(data, z), data)
        assert report["open_set"] is None and "strangers_rejected" not in report["results"]["ours"]
        assert figures(report)["one_shot"] == 100 and "Report card" in card(report)


def test_a_perfect_network_gets_100_and_a_constant_one_gets_nothing_for_free(unseen):
    data, _ = unseen
    best = figures(evaluate.evaluate(knowing(data, 5 * np.eye(10)[data.people]), data))
    assert best.pop("eer") == 0 and set(best.values()) == {100.0}
    worst = figures(evaluate.evaluate(knowing(data, np.ones((70, 3))), data))
    assert worst["one_shot"] == worst["five_shot"] == worst["known_named_right"] == 0, "a tie is wrong"
    assert worst["auc"] == worst["eer"] == worst["balanced_accuracy"] == 50 and worst["tar_at_far_1"] == 0


def test_raw_pixels_are_judged_on_the_same_galleries(unseen, report):
    data, _ = unseen
    pixels = baselines.raw_pixels(data.images[:, 0])
    assert np.allclose(pixels, data.images.reshape(70, 48) / 255)
    as_network = evaluate.evaluate(knowing(data, pixels), data, seed=5)
    theirs, ours = (figures(r, way) for r, way in ((report, "raw_pixels"), (as_network, "ours")))
    for metric in ("one_shot", "five_shot", "auc", "eer", "tar_at_far_1"):
        assert theirs[metric] == ours[metric]


def test_new_photos_of_known_people_are_compared_with_their_training_photos():
    data = made_up(["x"] * 5, 6, by_image=["train"] * 3 + ["val"] + ["test"] * 2)
    rng = np.random.default_rng(8)
    z = rng.normal(size=(5, 3))[data.people] + 0.7 * rng.normal(size=(30, 3))
    report = evaluate.evaluate(knowing(data, z), data)
    assert report["protocol"] == "known people" and report["open_set"] is None
    train, test = data.indices("train"), data.indices("test")
    nearest = [data.people[train[np.argmin([((z[i] - z[j]) ** 2).sum() for j in train])]] for i in test]
    means = [z[[j for j in train if data.people[j] == person]].mean(0) for person in range(5)]
    by_mean = [np.argmin([((z[i] - mean) ** 2).sum() for mean in means]) for i in test]
    found = figures(report)
    assert found["nearest_photo"] == pytest.approx(100 * np.mean(nearest == data.people[test]), abs=0.01)
    assert found["mean_gallery"] == pytest.approx(100 * np.mean(by_mean == data.people[test]), abs=0.01)
    one_shot = []
    for chosen in itertools.product(range(3), repeat=5):
        gallery = [z[6 * person + photo] for person, photo in enumerate(chosen)]
        one_shot += [np.argmin([((z[i] - g) ** 2).sum() for g in gallery]) == data.people[i] for i in test]
    assert found["one_shot"] == pytest.approx(100 * np.mean(one_shot), abs=4)
    assert 20 < found["one_shot"] < 99, "else this shows little"


def test_chance_is_one_in_all_people_that_are_possible_answers():
    data = made_up(["x"] * 5, 6, by_image=["train"] * 3 + ["val"] + ["test"] * 2)
    part = data.part.copy()
    part[(data.people >= 2) & (part == "test")] = "drop"
    data = replace(data, part=part)
    report = evaluate.evaluate(knowing(data, np.eye(5)[data.people]), data)
    assert report["people"] == 2 and figures(report, "chance")["one_shot"] == 20


def test_chance_of_unseen_people(report):
    assert figures(report, "chance") == pytest.approx(
        {"one_shot": 16.67, "five_shot": 16.67, "auc": 50, "eer": 50, "tar_at_far_1": 1, "balanced_accuracy": 50}
    )


def test_data_that_cannot_be_judged_is_refused_with_its_reason():
    for parts, reason in (
        (["train"] * 3, "fewer than 2 people"),
        (["train"] * 2 + ["test"], "fewer than 2 people: make the pairs again with --test 2"),
    ):
        data = made_up(parts, 3)
        with pytest.raises(JobError, match=reason):
            evaluate.evaluate(knowing(data, np.eye(3)[data.people]), data)
    data = made_up(["train"] * 2 + ["test"] * 2, 3)
    part = data.part.copy()
    part[0] = "test"
    mixed = replace(data, part=part)
    with pytest.raises(JobError, match="some test people were trained on and some not"):
        evaluate.evaluate(knowing(mixed, np.eye(4)[mixed.people]), mixed)


def test_a_model_of_other_pairs_is_refused_since_it_may_know_the_test_photos(unseen):
    data, z = unseen
    swapped = replace(
        data, part=np.where(data.part == "test", "train", np.where(data.part == "train", "test", data.part))
    )
    with pytest.raises(JobError, match="not trained on these pairs.*choose the --pairs that it was trained on"):
        evaluate.evaluate(knowing(data, z), swapped)


def test_the_report_is_the_same_again_and_another_seed_draws_other_galleries(unseen, report):
    data, z = unseen
    assert evaluate.evaluate(knowing(data, z), data, seed=5) == report
    other = evaluate.evaluate(knowing(data, z), data, seed=6)
    assert other["results"]["ours"]["auc"] == report["results"]["ours"]["auc"]
    assert other["results"]["ours"]["one_shot"] != report["results"]["ours"]["one_shot"]


def test_extra_people_change_no_figure_where_they_do_not_train(unseen, report):
    data, z = unseen
    others = np.random.default_rng(8).integers(0, 256, (10, 1, 8, 6), np.uint8)
    faces = Faces(others, np.repeat(np.arange(2, dtype=np.int32), 5), ("A", "B"), tuple(f"{n}.jpg" for n in range(10)))
    more, _ = add_people(data, faces)
    again = evaluate.evaluate(knowing(more, np.concatenate([z, z[:10]])), more, seed=5)
    assert again["results"] == report["results"]
