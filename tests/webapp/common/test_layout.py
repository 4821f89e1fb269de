import pytest

from webapp.common.layout import in_words, lay_out


@pytest.mark.parametrize(
    "values, texts",
    [
        ([0.5, 0.25], ["0.500", "0.250"]),
        ([0.5004, 0.5, 0.9], ["0.5004", "0.5000", "0.9000"]),
        ([0.5, 0.5], ["0.500", "0.500"]),
        ([0.0, 1e-16], ["0.0000000000000000", "0.0000000000000001"]),
        ([0.0, 1e-30], ["0.0", "1e-30"]),
    ],
)
def test_two_numbers_that_differ_are_never_shown_as_equal(values, texts):
    assert in_words(values) == texts


def answer(threshold, *distances):
    rows = [{"person": str(d), "distance": d, "photo": "k", "photo_distance": d, "photos": 1} for d in distances]
    return {"threshold": threshold, "ranking": rows}


def test_places_are_in_proportion_to_distances_and_threshold():
    layout = lay_out(answer(0.6, 0.3, 0.9))
    assert layout.rows[0].at * 2 == pytest.approx(layout.threshold_at)
    assert layout.rows[1].at == pytest.approx(1.5 * layout.threshold_at)
    assert [row.same for row in layout.rows] == [True, False]


def test_a_distance_at_the_threshold_is_not_the_same_person():
    assert not lay_out(answer(0.6, 0.6)).rows[0].same


@pytest.mark.parametrize(
    "threshold, largest", [(0.6, 1.41), (0.6, 0.1), (0.01, 0.011), (40, 250), (0.5, 2.0), (0, 0), (1e-3, 7)]
)
def test_the_scale_begins_at_0_ends_beyond_everything_and_has_round_ticks(threshold, largest):
    layout = lay_out(answer(threshold, 0.0, largest))
    values, places = zip(*layout.ticks)
    assert (values[0], places[0], places[-1]) == (0, 0, pytest.approx(100))
    assert values[-1] > max(threshold, largest)
    assert layout.threshold_at <= 100 and max(row.at for row in layout.rows) < 100
    assert 4 <= len(values) <= 10
    assert f"{values[1]:.0e}"[0] in "125"
    assert values[1] == pytest.approx(float(f"{values[1]:.0e}"))
    assert values == pytest.approx([k * values[1] for k in range(len(values))])
