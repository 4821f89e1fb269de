"""Who is taken for whom, and who lies near whom."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from pipeline.common.figure import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, WIDTH, label, page
from pipeline.evaluate.pictures.judged import Judged
from pipeline.recognise import thresholds
from siamese_np import metrics

COUNTED = 30  # people whose counts are written into the matrix: of more they could not be read
NAMED = 80
SHOWN, NAMED_ON_MAP = 30, 40  # people of whom a photo, and a name, is shown on the map
COLOURS = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK)
MARKERS = "osD^vPpX"  # 7 colours and 8 marks: 56 people before two look alike
THUMBNAIL = 40  # pixels of the longer side


def confusion(judged: Judged) -> Figure | None:
    """Probes by who they show and who they are taken for. None where nobody is in a gallery."""
    if judged.roles:
        gallery, probes = judged.roles.enrolled, np.concatenate([judged.roles.known, judged.roles.strangers])
    elif judged.gallery is not None:
        gallery, probes = judged.gallery, judged.test
    else:
        return None
    people = judged.data.people
    known, d = thresholds.gallery_distances("mean", judged.z[gallery], people[gallery], judged.z[probes],
                                            judged.unit_length)  # fmt: skip
    answer, truth = d.argmin(1), np.searchsorted(known, people[probes])
    rows = columns = [label(judged.data.names[person]) for person in known]
    if judged.roles:
        limit, stranger = judged.thresholds["mean"]["threshold"], len(known)
        truth[~np.isin(people[probes], known)] = stranger
        answer[d.min(1) >= limit] = stranger
        rows, columns = [*rows, "strangers"], [*columns, "unknown"]
    counts = metrics.confusion_matrix(truth, answer, len(rows))
    right, how = int(np.trace(counts)), "the person whose known photos have the nearest mean"
    if judged.roles:
        how += f'; from {limit:.2f} on "unknown"'
    return _matrix(counts, rows, columns, f"{right} of {len(probes)} photos are answered right.\nThe answer is {how}")


def _matrix(counts: np.ndarray, rows: list[str], columns: list[str], caption: str) -> Figure:
    n = len(rows)
    figure, axes = page(WIDTH * 0.9, "Who is taken for whom", caption)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if n <= COUNTED:
        for row, column in np.argwhere(counts):
            # a box round what is wrong, since the eye compares shades badly
            wrong = {"edgecolor": VERMILION, "facecolor": "none", "pad": 2} if row != column else None
            axes.text(column, row, f"{counts[row, column]}", ha="center", va="center", fontsize=min(11, 200 / n),
                      color="white" if shares[row, column] > 0.55 else "black", bbox=wrong)  # fmt: skip
    axes.set(xlabel="answer", ylabel="photo of")
    named = n <= NAMED
    size = min(10, 320 / n)
    axes.set_xticks(range(n) if named else [], columns if named else [], rotation=90, fontsize=size)
    axes.set_yticks(range(n) if named else [], rows if named else [], fontsize=size)
    return figure


def embedding_map(judged: Judged) -> Figure:
    """The test photos in the two directions that spread their embeddings most, with a photo of each person."""
    people, names = judged.data.people[judged.test], judged.data.names
    at, share = flat(judged.z[judged.test])
    everyone = np.unique(people)
    shown = "; names stand at their means" if len(everyone) <= NAMED_ON_MAP else ""
    shown = "; shown is the photo nearest to their mean" if len(everyone) <= SHOWN else shown
    figure, axes = page(
        WIDTH * 0.85,
        "The embeddings, seen flat",
        f"{len(at)} test photos, a point each, a colour and mark a person{shown}.\n"
        f"The two directions hold {100 * share:.0f} % of the spread: what overlaps here may lie apart.",
    )
    axes.margins(0.08)
    axes.set(xticks=[], yticks=[], aspect="equal")
    for k, person in enumerate(everyone):
        own = np.flatnonzero(people == person)
        colour = COLOURS[k % len(COLOURS)]
        axes.scatter(*at[own].T, s=32, color=colour, marker=MARKERS[k % len(MARKERS)], linewidths=0.5,
                     edgecolors="white")  # fmt: skip
        mean = at[own].mean(0)
        below = 0
        if len(everyone) <= SHOWN:
            nearest = own[np.argmin(np.linalg.norm(at[own] - mean, axis=1))]
            picture = judged.data.images[judged.test[nearest], 0]
            below = THUMBNAIL / 2
            image = OffsetImage(picture, cmap="gray", zoom=THUMBNAIL / max(picture.shape) * 0.75, clim=(0, 255))
            axes.add_artist(AnnotationBbox(image, mean, pad=0.12, bboxprops={"edgecolor": colour, "linewidth": 2}))
        if len(everyone) <= NAMED_ON_MAP:
            axes.annotate(label(names[person]), mean, (0, -below), textcoords="offset points", ha="center", va="top",
                          fontsize=8, bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8},
                          zorder=4)  # fmt: skip
    return figure


def flat(z: np.ndarray) -> tuple[np.ndarray, float]:
    """z (N, D) -> (N, 2) in the two directions of largest variance, and the share of the variance that they hold.

    The sign of a direction says nothing: it is chosen so that its largest entry is positive.
    """
    away = z - z.mean(0)
    u, s, v = np.linalg.svd(away, full_matrices=False)
    v = v[:2] * np.sign(v[:2][np.arange(len(v[:2])), np.abs(v[:2]).argmax(1)])[:, None]
    at = np.zeros((len(z), 2))
    at[:, : len(v)] = away @ v.T
    return at, float(np.sum(s[:2] ** 2) / max(np.sum(s**2), 1e-30))
