"""From bursts to one row of the result: medians, spread, ratios, share of the peak."""

import statistics
from collections.abc import Mapping
from typing import Any

from benchmarks.cases import Case
from benchmarks.contenders import CONTENDERS, GROUPS
from benchmarks.drive import Burst

CLOCKS = {2: "wall", 1: "cpu"}
"""The clock for each number of threads. With two, the time that one waits; with one, the work that is done."""


def summary(bursts: list[Burst], clock: str) -> tuple[float, tuple[float, float]]:
    """The median in ms over rounds of the median of a round, and the lowest and highest round."""
    rounds = [1e3 * statistics.median(burst[clock]) for burst in bursts]
    return statistics.median(rounds), (min(rounds), max(rounds))


def row(
    case: Case, threads: int, prepared: Mapping[str, Mapping], bursts: Mapping[str, list[Burst]], peak_gflops: float
) -> dict[str, Any]:
    """The result of one case at one number of threads, as JSON values. A contender that did not take part has None."""
    summaries = {name: summary(rounds, CLOCKS[threads]) for name, rounds in bursts.items()}
    ms = {name: summaries[name][0] if name in summaries else None for name in CONTENDERS}
    gflops = case.operations / ms["ours"] / 1e6 if ms["ours"] and case.kind != "start" else None
    return {
        "case": case.name,
        "threads": threads,
        "clock": CLOCKS[threads],
        **{f"{name}_ms": significant(value) for name, value in ms.items()},
        "gflops": significant(gflops),
        "share_of_peak": significant(gflops and gflops / peak_gflops),
        "ratios": {group: significant(ratio(ms, members)) for group, members in GROUPS.items()},
        "spread_ms": {name: [significant(end) for end in ends] for name, (_, ends) in summaries.items()},
        "settings": {name: answer["setting"] for name, answer in prepared.items()},
        "memory_mb": {name: significant(answer["memory_mb"]) for name, answer in prepared.items()},
        "ours_step_mb": significant(prepared["ours"]["step_mb"]) if "ours" in prepared else None,
    }


def ratio(ms: Mapping[str, float | None], opponents: tuple[str, ...]) -> float | None:
    """How many times longer than siamese-np the fastest of the opponents takes."""
    times = [ms[name] for name in opponents if ms[name]]
    return min(times) / ms["ours"] if times and ms["ours"] else None


def significant(value: float | None, digits: int = 4) -> float | None:
    """The value, rounded to the digits that a measurement can tell."""
    return None if value is None else float(f"{value:.{digits}g}")
