"""What the page says at one threshold, as texts, and where things are drawn. The page shows it, and its script looks it
up for each place of the line: so a line that is dragged asks the server nothing, and computes nothing."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from siamese_np.metrics import Roc
from webapp.explore.thresholds.measured import Measured

STEP = 0.005  # between two places of the line that is dragged
BINS = 60
RARE = 0.01  # the share of same pairs in the second album
WANTED = 0.05  # of strangers in a gallery that get a name
SIZES = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000)  # of galleries, in people


@dataclass(frozen=True)
class Hill:
    """A histogram, in a box of 1000 x 100. wrong: the side of the line on which a distance is a mistake."""

    key: str
    title: str
    counted: str
    wrong: str
    path: str


def reach(measured: Measured, *thresholds: float) -> float:
    """The end of the scale: a multiple of 0.1 beyond all distances."""
    largest = max(measured.d.max(), measured.own.max(), measured.nearest.max(), *thresholds)
    return float(np.ceil(largest * 10 + 0.2) / 10)


def hills(measured: Measured, end: float) -> list[Hill]:
    """The four histograms."""
    d, same = measured.d, measured.same
    return [
        Hill("same", "Two photos of one person", "pairs", "right", _path(d[same], end)),
        Hill("different", "Two photos of two people", "pairs", "left", _path(d[~same], end)),
        Hill("known", "A known person’s photo, to their own photos", "photos", "right", _path(measured.own, end)),
        Hill("strangers", "A stranger’s photo, to the nearest person", "photos", "left", _path(measured.nearest, end)),
    ]


def at(measured: Measured, t: float, end: float) -> dict[str, Any]:
    """At a threshold: texts (id of an element -> its text), x and y of the point on the ROC in percent of its box, the
    line in percent of the scale, and for each of SIZES the height of the curve in percent and in words."""
    fpr, tpr = measured.rates(t)
    same, different = int(measured.same.sum()), int((~measured.same).sum())
    known, strangers = len(measured.own), len(measured.strangers)
    right = int(np.sum((measured.own < t) & (measured.own < measured.other)))
    wrong = int(np.sum((measured.other < t) & (measured.other <= measured.own)))
    refused = int(np.sum(measured.nearest >= t))
    share = measured.share_below(t)
    curve = [1 - (1 - share) ** size for size in SIZES]  # (1) of pipeline/recognise/thresholds.py
    return {
        "texts": {
            "line": f"{t:.3f}",
            "false-rejects": f"{round((1 - tpr) * same):,} of {same:,}",
            "fnr": percent(1 - tpr),
            "false-accepts": f"{round(fpr * different):,} of {different:,}",
            "fpr": percent(fpr),
            "tpr": percent(tpr),
            "balanced": percent((tpr + 1 - fpr) / 2),  # (5) of siamese_np/metrics.py
            "called-same": f"{round(tpr * same) + round(fpr * different):,}",
            "trust": _percent_of(measured.trust(t)),
            "trust-rare": _percent_of(measured.trust(t, RARE)),
            "named": f"{right} of {known}",
            "named-wrong": f"{wrong} of {known}",
            "unknown": f"{known - right - wrong} of {known}",
            "refused": f"{refused} of {strangers}",
            "accepted": f"{strangers - refused} of {strangers}",
            "share": percent(share),
        },
        "at": round(100 * t / end, 3),
        "roc": [round(100 * fpr, 3), round(100 - 100 * tpr, 3)],
        "curve": [round(100 - 100 * far, 3) for far in curve],
        "far": [percent(far) for far in curve],
    }


def needed(measured: Measured) -> list[tuple[str, str]]:
    """For each of SIZES: the largest F with which a gallery of that size accepts WANTED of the strangers, and the line
    with that F among the distances at hand. It is (1) of pipeline/recognise/thresholds.py, solved for F."""
    d = np.sort(measured.strangers.ravel())
    shares = [1 - (1 - WANTED) ** (1 / size) for size in SIZES]
    return [(f"{100 * f:.2g} %", f"{d[int(f * len(d))]:.3f}") for f in shares]


def places(end: float) -> np.ndarray:
    """All places of the line."""
    return np.arange(round(end / STEP) + 1) * STEP


def of_people(measured: Measured, t: float) -> list[tuple[int, float]]:
    """(size, share of strangers accepted) of the galleries that can be made of the people at hand."""
    people = measured.strangers.shape[1]
    return [(size, measured.accepted(t, size)) for size in SIZES if size <= people]


def place_of(size: int) -> float:
    """Where a size of a gallery is drawn, on a scale of logarithms of 300 units."""
    return float(300 * np.log(size) / np.log(SIZES[-1]))


def corners(curve: Roc) -> list[tuple[float, float]]:
    """The points (fpr, tpr) at which the curve turns; between them it is straight."""
    steps = np.diff(np.stack([curve.fpr, curve.tpr]), axis=1)
    turns = np.flatnonzero(np.any((steps[:, 1:] > 0) != (steps[:, :-1] > 0), axis=0)) + 1
    kept = [0, *turns.tolist(), len(curve.fpr) - 1]
    return [(float(curve.fpr[k]), float(curve.tpr[k])) for k in kept]


def percent(share: float) -> str:
    """A share in words. No rate is shown as 0 or 100 where it isn't."""
    text = f"{100 * share:.1f} %"
    if share > 0 and text == "0.0 %":
        return "below 0.1 %"
    return "over 99.9 %" if share < 1 and text == "100.0 %" else text


def _percent_of(share: float | None) -> str:
    return "none" if share is None else percent(share)


def _path(values: np.ndarray, end: float) -> str:
    """The outline of a histogram: its highest bin reaches the top of the box."""
    counts, _ = np.histogram(values, BINS, (0, end))
    tops = 100 - 96 * counts / max(counts.max(), 1)
    width = 1000 / BINS
    steps = "".join(f"V{y:.2f}H{width * (k + 1):.2f}" for k, y in enumerate(tops))
    return f"M0 100{steps}V100Z"
