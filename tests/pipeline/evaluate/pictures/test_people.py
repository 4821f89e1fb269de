from dataclasses import replace

import numpy as np
import pytest

from pipeline.evaluate.pictures import people


def cells(figure):
    """{(row, column): count} of the matrix, and the names of its rows and columns."""
    (axes,) = figure.axes
    counts = {(int(t.get_position()[1]), int(t.get_position()[0])): int(t.get_text()) for t in axes.texts}
    return counts, *([tick.get_text() for tick in ticks] for ticks in (axes.get_yticklabels(), axes.get_xticklabels()))


def test_the_matrix_counts_who_is_taken_for_whom(unseen):
    roles, owners, z = unseen.roles, unseen.data.people, unseen.z
    inside = np.unique(owners[roles.enrolled])
    photos = {person: z[[r for r in roles.enrolled if owners[r] == person]] for person in inside}
    expected = {}
    for row in (*roles.known, *roles.strangers):
        away = {
            person: (np.linalg.norm(z[row] - own.mean(0)) + 2 * np.linalg.norm(z[row] - own, axis=1).min()) / 3
            for person, own in photos.items()
        }
        nearest = min(away, key=away.get)
        answer = list(inside).index(nearest) if away[nearest] < 1.2 else len(inside)
        truth = list(inside).index(owners[row]) if row in roles.known else len(inside)
        expected[truth, answer] = expected.get((truth, answer), 0) + 1
    figure = people.confusion(unseen)
    counts, rows, columns = cells(figure)
    assert counts == expected and len(expected) > len(inside) + 1, "else this shows little"
    assert (rows[-1], columns[-1]) == ("strangers", "unknown") and len(rows) == len(columns) == len(inside) + 1
    right = sum(count for (truth, answer), count in expected.items() if truth == answer)
    probes = len(roles.known) + len(roles.strangers)
    assert any(text.get_text() == f"{right} of {probes} photos are answered right." for text in figure.texts)


def test_what_is_wrong_is_marked_by_more_than_a_shade(unseen):
    (axes,) = people.confusion(unseen).axes
    for text in axes.texts:
        column, row = text.get_position()
        assert (text.get_bbox_patch() is not None) == (row != column)


def test_of_known_people_nobody_is_unknown(known):
    counts, rows, columns = cells(people.confusion(known))
    assert len(rows) == len(columns) == 8 and "unknown" not in columns
    assert sum(counts.values()) == 16


def test_there_is_no_matrix_without_a_gallery(unseen):
    assert people.confusion(replace(unseen, roles=None)) is None


@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_flat_view_keeps_what_spreads_most(size):
    rng = np.random.default_rng(size)
    z = rng.normal(size=(30, size)) * (5, 3, 1, 0.5, 0.1)[:size] + 7
    at, share = people.flat(z)
    variances = np.sort(np.linalg.eigvalsh(np.cov(z.T).reshape(size, size)))[::-1]
    assert at.shape == (30, 2) and np.allclose(at.mean(0), 0)
    kept = variances[:2].tolist() + [0] * (2 - len(variances[:2]))
    assert np.allclose(at.var(0, ddof=1), kept)
    assert share == pytest.approx(variances[:2].sum() / variances.sum())


def test_the_flat_view_is_the_same_for_photos_in_another_order():
    z = np.random.default_rng(1).normal(size=(20, 6))
    order = np.random.default_rng(2).permutation(20)
    assert np.allclose(people.flat(z)[0][order], people.flat(z[order])[0])


def test_each_test_photo_is_a_point_on_the_map_and_each_person_has_a_name(unseen):
    (axes,) = people.embedding_map(unseen).axes
    at, _ = people.flat(unseen.z[unseen.test])
    points = np.concatenate([collection.get_offsets() for collection in axes.collections])
    assert {tuple(p) for p in np.round(points, 9)} == {tuple(p) for p in np.round(at, 9)}
    assert len(axes.collections) == len(axes.texts) == 6
    looks = [(tuple(c.get_facecolor()[0]), c.get_paths()[0].vertices.tobytes()) for c in axes.collections]
    assert len(set(looks)) == 6
