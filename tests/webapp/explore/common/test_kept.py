"""Results that are kept, and what is not kept."""

import pytest

from webapp.explore.common.kept import Kept


def test_a_result_is_computed_once_also_from_many_threads(at_once):
    kept, computed = Kept(), []
    at_once(8, lambda k: kept.get("trace", "key", lambda: computed.append(k)))
    assert len(computed) == 1


def test_the_oldest_of_a_kind_goes_and_other_kinds_stay():
    kept = Kept()
    kept.get("face", 0, lambda: "face")
    for key in range(3):
        kept.get("trace", key, lambda: "old", at_most=2)
    assert kept.get("trace", 0, lambda: "new", at_most=2) == "new"
    assert kept.get("trace", 2, lambda: "new", at_most=2) == "old" and kept.get("face", 0, lambda: "new") == "face"


def test_a_failure_is_not_kept():
    kept = Kept()
    with pytest.raises(ZeroDivisionError):
        kept.get("trace", 0, lambda: 1 / 0)
    assert kept.get("trace", 0, lambda: 5) == 5
