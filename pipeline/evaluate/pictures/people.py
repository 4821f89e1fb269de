"""Pictures of people: the confusion matrix, and a map of the embeddings."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from pipeline.common.figure import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, WIDTH, label, page
from pipeline.evaluate.pictures.judged import Judged
from pipeline.recognise import rules
from siamese_np import metrics

COUNTED = 30  # people at most for counts in the matrix: for more they could not be read
NAMED = 80  # people at most for names beside the matrix
SHOWN, NAMED_ON_MAP = 30, 40  # people at most for photos, and for names, on the map
COLOURS = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK)
MARKERS = "osD^vPpX"  # 7 colours and 8 markers: 56 people before two look the same
THUMBNAIL = 40  # pixels of the longer side


def confusion(judged: Judged) -> Figure | None:
    """The counts of probes by person and answer. None where there is no gallery."""
    if judged.roles:
        gallery, probes = judged.roles.enrolled, np.concatenate([judged.roles.known, judged.roles.strangers])
    elif judged.gallery is not None:
        gallery, probes = judged.gallery, judged.test
    else:
        return None
    people = judged.data.people
    known, d = rules.gallery_distances(rules.DEFAULT, judged.z[gallery], people[gallery], judged.z[probes],
                                       judged.unit_length)  # fmt: skip
    answer, truth = d.argmin(1), np.searchsorted(known, people[probes])
    rows = columns = [label(judged.data.names[person]) for person in known]
    if judged.roles:
        threshold, stranger = judged.thresholds[rules.DEFAULT]["threshold"], len(known)
        truth[~np.isin(people[probes], known)] = stranger
        answer[d.min(1) >= threshold] = stranger
        rows, columns = [*rows, "strangers"], [*columns, "unknown"]
    counts = metrics.confusion_matrix(truth, answer, len(rows))
    right, how = int(np.trace(counts)), "the nearest person"
    if judged.roles:
        how += f'; at a distance of {threshold:.2f} or more it is "unknown"'
    return _matrix(counts, rows, columns, f"{right} of {len(probes)} photos are answered right.\nThe answer is {how}")


def _matrix(counts: np.ndarray, rows: list[str], columns: list[str], caption: str) -> Figure:
    n = len(rows)
    figure, axes = page(WIDTH * 0.9, "Who is taken for whom", caption)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if n <= COUNTED:
        for row, column in np.argwhere(counts):
            # a box marks wrong answers, since the eye compares shades badly
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
    """The test photos in the two directions of largest variance of their embeddings, with a photo of each person."""
    people, names = judged.data.people[judged.test], judged.data.names
    at, share = flat(judged.z[judged.test])
    everyone = np.unique(people)
    shown = "; a name marks the mean of its person" if len(everyone) <= NAMED_ON_MAP else ""
    shown = "; the photo shown is the one nearest to the mean" if len(everyone) <= SHOWN else shown
    figure, axes = page(
        WIDTH * 0.85,
        "The embeddings in two dimensions",
        f"{len(at)} test photos, one point each; a colour and marker per person{shown}.\n"
        f"The two directions hold {100 * share:.0f} % of the variance: points that overlap here may be far apart.",
    )
    axes.margins(0.08)
    axes.set(xticks=[], yticks=[], aspect="equal")
    for k, person in enumerate(everyone):
        rows = np.flatnonzero(people == person)
        colour = COLOURS[k % len(COLOURS)]
        axes.scatter(*at[rows].T, s=32, color=colour, marker=MARKERS[k % len(MARKERS)], linewidths=0.5,
                     edgecolors="white")  # fmt: skip
        mean = at[rows].mean(0)
        below = 0
        if len(everyone) <= SHOWN:
            nearest = rows[np.argmin(np.linalg.norm(at[rows] - mean, axis=1))]
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

    The sign of a direction has no meaning: it is chosen so that the entry of largest magnitude is positive.
    """
    centred = z - z.mean(0)
    _, singular, directions = np.linalg.svd(centred, full_matrices=False)
    directions = directions[:2]
    directions = directions * np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(1)])[:, None]
    at = np.zeros((len(z), 2))
    at[:, : len(directions)] = centred @ directions.T
    return at, float(np.sum(singular[:2] ** 2) / max(np.sum(singular**2), 1e-30))
