"""How a training went."""

from pathlib import Path

from matplotlib.figure import Figure

from pipeline import atomic
from pipeline.pictures.figure import save


def curves(path: Path, history: list[dict[str, float]], plateaus: dict[str, float], best_epoch: int) -> None:
    """Loss (with its trivial plateaus) and mean distances over the epochs of a training."""
    epochs = [row["epoch"] for row in history]
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(epochs, [row["loss"] for row in history], label="training", color="tab:blue")
    if "val_loss" in history[-1]:
        left.plot(epochs, [row["val_loss"] for row in history], label="validation, all pairs", color="tab:orange")
        left.axvline(best_epoch, color="0.7", linewidth=1, label=f"best: epoch {best_epoch}")
    for name, value in plateaus.items():
        left.axhline(value, color="tab:red", linestyle=":", linewidth=1)
        left.annotate(
            f"learnt nothing: {name}", (epochs[-1], value), ha="right", va="bottom", fontsize=8, color="tab:red"
        )
    left.set(xlabel="epoch", ylabel="contrastive loss", ylim=(0, None))
    left.legend(fontsize=8)
    prefix, of = ("val_", "validation") if "val_d_same" in history[-1] else ("", "training")
    right.plot(epochs, [row[f"{prefix}d_different"] for row in history], label="different people", color="tab:purple")
    right.plot(epochs, [row[f"{prefix}d_same"] for row in history], label="same person", color="tab:green")
    right.set(xlabel="epoch", ylabel=f"mean distance of {of} pairs", ylim=(0, None))
    right.legend(fontsize=8)
    with atomic.writing(path) as temporary:
        save(figure, temporary)
