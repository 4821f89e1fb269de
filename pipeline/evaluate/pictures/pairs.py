"""Pictures of how well distances separate pairs of one person from pairs of two people."""

import numpy as np
from matplotlib.figure import Figure

from pipeline.common.figure import BLACK, BLUE, GREEN, ORANGE, SOFT, VERMILION, page, percent
from pipeline.evaluate.pictures.judged import Judged
from siamese_np import metrics

FAR = 0.01  # the false accept rate that is marked
BINS = 60
METHODS = {  # name, colour, line
    "ours": ("this network", BLUE, "-"),
    "raw_pixels": ("raw pixels", VERMILION, "--"),
    "eigenfaces": ("eigenfaces", GREEN, "-."),
    "fisherfaces": ("Fisherfaces", ORANGE, (0, (6, 1))),
}


def roc(judged: Judged) -> Figure:
    """The true accept rate over the false accept rate, both in percent, the latter on a log scale."""
    curves = {method: metrics.roc(judged.distances(method), judged.same) for method in METHODS}
    ours, different = curves["ours"], int((~judged.same).sum())
    threshold = ours.threshold_at_far(FAR)
    figure, axes = page(
        5.2,
        "Same person or not",
        f"{judged.who}\n{100 * ours.tar_at_far(FAR):.1f} % of the same pairs are accepted where 1 % of the different "
        f"ones are (threshold {threshold:.2f})",
    )
    left = 100 * min(max(1 / different, 1e-5), FAR / 10)  # percent; a log scale has no zero
    for method, curve in curves.items():
        name, colour, line = METHODS[method]
        tar = 100 * curve.tar_at_far(FAR)
        x, y = np.maximum(100 * curve.fpr, left), 100 * curve.tpr
        shown = np.append(np.diff(np.log10(x).round(3)) > 0, True)  # the best point of those that coincide on the axis
        # between two points only the lower rate is reached: the curve is a staircase
        axes.step(x[shown], y[shown], where="post", color=colour, linestyle=line,
                  linewidth=2.5 if method == "ours" else 1.6, label=f"{name}: {tar:.1f} %")  # fmt: skip
        axes.plot(100 * FAR, tar, "o", color=colour, markersize=7, markeredgecolor="white", zorder=3, clip_on=False)
    diagonal = np.geomspace(left, 100, 200)
    axes.plot(diagonal, diagonal, ":", color=SOFT, label="chance: 1.0 %")
    axes.axvline(100 * FAR, color=BLACK, linewidth=0.8)
    axes.set(xscale="log", xlim=(left, 100), ylim=(0, 101), xlabel="different pairs accepted (FAR)",
             ylabel="same pairs accepted (TAR)")  # fmt: skip
    axes.xaxis.set_major_formatter(percent)
    axes.yaxis.set_major_formatter(percent)
    axes.grid(color="0.92")
    axes.legend(title="accepted at 1 %", fontsize=10, loc="lower right")
    return figure


def distances(judged: Judged) -> Figure:
    """Histograms of the distances of same and different pairs, and the threshold."""
    d, same, threshold = judged.distances(), judged.same, judged.thresholds["pair"]["threshold"]
    shares = [100 * np.mean(d[kind] < threshold) for kind in (same, ~same)]
    figure, axes = page(
        4.4,
        "How far apart two photos are",
        f"{judged.who}\nBelow the threshold {threshold:.2f} lie {shares[0]:.1f} % of the {same.sum():,} same pairs and "
        f"{shares[1]:.1f} % of the {(~same).sum():,} different ones",
    )
    edges = np.linspace(0, max(d.max(), threshold) * 1.02 or 1, BINS + 1)
    for kind, name, colour, hatch in ((~same, "different people", ORANGE, "///"), (same, "same person", BLUE, "")):
        weights = np.full(kind.sum(), 100 / kind.sum())
        axes.hist(d[kind], edges, weights=weights, histtype="stepfilled", facecolor=f"{colour}66", edgecolor=colour,
                  linewidth=1.5, hatch=hatch, label=name)  # fmt: skip
    axes.axvline(threshold, color=BLACK, linewidth=1.5, label="threshold")
    axes.set(xlabel="distance", ylabel="pairs of its kind", xlim=(edges[0], edges[-1]))
    axes.yaxis.set_major_formatter(percent)
    axes.legend(fontsize=10)
    return figure
