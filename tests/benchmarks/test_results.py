import pytest

from benchmarks import results
from benchmarks.cases import CASES
from benchmarks.contenders import CONTENDERS


def bursts(*medians: float) -> list[dict]:
    """One round of three steps for each median, in wall ms; the CPU time is twice that."""
    return [{"wall": [0, m / 1e3, 1], "cpu": [0, 2 * m / 1e3, 2]} for m in medians]


PREPARED = {
    "ours": {"setting": "fused", "memory_mb": 20.0, "step_mb": 0.25},
    "torch": {"setting": "contiguous", "memory_mb": None, "step_mb": 0.0},
}
BURSTS = {"ours": bursts(2, 1, 9), "torch": bursts(12, 11, 13), "torch_tuned": bursts(10, 10, 10)}


def test_a_time_is_the_median_over_rounds_and_its_spread_the_lowest_and_highest_round():
    assert results.summary(bursts(2, 1, 9), "wall") == (pytest.approx(2), (pytest.approx(1), pytest.approx(9)))


def test_wall_time_counts_at_two_threads_and_cpu_time_at_one():
    assert results.row(CASES["S-train-16"], 2, PREPARED, BURSTS, 400.0)["ours_ms"] == 2
    assert results.row(CASES["S-train-16"], 1, PREPARED, BURSTS, 400.0)["ours_ms"] == 4


def test_a_row_has_the_agreed_keys_and_null_for_a_missing_contender():
    row = results.row(CASES["S-train-16"], 2, PREPARED, BURSTS, 400.0)
    assert {"case", "threads", "gflops", "share_of_peak", *(f"{name}_ms" for name in CONTENDERS)} <= set(row)
    assert (row["torch_ms"], row["torch_tuned_ms"]) == (12, 10)
    assert row["keras_ms"] is None and row["tf_function_ms"] is None and row["numpy_ms"] is None
    assert row["spread_ms"]["torch"] == [11, 13]
    assert row["settings"] == {"ours": "fused", "torch": "contiguous"}
    assert row["memory_mb"] == {"ours": 20, "torch": None} and row["ours_step_mb"] == 0.25


def test_a_ratio_is_that_of_the_better_setting():
    row = results.row(CASES["S-train-16"], 2, PREPARED, BURSTS, 400.0)
    assert row["ratios"] == {"torch": 5, "keras_tf": None}


def test_speed_is_operations_over_time_and_its_share_is_relative_to_the_peak():
    row = results.row(CASES["S-train-16"], 2, PREPARED, BURSTS, 400.0)
    assert row["gflops"] == pytest.approx(CASES["S-train-16"].operations / 2e-3 / 1e9, rel=1e-3)
    assert row["share_of_peak"] == pytest.approx(row["gflops"] / 400, rel=1e-3)


def test_a_start_has_no_gflops():
    row = results.row(CASES["start"], 2, {}, BURSTS, 400.0)
    assert row["gflops"] is None and row["share_of_peak"] is None and row["ours_step_mb"] is None


def test_a_row_without_ours_has_no_ratios():
    row = results.row(CASES["S-train-16"], 2, {}, {"torch": bursts(3)}, 400.0)
    assert row["ours_ms"] is None and row["ratios"] == {"torch": None, "keras_tf": None} and row["gflops"] is None
