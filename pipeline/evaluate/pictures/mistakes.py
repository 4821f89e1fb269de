"""The worst mistakes, with their photos: near pairs of two people, and far pairs of one person."""

import numpy as np
from matplotlib.figure import Figure

from pipeline.common.figure import GREEN, SOFT, VERMILION, WIDTH, head, label
from pipeline.evaluate.pictures.judged import Judged

SHOWN = 8  # pairs of each kind
COLUMNS = 4
GAP = 0.04  # between the two photos of a pair, as a share of the width of one
# inches
MARGIN, CAPTION, HEADING, HEAD = 0.1, 0.62, 0.35, 0.8


def mistakes(judged: Judged) -> Figure:
    """The nearest pair of each two people and the farthest pair of each person: the worst of them, with distances."""
    d, same, threshold = judged.distances(), judged.same, judged.thresholds["pair"]["threshold"]
    people = np.sort(judged.data.people[judged.pairs], axis=1).astype(np.int64)
    chosen = worst(people, np.where(same, np.inf, d)), worst(people, np.where(same, -d, np.inf))
    headings = ("The nearest pair of each two people", "The farthest pair of each person")
    height, width = judged.data.images.shape[2:]
    side = (WIDTH - (COLUMNS + 1) * MARGIN) / COLUMNS
    line = side * height / (2 * width + _gap(width)) + CAPTION
    lines = [max(-(-len(some) // COLUMNS), 1) for some in chosen]
    whole = HEAD + 2 * HEADING + sum(lines) * line
    figure = Figure(figsize=(WIDTH, whole))
    head(figure, "The worst mistakes",
         f"{np.sum(d[~same] < threshold):,} of {np.sum(~same):,} pairs of two people lie below the threshold "
         f"{threshold:.2f} and count as one person.\n{np.sum(d[same] >= threshold):,} of {np.sum(same):,} pairs of one "
         "person lie above it and count as two people.")  # fmt: skip
    y = HEAD
    for heading, some, count in zip(headings, chosen, lines):
        figure.text(MARGIN / WIDTH, 1 - (y + 0.1) / whole, heading, va="top", fontsize=10, color=SOFT)
        y += HEADING
        for place, k in enumerate(some):
            left, top = MARGIN + place % COLUMNS * (side + MARGIN), y + place // COLUMNS * line
            bottom, tall = top + line - CAPTION, line - CAPTION
            axes = figure.add_axes((left / WIDTH, 1 - bottom / whole, side / WIDTH, tall / whole))
            _draw(axes, judged, k, d[k], (d[k] < threshold) == same[k])
        y += count * line
    return figure


def worst(people: np.ndarray, badness: np.ndarray) -> list[int]:
    """The SHOWN pairs of smallest finite badness (P,). people (P, 2): each two people appear once at most."""
    order = np.argsort(badness, kind="stable")
    order = order[np.isfinite(badness[order])]
    couple = people[order, 0] * (people.max() + 1) + people[order, 1]
    first = np.sort(np.unique(couple, return_index=True)[1])
    return order[first[:SHOWN]].tolist()


def _draw(axes, judged: Judged, k: int, distance: float, right: bool) -> None:
    data, (a, b) = judged.data, judged.pairs[k]
    height, width = data.images.shape[2:]
    gap = np.full((height, _gap(width)), 255, np.uint8)
    axes.imshow(np.hstack([data.images[a, 0], gap, data.images[b, 0]]), cmap="gray", vmin=0, vmax=255, aspect="auto")
    axes.axis("off")
    first, second = (label(data.names[data.people[row]]) for row in (a, b))
    who = first if first == second else f"{first}\n{second}"  # two names side by side are too long
    axes.text(0.5, -0.03, f"{who}\n{distance:.2f}, {'right' if right else 'wrong'}", transform=axes.transAxes,
              ha="center", va="top", fontsize=9, color=GREEN if right else VERMILION)  # fmt: skip


def _gap(width: int) -> int:
    return max(round(GAP * width), 1)
