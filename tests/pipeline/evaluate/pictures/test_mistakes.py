import itertools

import numpy as np

from pipeline.common.figure import label
from pipeline.evaluate.pictures.mistakes import SHOWN, mistakes, worst


def captions(figure):
    return [axes.texts[0].get_text() for axes in figure.axes]


def test_the_worst_of_each_two_people_is_shown_with_names_and_distance(unseen):
    data, z = unseen.data, unseen.z
    nearest, farthest = {}, {}
    for i, j in itertools.combinations(data.indices("test"), 2):
        d, who = np.linalg.norm(z[i] - z[j]), (data.people[i], data.people[j])
        if who[0] == who[1]:
            farthest[who] = max(farthest.get(who, 0), d)
        else:
            nearest[who] = min(nearest.get(who, np.inf), d)
    figure = mistakes(unseen)
    expected = [f"{d:.2f}, {'wrong' if d < 1.5 else 'right'}" for d in sorted(nearest.values())[:SHOWN]]
    expected += [f"{d:.2f}, {'wrong' if d >= 1.5 else 'right'}" for d in sorted(farthest.values())[::-1][:SHOWN]]
    assert [caption.splitlines()[-1] for caption in captions(figure)] == expected
    assert len(expected) == SHOWN + 6, "8 of the 15 couples, and each of the 6 people"
    a, b = min(nearest, key=nearest.get)
    assert captions(figure)[0].startswith(f"{label(data.names[a])}\n{label(data.names[b])}\n")


def test_both_photos_of_a_pair_are_shown_unchanged(unseen):
    d = np.where(unseen.same, np.inf, unseen.distances())
    a, b = unseen.pairs[d.argmin()]
    shown = mistakes(unseen).axes[0].images[0].get_array()
    assert np.array_equal(shown[:, :6], unseen.data.images[a, 0])
    assert np.array_equal(shown[:, -6:], unseen.data.images[b, 0])


def test_the_head_counts_all_mistakes(unseen):
    d, same = unseen.distances(), unseen.same
    said = " ".join(text.get_text() for text in mistakes(unseen).texts)
    assert f"{np.sum(d[~same] < 1.5)} of {np.sum(~same)} pairs of two people" in said
    assert f"{np.sum(d[same] >= 1.5)} of {np.sum(same)} pairs of one person" in said


def test_pairs_of_the_other_kind_are_never_chosen():
    people = np.array([[0, 1], [0, 1], [2, 3], [4, 4]])
    assert worst(people, np.array([0.3, 0.2, 0.9, np.inf])) == [1, 2]
