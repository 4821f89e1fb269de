"""The curves and bars, compared with counts."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from pipeline.evaluate.pictures import pairs


def text_of(figure):
    return "\n".join(text.get_text() for text in figure.texts)


@pytest.fixture
def by_hand(unseen):
    """The distances of all pairs of test photos: (same, different)."""
    data, z, same, different = unseen.data, unseen.z, [], []
    for i, j in itertools.combinations(data.indices("test"), 2):
        (same if data.people[i] == data.people[j] else different).append(np.sqrt(((z[i] - z[j]) ** 2).sum()))
    return np.array(same), np.array(different)


def test_the_roc_accepts_what_counting_accepts(unseen, by_hand):
    same, different = by_hand
    figure = pairs.roc(unseen)
    line = next(line for line in figure.axes[0].lines if line.get_label().startswith("this network"))

    def best_within(far):
        return max(100 * np.mean(same < t) for t in different if np.mean(different < t) <= far)

    for far in (0.05, 0.3, 0.8):
        at = np.flatnonzero(line.get_xdata() <= 100 * far)[-1]
        assert line.get_ydata()[at] == pytest.approx(best_within(far))
    best = best_within(0.01)
    assert f"{best:.1f} % of the same pairs are accepted where 1 %" in text_of(figure)
    assert f"this network: {best:.1f} %" == line.get_label()
    assert f"{len(same) + len(different)} pairs of 42 photos of people that training never saw" in text_of(figure)


def test_all_methods_and_chance_are_on_the_roc(unseen):
    names = [line.get_label().split(":")[0] for line in pairs.roc(unseen).axes[0].lines]
    assert [name for name in names if not name.startswith("_")] == [
        "this network", "raw pixels", "eigenfaces", "Fisherfaces", "chance"
    ]  # fmt: skip


def test_the_bars_of_each_kind_sum_to_100_percent_and_the_caption_counts_those_below_the_threshold(unseen, by_hand):
    same, different = by_hand
    figure = pairs.distances(unseen)
    for polygon in figure.axes[0].patches:
        x, y = polygon.get_xy().T
        bars = y[1:-1:2]
        assert bars.sum() == pytest.approx(100)
    said = f"Below the threshold 1.50 lie {100 * np.mean(same < 1.5):.1f} % of the {len(same)} same pairs and "
    assert said in text_of(figure).replace("\n", " ")
    said = f"{100 * np.mean(different < 1.5):.1f} % of the {len(different)} different ones"
    assert said in text_of(figure).replace("\n", " ")


def test_new_photos_of_known_people_are_paired_with_the_known_photos_alone(known):
    probes, gallery = known.data.indices("test"), known.data.indices("train")
    assert {tuple(two) for two in known.pairs.tolist()} == set(itertools.product(probes, gallery))
    assert known.same.sum() == len(probes) * 5
    a, b = known.pairs[17]
    assert known.distances()[17] == pytest.approx(np.linalg.norm(known.z[a] - known.z[b]))
    assert "16 new photos, each against 40 known photos" in text_of(pairs.roc(known))


def test_equal_distances_leave_room_for_the_threshold(unseen):
    vectors = {"ours": np.zeros_like(unseen.z)}
    axes = pairs.distances(replace(unseen, vectors=vectors)).axes[0]
    assert axes.get_xlim()[1] > 1.5
