"""A made-up model: 8 people of noise, 7 photos each; 6 of them are in the test part."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.evaluate.pictures import Judged
from pipeline.evaluate.roles import open_set_roles
from pipeline.pairs import PARTS, PairData

NAMES = ("Ann", "Bob", "北京", "$x_{1$ ^", "two\nlines", "A_very_long_name_of_Somebody", "", "שלום")


@pytest.fixture(scope="session")
def unseen() -> Judged:
    people = np.repeat(np.arange(8, dtype=np.int32), 7)
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (56, 1, 8, 6), np.uint8)
    part = np.where(people < 2, "train", "test").astype("<U5")
    nothing = {p: np.empty((0, 2), np.int32) for p in PARTS}, {p: np.empty(0, bool) for p in PARTS}
    data = PairData(images, people, NAMES, tuple(f"{n}.png" for n in range(56)), part, *nothing, {})
    z = rng.normal(size=(8, 3))[people] + 0.6 * rng.normal(size=(56, 3))
    vectors = {"ours": z} | {name: rng.normal(size=(56, 2)) for name in ("raw_pixels", "eigenfaces", "fisherfaces")}
    thresholds = {rule: {"threshold": threshold} for rule, threshold in (("pair", 1.5), ("both", 1.2))}
    return Judged(data, vectors, thresholds, False, open_set_roles(data, 0), None)


@pytest.fixture(scope="session")
def known(unseen) -> Judged:
    """New photos of people that were trained on: 5 photos of each person are known, 2 are probes."""
    part = np.where(np.arange(56) % 7 < 5, "train", "test").astype("<U5")
    data = replace(unseen.data, part=part)
    return replace(unseen, data=data, roles=None, gallery=data.indices("train"))
