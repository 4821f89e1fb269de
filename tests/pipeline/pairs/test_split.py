"""People, or photos, are split before pairs are drawn."""

import numpy as np
import pytest

from pipeline.common.errors import JobError
from pipeline.datasets import Faces, drawn
from pipeline.pairs import PARTS, build, by_image, by_person
from pipeline.pairs.report import lines, summary

FACES = drawn.draw(6, 4, np.random.default_rng(0), size=(40, 32))


def rng(seed=0):
    return np.random.default_rng(seed)


def noise(*photos):
    """Faces of noise, which have no duplicates: photos[p] of person p."""
    people = np.repeat(np.arange(len(photos), dtype=np.int32), photos)
    images = rng().integers(0, 256, (len(people), 1, 12, 10), np.uint8)
    names = tuple(f"p{person}" for person in range(len(photos)))
    return Faces(images, people, names, tuple(f"{names[p]}/{i}.png" for i, p in enumerate(people)))


def sizes(values):
    return {part: len(set(values[part])) for part in PARTS}


def by_part(split, values):
    return {part: np.asarray(values)[split.part == part].tolist() for part in PARTS}


def assert_disjoint(groups):
    everything = [value for part in PARTS for value in set(groups[part])]
    assert len(everything) == len(set(everything))


@pytest.mark.parametrize("seed", range(5))
def test_split_by_person_leaves_no_person_and_no_photo_on_both_sides(seed):
    split = by_person(FACES, val=0, test=0.2, rng=rng(seed))
    people = by_part(split, FACES.people)
    assert sizes(people) == {"train": 4, "val": 0, "test": 2}
    assert_disjoint(people)
    assert_disjoint(by_part(split, split.duplicates.hashes))
    data = build(FACES, split, 100, rng(seed))
    for part in ("train", "test"):
        assert set(FACES.people[data.pairs[part].ravel()]) == set(people[part])


@pytest.mark.parametrize("seed", range(5))
def test_split_by_image_leaves_no_photo_on_both_sides_and_everybody_in_training(seed):
    split = by_image(FACES, val=0, test=0.2, rng=rng(seed))
    assert sizes(by_part(split, FACES.people)) == {"train": 6, "val": 0, "test": 6}
    assert_disjoint(by_part(split, split.duplicates.hashes))
    data = build(FACES, split, 100, rng(seed))
    assert_disjoint({part: data.pairs[part].ravel().tolist() for part in PARTS})


@pytest.mark.parametrize(("split", "kind"), [(by_person, "person"), (by_image, "image")])
def test_the_report_names_the_kind_of_split(split, kind):
    data = build(FACES, split(FACES, val=0, test=0.2, rng=rng()), 20, rng())
    assert summary(data)["split"] == kind
    assert f"split by {kind}" in "\n".join(lines(summary(data)))


@pytest.mark.parametrize("split", [by_person, by_image])
def test_a_seed_fixes_the_split_and_another_one_changes_it(split):
    first, again, other = (split(FACES, val=0, test=2, rng=rng(seed)).part for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()


def test_numbers_are_people_and_shares_are_about_that_many():
    faces = noise(*[3] * 20)
    for val, test, expected in ((5, 7, [8, 5, 7]), (0.1, 0.25, [13, 2, 5]), (0, 18, [2, 0, 18]), (0, 0, [20, 0, 0])):
        split = by_person(faces, val=val, test=test, rng=rng())
        assert list(sizes(by_part(split, faces.people)).values()) == expected


def test_by_image_numbers_are_photos_of_each_person():
    faces = noise(10, 10, 6, 3, 1)
    split = by_image(faces, val=2, test=4, rng=rng())
    counts = [[int((split.part[faces.people == p] == part).sum()) for part in PARTS] for p in range(5)]
    assert counts == [[4, 2, 4], [4, 2, 4], [2, 0, 4], [2, 0, 1], [1, 0, 0]]
    split = by_image(faces, val=0.1, test=0.3, rng=rng())
    counts = [[int((split.part[faces.people == p] == part).sum()) for part in PARTS] for p in range(5)]
    assert counts == [[5, 2, 3], [5, 2, 3], [2, 2, 2], [2, 0, 1], [1, 0, 0]]


def test_a_person_with_one_photo_trains_with_pairs_of_different_people_only():
    faces = noise(3, 3, 3, 1)
    for seed in range(10):
        split = by_person(faces, val=0, test=2, rng=rng(seed))
        assert split.part[faces.people == 3].tolist() == ["train"]
        data = build(faces, split, 30, rng(seed))
        single = (data.pairs["train"] == 9).any(1)
        assert single.any() and not data.same["train"][single].any()
    assert summary(data)["single"] == ["p3"]
    assert any("1 photo" in line for line in lines(summary(data)))


def test_few_people_validate_nobody_by_a_share():
    faces = noise(3, 3, 3, 3)
    split = by_person(faces, val=0.1, test=0.2, rng=rng())
    assert sizes(by_part(split, faces.people)) == {"train": 2, "val": 0, "test": 2}


def test_few_photos_validate_nothing_by_a_share():
    split = by_image(FACES, val=0.1, test=0.2, rng=rng())
    assert sizes(by_part(split, np.arange(24))) == {"train": 12, "val": 0, "test": 12}


@pytest.mark.parametrize("seed", range(10))
def test_photos_that_stay_together_never_exceed_the_size_of_a_part(seed):
    faces = noise(9, 9)
    images = faces.images.copy()
    images[1] = images[2] = images[0] // 2  # near: three photos that stay together
    images[2] += 1
    split = by_image(Faces(images, faces.people, faces.names, faces.sources), val=0, test=2, rng=rng(seed))
    assert len(split.duplicates.near) == 3
    assert (split.part[:9] == "test").sum() == 2 and (split.part[:3] == "train").all()


@pytest.mark.parametrize(
    ("faces", "val", "test", "reason"),
    [
        (noise(5), 0, 0, "Pairs need 2 people with photos, and only p0 has any"),
        (noise(5, 5), 0, 2, "There are 2 people, 2 of them with 2 photos or more: too few .* 2 for test"),
        (noise(5, 5, 5), 0.1, 0.2, "There are 3 people.*split by image"),
        (noise(5, 5, 5, 5, 5), 2, 2, "too few"),
        (noise(2, 1, 1, 1, 1), 0, 2, "5 people, 1 of them with 2 photos"),
        (noise(5, 5, 5, 5), 0, 1, "1 person makes no pairs of different people"),
        (noise(5, 5, 5, 5), 1, 0, "1 person makes no pairs of different people"),
        (noise(5, 5, 5, 5), -1, 2, "val is -1"),
        (noise(5, 5, 5, 5), 0, 1.5, "test is 1.5"),
        (noise(5, 5, 5, 5), 0, float("inf"), "test is inf"),
        (noise(5, 5, 5, 5), float("nan"), 2, "val is nan"),
    ],
)
def test_an_impossible_split_by_person_is_refused_with_its_reason(faces, val, test, reason):
    with pytest.raises(JobError, match=reason):
        by_person(faces, val=val, test=test, rng=rng())


@pytest.mark.parametrize(
    ("faces", "val", "test", "reason"),
    [
        (noise(5), 0, 0.2, "Pairs need 2 people"),
        (noise(2, 2), 0, 0.5, "No photo is left for test"),
        (noise(4, 4), 1, 2, "No photo is left for val"),
        (noise(4, 4), 0, -0.2, "test is -0.2"),
    ],
)
def test_an_impossible_split_by_image_is_refused_with_its_reason(faces, val, test, reason):
    with pytest.raises(JobError, match=reason):
        by_image(faces, val=val, test=test, rng=rng())


@pytest.mark.parametrize(
    ("photos", "people", "reason"),
    [
        ([0, 0], [0, 1], "nobody has any"),
        ([0, 0, 1, 2], [0, 1, 2, 2], "only c has any"),
        ([0, 0, 1, 2, 3], [0, 1, 0, 1, 2], "too few to train"),
    ],
)
def test_too_few_people_because_of_photos_under_two_people_is_said_with_an_example(photos, people, reason):
    images = noise(9).images[photos]
    sources = tuple(f"{number}.png" for number in range(len(photos)))
    faces = Faces(images, np.array(people, np.int32), ("a", "b", "c"), sources)
    with pytest.raises(JobError, match=f"{reason}.* 2 photos were left out, .* like 0.png and 1.png"):
        by_person(faces, val=0, test=2, rng=rng())


def test_a_part_without_possible_pairs_is_refused_by_its_name():
    faces = noise(3, 3)
    split = by_image(faces, val=0, test=1, rng=rng())
    with pytest.raises(JobError, match="No pairs for test: .*everybody has 1"):
        build(faces, split, 10, rng())


def test_each_part_gets_its_number_of_pairs():
    split = by_person(FACES, val=2, test=2, rng=rng())
    data = build(FACES, split, {"train": 31, "test": 7}, rng())
    assert {part: len(data.pairs[part]) for part in PARTS} == {"train": 31, "val": 0, "test": 7}
    data = build(FACES, split, 13, rng(5))
    assert [len(data.pairs[part]) for part in PARTS] == [13] * 3
    with pytest.raises(ValueError, match="train, val, test, got train, valid"):
        build(FACES, split, {"train": 31, "valid": 7}, rng())
    assert data.info["seed"] == 5
