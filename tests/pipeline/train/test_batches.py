"""The batches of a training: they hold only training images, and their pairs have the right labels."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.common.errors import JobError
from pipeline.train import batches


def embed(rows):
    """An embedding for each row of the data, always the same one."""
    return np.random.default_rng(3).normal(size=(1000, 5)).astype(np.float32)[rows]


def drawn(data, recipe, count=30):
    """(images of the batch, pairs as rows of the data, same) of some batches."""
    rng = np.random.default_rng(1)
    source = batches.source(data, recipe)
    source.new_epoch(embed, rng)
    for _ in range(count):
        batch = source.draw(rng)
        pairs, same = batch.choose_pairs(embed(batch.images))
        yield batch.images, batch.images[pairs], same


@pytest.mark.parametrize("way", ["hard", "semi-hard", "mined", "fixed"])
def test_every_pair_is_of_training_images_and_is_labelled_right(few_pairs, quick, way):
    used = set()
    for images, pairs, same in drawn(few_pairs, replace(quick, pairs=way, pairs_a_batch=16)):
        assert (few_pairs.part[images] == "train").all()
        assert same.dtype == bool and same.any() and not same.all()
        assert np.array_equal(same, few_pairs.people[pairs[:, 0]] == few_pairs.people[pairs[:, 1]])
        assert (pairs[:, 0] != pairs[:, 1]).all()
        assert len(set(images)) == len(images), "an image is embedded once"
        assert set(pairs.ravel()) == set(images)
        used |= set(images)
    assert used == set(few_pairs.indices("train")), "every training image is used"


@pytest.mark.parametrize("way", ["hard", "semi-hard"])
def test_a_batch_of_people_has_as_many_people_and_images_as_the_recipe_says(few_pairs, quick, way):
    recipe = replace(quick, pairs=way, people_a_batch=4, images_a_person=3)
    for images, _, _ in drawn(few_pairs, recipe):
        assert np.unique(few_pairs.people[images], return_counts=True)[1].tolist() == [3, 3, 3, 3]


def test_where_people_are_few_each_of_them_gives_more_images(few_pairs, quick):
    recipe = replace(quick, people_a_batch=9, images_a_person=2)
    for images, _, _ in drawn(few_pairs, recipe):
        assert np.unique(few_pairs.people[images], return_counts=True)[1].tolist() == [3] * 6, "of 9 x 2 images"


def test_people_with_fewer_images_give_what_they_have(few_pairs, quick):
    train = few_pairs.indices("train")
    part = few_pairs.part.copy()
    part[train[1:4]] = "drop"  # of the first person one image is left
    data = replace(few_pairs, part=part, **without_pairs())
    for images, _, same in drawn(data, replace(quick, people_a_batch=6)):
        assert sorted(np.unique(data.people[images], return_counts=True)[1]) == [1, 4, 4, 4, 4, 4]
        assert (same.sum(), (~same).sum()) == (20, 21), "a person's only image has a negative and no positive"


def test_hard_and_semi_hard_pairs_differ(few_pairs, quick):
    hard, semi = (
        [pairs for _, pairs, _ in drawn(few_pairs, replace(quick, pairs=way))] for way in ("hard", "semi-hard")
    )
    assert any(not np.array_equal(a, b) for a, b in zip(hard, semi))


def test_fixed_pairs_are_those_of_the_pairs_folder(few_pairs, quick):
    known = {tuple(pair) for pair in few_pairs.pairs["train"]}
    for _, pairs, _ in drawn(few_pairs, replace(quick, pairs="fixed", pairs_a_batch=10)):
        assert len(pairs) == 10 and {tuple(pair) for pair in pairs} <= known


def test_mined_pairs_follow_the_embeddings_of_each_epoch(few_pairs, quick):
    source = batches.source(few_pairs, replace(quick, pairs="mined"))
    people, row = few_pairs.people, few_pairs.indices("train")[0]
    of_person = np.flatnonzero((people == people[row]) & (few_pairs.part == "train"))
    for far in of_person[1:]:
        z = np.random.default_rng(0).normal(size=(len(people), 4))
        z[of_person] = 0
        z[far] = 50  # the hardest positive of each other photo of this person
        source.new_epoch(lambda rows: z[rows], np.random.default_rng(2))
        assert len(source.pairs) == 2 * len(few_pairs.indices("train"))
        pairs = source.pairs[source.same & (people[source.pairs[:, 0]] == people[row])]
        assert len(pairs) and (pairs == far).any(1).all()


def test_a_batch_of_more_pairs_than_there_are_takes_them_all_once(few_pairs, quick):
    for _, pairs, _ in drawn(few_pairs, replace(quick, pairs="fixed", pairs_a_batch=500), 2):
        assert sorted(map(tuple, pairs)) == sorted(map(tuple, few_pairs.pairs["train"]))


def test_too_few_people_or_photos_in_a_part_are_refused_by_name(few_pairs, quick):
    for part in ("train", "val"):
        rows = few_pairs.indices(part)
        for keep in (
            few_pairs.people[rows] == few_pairs.people[rows[0]],
            np.diff(few_pairs.people[rows], prepend=-1) != 0,
        ):
            left = few_pairs.part.copy()
            left[rows[~keep]] = "drop"  # one person, then one photo per person
            with pytest.raises(JobError, match=f"the {part} part needs at least 2 people, one of them with 2 photos"):
                batches.source(replace(few_pairs, part=left, **without_pairs()), quick)


def test_a_recipe_that_needs_pairs_says_so(few_pairs, quick):
    for way in ("fixed", "mined"):
        with pytest.raises(JobError, match="no training pairs: make it again with siamese-np pairs"):
            batches.source(replace(few_pairs, **without_pairs()), replace(quick, pairs=way))
    batches.source(replace(few_pairs, **without_pairs()), quick)


def without_pairs():
    parts = ("train", "val", "test")
    return {
        "pairs": {part: np.empty((0, 2), np.int32) for part in parts},
        "same": {part: np.empty(0, bool) for part in parts},
    }
