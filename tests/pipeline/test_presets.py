"""Recipes by name."""

import dataclasses
import json

import pytest

from pipeline.presets import PAIR_SOURCES, PRESETS, Recipe, recipe
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
    assert (changed.epochs, changed.steps, changed.pairs) == (3, None, "fixed"), "epochs stand in place of steps"
    assert dataclasses.replace(changed, epochs=100, steps=800, pairs="hard") == PRESETS["default"]


def test_a_recipe_as_json_holds_every_setting():
    stored = json.loads(json.dumps(recipe("default").to_json()))
    assert set(stored) == {field.name for field in dataclasses.fields(Recipe)}
    assert (
        stored["preprocessing"] == {"size": [56, 46], "standardise": True, "align": None, "zoom": 1.0} and stored["augmentation"]["mirror"] is True
    )


def test_a_batch_holds_people_times_images_or_two_images_a_pair():
    assert Recipe(pairs="semi-hard", people_a_batch=5, images_a_person=3, pairs_a_batch=7).images_a_batch == 15
    assert Recipe(pairs="mined", people_a_batch=5, images_a_person=3, pairs_a_batch=7).images_a_batch == 14
