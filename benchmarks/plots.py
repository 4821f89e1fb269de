"""The pictures of the benchmarks. Each function writes one PNG."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter
from PIL import Image

from benchmarks.studies import Study
from pipeline.common import atomic

OPPONENTS = {"torch": ("PyTorch (its better setting)", "#e4572e"), "keras_tf": ("the better of Keras and tf.function", "#f3a712")}
COLOURS = ("#29648a", "#e4572e", "#5b8c5a", "#8e5572")
GREY = "0.45"
DRAWN = ("inverted", "original", "l2", "longer")  # the rows whose losses are drawn


def speed(path: Path, result: dict[str, Any], threads: int = 2) -> None:
    """How many times longer than siamese-np the opponents take, for each case."""
    rows = [row for row in result["cases"] if row["threads"] == threads]
    figure = Figure(figsize=(8.5, 1.6 + 0.5 * len(rows)), layout="constrained")
    axes = figure.subplots()
    height = 0.8 / len(OPPONENTS)
    for k, (group, (title, colour)) in enumerate(OPPONENTS.items()):
        present = [(i, row["ratios"][group]) for i, row in enumerate(rows) if row["ratios"][group]]
        places = [i + (k - (len(OPPONENTS) - 1) / 2) * height for i, _ in present]
        bars = axes.barh(places, [ratio for _, ratio in present], height * 0.92, label=title, color=colour)
        axes.bar_label(bars, [f"{ratio:.1f}×" for _, ratio in present], padding=3, fontsize=9, color="0.25")
    axes.axvline(1, color=COLOURS[0], linewidth=2, label="siamese-np")
    axes.set_yticks(range(len(rows)), [row["case"] for row in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, None)
    axes.margins(x=0.1)
    axes.set_xlabel("time, in units of what siamese-np takes (longer is slower)")
    axes.set_title(f"{threads} threads, float32", loc="left", fontsize=10, color=GREY)
    bare(axes, "x")
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    machine = result["machine"]
    figure.supxlabel(f"{machine['processor']}, {machine['cores']} cores, {machine['date']}", fontsize=8, color=GREY)
    write(figure, path)


def study(path: Path, study: Study) -> None:
    """One study: its columns over its x, on logarithmic axes, in one panel per unit."""
    panels = list(dict.fromkeys(column.unit for column in study.columns))
    figure = Figure(figsize=(1.2 + 4.6 * len(panels), 3.8), layout="constrained")
    for unit, axes in zip(panels, figure.subplots(1, len(panels), squeeze=False)[0]):
        for k, column in enumerate(study.columns):
            if column.unit == unit:
                style = ":" if column.comparison else "o-"
                colour = GREY if column.comparison else COLOURS[k]
                axes.plot(study.x, column.values, style, color=colour, label=column.name, markersize=5, linewidth=1.8)
        logarithmic(axes, study.x)
        axes.set(xlabel=study.x_name, ylabel=unit)
        bare(axes, "both")
        axes.legend(frameon=False, fontsize=9)
    figure.suptitle(study.title, fontsize=11, x=0.02, ha="left")
    write(figure, path)


def logarithmic(axes: Axes, x: list[int]) -> None:
    """Logarithmic axes with ticks where something was measured, and with numbers written out."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(x, [f"{value:,}" for value in x])
    axes.xaxis.set_minor_locator(NullLocator())
    low, high = axes.get_ylim()
    if high / low < 10:  # small changes shall not look large
        axes.set_ylim(low / 3, high * 3)
    few = high / low < 1000
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.yaxis.set_minor_locator(NullLocator())


def bare(axes: Axes, grid: str) -> None:
    """Only the data and a thin grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis=grid, color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)


def write(figure: Figure, path: Path) -> None:
    # the canvas is made here: pyplot would choose a window system, and would keep every figure until it is closed
    FigureCanvasAgg(figure)
    with atomic.writing(path) as temporary:
        figure.savefig(temporary, dpi=150)


def write_small(figure: Figure, path: Path) -> None:
    """Like `write`, with 64 colours: a small file, for a picture that is kept in the repository."""
    figure.set_dpi(130)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    with atomic.writing(path) as temporary:
        Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]).quantize(64).save(temporary, optimize=True)


def ablation(path: Path, result: dict[str, Any]) -> None:
    """The accuracy of each row beside raw pixels and chance; the losses of some rows beside the trivial plateaus."""
    rows = [row for row in result["rows"] if "losses" in row]
    figure = Figure(figsize=(11, 1.2 + 0.36 * len(rows)), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    for i, row in enumerate(rows):
        colour = COLOURS[1] if row["flattering"] else COLOURS[0]
        score = row["one_shot"]
        left.barh(i, score["mean"], 0.7, color=colour, xerr=score["spread"] or None, error_kw={"ecolor": "0.3", "lw": 1})
        left.annotate(f"{score['mean']:.1f}", (6.5, i), va="center", color="white", fontsize=8)
    for row in result["rows"]:
        if "losses" not in row:
            left.axvline(row["one_shot"]["mean"], color=GREY, linestyle=":")
            left.annotate(row["row"], (row["one_shot"]["mean"], -0.6), ha="center", va="bottom", fontsize=8, color=GREY)
    left.set_yticks(range(len(rows)), [row["change"] + (" (!)" if row["flattering"] else "") for row in rows], fontsize=8)
    left.set(xlim=(0, 100), ylim=(len(rows) - 0.4, -1.2), xlabel="nearest person right, 1 photo known, percent")
    bare(left, "x")
    for row, colour in zip((row for row in rows if row["row"] in DRAWN), COLOURS):
        losses = row["losses"]
        right.plot([100 * (k + 1) / len(losses) for k in range(len(losses))], losses, color=colour, label=row["row"], lw=1.5)
    for height, name in ((1 / 2, "m²/2: all embeddings equal"), (1 / 4, "m²/4: all distances equal")):
        right.axhline(height, color="tab:red", linestyle=":", linewidth=1)
        text = right.annotate(f"learnt nothing, {name}", (99, height + 0.01), ha="right", fontsize=8, color="tab:red")
        text.set_bbox({"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1})
    right.set(xlabel="percent of the training", ylabel="loss / m²  (m the margin), seed 0", ylim=(0, 0.75), xlim=(0, 100))
    right.legend(frameon=False, fontsize=8)
    bare(right, "both")
    machine = result["machine"]
    figure.supxlabel(f"{result['split']}, {result['seeds']} seeds; {machine['processor']}, {machine['date']}; "
                     "(!) test photos were trained on", fontsize=8, color=GREY)  # fmt: skip
    write_small(figure, path)
