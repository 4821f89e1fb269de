"""Recipes by name."""

import dataclasses
import json

import numpy as np
import pytest

from pipeline.faces.preprocess import Preprocessing
from pipeline.train.augmentation import Augmentation
from pipeline.train.recipes import PAIR_SOURCES, PRESETS, Member, Recipe, recipe
from siamese_np.losses import ContrastiveLoss
from siamese_np.models import NETWORKS
from siamese_np.optimizers import OPTIMIZERS, SCHEDULES


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_names_things_that_exist(name):
    r = PRESETS[name]
    assert r.network in NETWORKS and r.optimizer in OPTIMIZERS and r.schedule in SCHEDULES and r.pairs in PAIR_SOURCES
    ContrastiveLoss(r.margin, r.power)


def test_changes_replace_what_is_given_and_none_leaves_the_preset():
    changed = recipe("default", epochs=3, rate=None, pairs="fixed")
    assert (changed.epochs, changed.pairs) == (3, "fixed")
    assert changed.steps(np.full(20, 30)) is None, "epochs replace steps"
    default = PRESETS["default"]
    assert dataclasses.replace(changed, epochs=100, steps_a_pair=default.steps_a_pair, pairs="hard") == default


def test_steps_grow_with_the_pairs_of_photos_per_person_and_stay_within_their_bounds():
    r = Recipe(steps_a_pair=10, steps_between=(400, 800))
    assert [r.steps(np.full(20, photos)) for photos in (1, 10, 11, 100)] == [400, 450, 550, 800]
    assert r.steps(np.array([1, 14])) == 455, "the mean of 0 and 91 pairs, not the pairs of the mean"
    assert r.steps(np.full(2000, 4)) == 20 * 8000 / 64, "thousands of photos are seen 20 times each"


def test_with_landmarks_the_aligned_networks_take_the_place_of_the_others():
    plain = PRESETS["best"]
    assert not any(view.align for view in plain.views) and plain.uses_landmarks
    aligned = plain.for_landmarks()
    assert aligned.views == (plain.preprocessing, *(member.preprocessing for member in plain.more_aligned))
    assert aligned.uses_landmarks and aligned.for_landmarks() == aligned
    assert not PRESETS["original"].uses_landmarks


def test_each_network_of_a_recipe_has_its_own_view_augmentation_and_steps():
    strong, bare = Augmentation(rotation=90), Member(Preprocessing((24, 20), align=1.0), None, (70, 80))
    r = Recipe(augmentation=strong, more=(bare,), steps_a_pair=10, steps_between=(5, 6), rate=0.5, mirror=True)
    first, second = r.members
    assert first == dataclasses.replace(r, more=()) and first.members == (first,)
    assert second == dataclasses.replace(
        first, preprocessing=bare.preprocessing, augmentation=None, steps_between=(70, 80)
    )
    assert r.views == (r.preprocessing, bare.preprocessing)


def test_a_recipe_as_json_holds_every_setting():
    stored = json.loads(json.dumps(recipe("default").to_json()))
    assert set(stored) == {field.name for field in dataclasses.fields(Recipe)}
    assert stored["preprocessing"] == {"size": [56, 46], "standardise": True, "align": None, "zoom": 1.0}
    assert stored["augmentation"]["mirror"] is True


def test_a_batch_holds_people_times_images_or_two_images_per_pair():
    assert Recipe(pairs="semi-hard", people_a_batch=5, images_a_person=3, pairs_a_batch=7).images_a_batch == 15
    assert Recipe(pairs="mined", people_a_batch=5, images_a_person=3, pairs_a_batch=7).images_a_batch == 14


def test_few_people_are_not_whitened():
    default = recipe("default")
    assert default.whiten and default.for_people(15) == default
    assert default.for_people(14) == dataclasses.replace(default, whiten=None)
