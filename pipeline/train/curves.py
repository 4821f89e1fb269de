"""Draws the curves of a training: its loss and its mean distances over the epochs."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from pipeline.common import atomic
from pipeline.common.figure import save


def draw(path: Path, networks: Sequence[list[dict[str, float]]], plateaus: dict[str, float], kept: Sequence[int]) -> None:
    """Loss (with its trivial plateaus) and mean distances over the epochs of a training.

    networks: the history of each network. kept: for each network, the epoch whose weights are kept; it is marked where
    it is not the last. plateaus: the losses of trivial answers, by name. Writes a PNG file to `path`.
    """
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    last = networks[0][-1]
    prefix, of = ("val_", "validation") if "val_d_same" in last else ("", "training")
    lines = [(left, "loss", "training", "tab:blue"), (right, f"{prefix}d_different", "different people", "tab:purple"),
             (right, f"{prefix}d_same", "same person", "tab:green")]  # fmt: skip
    if "val_loss" in last:
        lines.insert(1, (left, "val_loss", "validation, all pairs", "tab:orange"))
    for number, (history, best) in enumerate(zip(networks, kept, strict=True), 1):
        epochs = [row["epoch"] for row in history]
        for axes, key, name, colour in lines:
            label = name if number == 1 else f"_{name}, network {number}"  # a leading _ keeps it out of the legend
            axes.plot(epochs, [row[key] for row in history], "--" if number > 1 else "-", label=label, color=colour)
        if best != len(history):
            left.axvline(best, color="0.7", linewidth=1, label=f"best: epoch {best}")
    for name, value in plateaus.items():
        left.axhline(value, color="tab:red", linestyle=":", linewidth=1)
        left.annotate(f"learnt nothing: {name}", (max(map(len, networks)), value), ha="right", va="bottom", fontsize=8,
                      color="tab:red")  # fmt: skip
    epoch = "epoch" if len(networks) == 1 else "epoch (dashed: the further networks)"
    left.set(xlabel=epoch, ylabel="contrastive loss", ylim=(0, None))
    right.set(xlabel=epoch, ylabel=f"mean distance of {of} pairs", ylim=(0, None))
    for axes in (left, right):
        axes.legend(fontsize=8)
    with atomic.writing(path) as temporary:
        save(figure, temporary)
