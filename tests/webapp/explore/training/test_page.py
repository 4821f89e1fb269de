"""Watch it train: its events against a training that the test makes, the switches, and the pace."""

import io
import json
import re
import time

import numpy as np
import pytest
from PIL import Image

from pipeline.common.errors import JobError
from siamese_np import metrics
from siamese_np.layers import L2Normalize, ReLU
from siamese_np.losses import ContrastiveLoss
from tests.webapp.reader import read
from webapp.explore.training import anchor, hand, lesson, looks
from webapp.explore.training import course as courses
from webapp.explore.training.lesson import Pace
from webapp.explore.training.switches import SWITCHES, recipe_of

ADDRESS = "/explore/training/"


@pytest.fixture
def events(client, monkeypatch):
    """events(query, steps) -> (name, value) of all events of a training of so many steps."""

    def run(query="", steps=3):
        monkeypatch.setattr(courses, "STEPS", steps)
        text = client.get(f"{ADDRESS}run?{query}").get_data(as_text=True)
        return [(name, json.loads(value)) for name, value in re.findall(r"event: (.*)\ndata: (.*)\n", text)]

    return run


def of(events, kind):
    return [value for name, value in events if name == kind]


def test_each_step_is_that_of_the_training(events, make_course, steps_of):
    sent = of(events("seed=3"), "step")
    assert [one["step"] for one in sent] == [1, 2, 3]
    for one, (loss, d, same) in zip(sent, steps_of(make_course(seed=3), 3), strict=True):
        assert one["loss"] == loss
        assert one["same"] == pytest.approx(d[same].mean()) and one["different"] == pytest.approx(d[~same].mean())
        assert one["pairs"] == len(d) and one["idle"] == np.sum(~same & (d >= 1) | same & (d == 0))


def test_the_rate_rises_as_the_page_says(events, client):
    text = read(client.get(ADDRESS)).text
    steps = int(re.search(r"to its full size within the first (\d+) steps", text)[1])
    rates = [one["rate"] for one in of(events("", 3), "step")]
    full = recipe_of("default", "").rate
    assert f"adam at a rate of {full:g}" in text
    assert rates == pytest.approx([full * (n + 1) / steps for n in range(3)])
    assert "After that it falls to 0" in text and recipe_of("default", "").schedule == "cosine"


def test_a_step_says_when_it_was_computed(events):
    before = time.time()
    at = [one["at"] for one in of(events(), "step")]
    assert before < at[0] < at[1] < at[2] < time.time()


def test_an_epoch_has_the_histogram_the_error_rate_and_the_filters_of_that_moment(events, make_course, steps_of):
    first, *_, last = of(events("", 2), "epoch")
    course = make_course()
    for value, steps in ((first, 0), (last, 2)):
        steps_of(course, steps)
        z = course.embed(course.watched)
        pairs, same = metrics.all_pairs(course.data.people[course.watched])
        d = metrics.pair_distances(z, pairs)
        assert value["eer"] == pytest.approx(metrics.roc(d, same).eer)
        assert (value["d_same"], value["d_different"]) == pytest.approx((d[same].mean(), d[~same].mean()))
        trained = course.data.indices("train")
        pairs, kinds = metrics.all_pairs(course.data.people[trained])
        d_trained = metrics.pair_distances(course.embed(trained), pairs)
        assert value["eer_trained"] == pytest.approx(metrics.roc(d_trained, kinds).eer)
        assert value["same"] == np.histogram(d[same], 30, (0, value["top"]))[0].tolist()
        assert sum(value["same"]) + sum(value["different"]) == len(d)
        weight = course.network.tower.layers[0].params["weight"]
        assert value["strongest"] == pytest.approx(np.abs(weight).max())
        np.testing.assert_allclose(np.ravel(value["filters"]), weight.ravel(), atol=1e-5)


def test_a_map_lies_near_the_one_before(events):
    maps = [np.array(value["map"]) for value in of(events("", 3), "epoch")]
    for before, after in zip(maps, maps[1:]):
        for mirrored in ([-1, 1], [1, -1], [-1, -1]):
            assert np.linalg.norm(after - before) <= np.linalg.norm(after * mirrored - before)


def test_a_training_begins_with_what_stays_and_ends_when_all_steps_are_done(events):
    found = events()
    (start,) = of(found, "start")
    assert start["steps"] == 3 and start["plateaus"] == ContrastiveLoss(1.0).plateaus()
    assert len(start["people"]) == len(start["val"]) == len(of(found, "epoch")[0]["map"])
    assert found[-1] == ("end", {"why": "done"})


def test_reversed_labels_turn_same_around_in_training_and_are_shown_as_they_are(events, make_course, steps_of):
    (_, _, right), (_, d, wrong) = steps_of(make_course(), 1)[0], steps_of(make_course("labels"), 1)[0]
    assert np.array_equal(right, ~wrong)
    assert of(events("broken=labels"), "step")[0]["same"] == pytest.approx(d[~wrong].mean())


def test_labels_can_be_reversed_for_pairs_that_are_drawn_at_random(make_course, steps_of):
    (_, _, right), (_, _, wrong) = steps_of(make_course("pairs"), 1)[0], steps_of(make_course("labels-fixed"), 1)[0]
    assert np.array_equal(right, ~wrong)
    course = make_course("labels-fixed")
    assert course.recipe.pairs == "fixed" and np.array_equal(course.truly(wrong), right)


def test_reversed_labels_of_hard_pairs_are_the_easiest_of_the_reversed_task(make_course, steps_of):
    loss, _, _ = steps_of(make_course("labels"), 1)[0]
    course = make_course()
    loss_right, d, same = steps_of(course, 1)[0]
    margin = course.loss.margin
    assert loss == pytest.approx(np.mean(np.where(~same, d, np.maximum(0, margin - d)) ** 2))
    # of each photo the farthest same pair is pushed, and the nearest different one pulled: less is left to do
    assert loss < loss_right


def test_the_hard_pairs_of_one_photo_are_those_that_brute_force_finds(events, make_course, steps_of):
    found = of(events("", 2), "epoch")[-1]["anchor"]
    course = make_course()
    steps_of(course, 2)
    rows = course.data.indices("train")
    people, z = course.data.people[rows], course.embed(rows)
    row = next(n for n in range(len(rows)) if np.sum(people == people[n]) > 2)
    d = np.linalg.norm(z - z[row], axis=1)
    own = [d[n] for n in range(len(rows)) if n != row and people[n] == people[row]]
    others = [d[n] for n in range(len(rows)) if people[n] != people[row]]
    assert found["person"] == course.data.names[people[row]]
    assert found["same"] == pytest.approx(sorted(own), abs=1e-4)
    assert found["different"] == pytest.approx(sorted(others), abs=1e-4)
    assert found["positive"] == pytest.approx(max(own)) and found["negative"] == pytest.approx(min(others))
    farther = [far for far in others if far > max(own)]
    assert (found["semi_hard"] == pytest.approx(min(farther))) if farther else found["semi_hard"] is None
    assert found["beyond"] == sum(far >= 1 for far in others)


def test_a_photo_whose_others_are_all_nearer_than_its_positive_has_no_semi_hard_negative():
    z, people = np.array([[0.0], [3], [1], [2]]), np.array([0, 0, 1, 1])
    found = anchor.pairs_of(z, people, 0, 1.5)
    assert found == {"same": [3], "different": [1, 2], "positive": 3, "negative": 1, "semi_hard": None, "beyond": 1}
    assert anchor.pairs_of(z[:, ::-1] * [[1], [1], [1], [4]], people, 0, 9)["semi_hard"] == 8


def test_a_person_with_three_photos_is_shown_where_there_is_one():
    assert anchor.row_of(np.array([2, 2, 0, 1, 1, 1, 1])) == 3 and anchor.row_of(np.array([1, 0, 0])) == 1


def test_two_looks_at_one_photo_are_apart_and_the_training_does_not_notice(make_course, steps_of):
    course = make_course()
    before = course.rng.bit_generator.state
    x = course.x[course.data.indices("train")]
    far = looks.apart(course.network, x, "default")
    assert far > 0 and far == looks.apart(course.network, x, "default") and course.rng.bit_generator.state == before
    assert looks.apart(course.network, np.zeros_like(x), "default") < far  # only light is left to change


def test_a_face_is_shown_as_it_is_and_changed(client, app):
    page = read(client.get(ADDRESS))
    (picture,) = page.all("img", **{"class": "looks"})
    shown = np.asarray(Image.open(io.BytesIO(client.get(picture["src"]).data)))
    width = shown.shape[1] // (looks.SHOWN + 1)
    first, *others = (shown[:, k * width : (k + 1) * width].astype(float) for k in range(looks.SHOWN + 1))
    assert abs(first.mean() - 127.5) < 1 and first.std() == pytest.approx(looks.GREY, rel=0.05)
    assert all(np.abs(other - first).mean() > 5 for other in others)


def test_what_augmentation_does_is_said_with_the_numbers_of_the_recipe(client):
    how = recipe_of("default", "").augmentation
    text = read(client.get(ADDRESS)).text
    for part in (f"turned by up to {how.rotation:g}°", f"larger or smaller by up to {100 * how.scale:.0f} %",
                 f"shifted by up to {100 * how.shift:.0f} % of its side",
                 f"up to {100 * how.cutout:.0f} % of each side"):  # fmt: skip
        assert part in text


def test_a_margin_that_cannot_be_reached_is_told_where_embeddings_have_length_1(client):
    for query, told in (("", True), ("broken=relu", False), ("preset=original-modern", False)):
        assert ("no two are further than 2 apart" in read(client.get(f"{ADDRESS}?{query}")).text) == told


def test_a_relu_at_the_end_and_no_l2_change_the_network_and_it_is_trained(make_course, steps_of):
    for broken in ("relu", "l2"):
        course = make_course(broken)
        layers = course.network.tower.layers
        assert not any(isinstance(layer, L2Normalize) for layer in layers)
        assert isinstance(layers[-1], ReLU) == (broken == "relu")
        before = layers[0].params["weight"].copy()
        steps_of(course, 1)
        assert not np.array_equal(before, course.network.tower.layers[0].params["weight"])


def test_a_leaked_split_trains_on_the_photos_that_validate(make_course):
    honest, leaked = make_course().data, make_course("leaked").data
    train = {image.tobytes() for image in leaked.images[leaked.indices("train")]}
    assert all(image.tobytes() in train for image in leaked.images[leaked.indices("val")])
    assert not set(honest.people[honest.indices("train")]) & set(honest.people[honest.indices("val")])


@pytest.mark.parametrize("broken, change", [("rate", "rate"), ("augmentation", "augmentation"), ("pairs", "pairs")])
def test_the_other_switches_change_one_setting_of_the_recipe(broken, change):
    whole, changed = (recipe_of("default", name).to_json() for name in ("", broken))
    assert [name for name in whole if whole[name] != changed[name]] == [change]


@pytest.mark.parametrize("broken", SWITCHES)
def test_every_switch_is_explained_and_runs(client, events, broken):
    page = read(client.get(f"{ADDRESS}?broken={broken}"))
    assert SWITCHES[broken].typical in page.text and len({switch.typical for switch in SWITCHES.values()}) == 9
    found = events(f"broken={broken}", 2)
    assert len(of(found, "step")) >= 2 and not of(found, "trouble")


def test_the_page_shows_the_plateaus_before_any_training(client):
    text = read(client.get(ADDRESS)).text
    for name, value in ContrastiveLoss(1.0).plateaus().items():
        assert f"{name}: {value:g}" in text


def test_two_trainings_run_at_most(client, app):
    running = app.extensions["explore_jobs"]
    for _ in range(lesson.AT_ONCE):
        running.start(lesson.Job("training", 60, 1), lesson.AT_ONCE)
    assert client.get(f"{ADDRESS}run").status_code == 503


def test_too_few_people_are_told(app):
    crop = np.zeros((112, 92), np.uint8)
    with pytest.raises(JobError, match="two people"):
        hand.pair_data([("Anna", crop, "1"), ("Anna", crop, "2")], 0, False)


@pytest.mark.parametrize("message, in_epoch, left", [({"step": "1"}, 2, 1), ({"epoch": "1"}, 2, 3), ({"pause": "1"}, 2, 0)])
def test_a_step_an_epoch_and_a_pause(message, in_epoch, left):
    pace = Pace(False, 5)
    pace.hear(message, in_epoch)
    assert pace.paused and pace.left == left and pace.stands == (left == 0)
    pace.hear({"go": "1", "speed": "slow"}, in_epoch)
    assert not pace.stands and pace.wait == 0.5


@pytest.mark.parametrize("query", ["broken=x", "preset=x", "seed=-1", "seed=a"])
def test_a_state_that_is_not_there_is_refused(client, query):
    assert client.get(f"{ADDRESS}?{query}").status_code == 400
