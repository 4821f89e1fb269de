"""What each ingredient of the recipe adds: python -m benchmarks.ablation.

The rows lead from the network this project grew from to its present recipe, with one change per row (ingredients.py).
Every row trains on the same people and is tested on the same other people, whom no training saw; one row cheats and is
marked. By default 20 people of the ORL faces train and the other 20 test, in a new split for each seed; --data and
--split choose another split of unseen people. Finished trainings are kept in OUT, so that a stopped run can continue.
OUT also gets the figures of the table as ablation.json, and the picture as ablation.png.
"""

import contextlib
import csv
import hashlib
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks import accuracy, ingredients, machine, plots
from benchmarks.ingredients import Row
from benchmarks.report import machine_line
from pipeline import pairs, train
from pipeline.common import atomic, console
from pipeline.common.errors import JobError
from pipeline.datasets import orl
from pipeline.pairs import PairData, fingerprint
from pipeline.pairs.mined import mine
from pipeline.recognise import baselines
from pipeline.recognise.recogniser import load
from siamese_np import kernels, metrics
from siamese_np.models import NETWORKS

TEST_PEOPLE = 20
ROUNDS = 200  # random galleries
METRICS = ("one_shot", "eer", "tar_at_far_1", "d_same", "d_different", "seconds")


def people_of(seed: int, root: Path | None, split: Path | None) -> PairData:
    """The pairs of one round. Raises JobError for a split whose test people also train."""
    if split is None:
        faces, rng = orl.load(), np.random.default_rng(seed)
        return pairs.build(faces, pairs.by_person(faces, 0, TEST_PEOPLE, rng), {"train": ingredients.PAIRS}, rng)
    protocol, data = accuracy.prepare(root, split)
    if protocol in ("P3", "P4"):
        raise JobError(f"{split}: its test people also train: choose a split of unseen people")
    return data


def aligned(rounds: list[PairData], out: Path) -> list[PairData]:
    """The pairs with landmarks; `out` keeps them for the next run."""
    return [accuracy.with_landmarks(data, out / "landmarks.npz") for data in rounds]


class Bench:
    """Trains rows, keeps finished trainings below `out`, and evaluates them."""

    def __init__(self, out: Path, kernels_name: str, epochs: int | None) -> None:
        self.out, self.kernels, self.epochs = out, kernels_name, epochs
        NETWORKS.update(ingredients.VARIANTS)
        self.trainings = 0  # without those that an earlier run had finished

    def figures(self, row: Row, data: PairData, seed: int) -> dict[str, Any]:
        """METRICS of one row on the test people, the losses of its epochs, and the warnings of its training."""
        run = self.trained(row, data, seed)
        recogniser = replace(load(run, self.kernels), mirror=row.recipe.mirror)
        tested = ingredients.held_out(data) if row.flattering else None
        with (run / "history.csv").open(newline="") as file:
            losses = [float(line["loss"]) for line in csv.DictReader(file)]
        scale = row.recipe.margin**row.recipe.power
        z = recogniser.embed(data.images[:, 0], _landmarks(row, data))
        return judge(z, data, recogniser.unit_length, tested) | {
            "seconds": recogniser.extra["seconds"],
            "losses": [round(loss / scale, 4) for loss in losses],
            "warnings": recogniser.extra["warnings"],
        }

    def trained(self, row: Row, data: PairData, seed: int) -> Path:
        """The run folder of a row. Mirror images are used only in prediction, so they need no training of their own."""
        recipe = replace(row.recipe, mirror=False)
        recipe = ingredients.with_epochs(recipe, self.epochs) if self.epochs else recipe
        training_data = replace(data, landmarks=_landmarks(row, data))
        if row.mined_by:
            miner = self.trained(ingredients.chosen([row.mined_by])[0], data, seed)
            training_data = mine(training_data, load(miner, self.kernels), ingredients.PAIRS, seed)
        if row.data:
            training_data = row.data(training_data)
        # named after everything that decides the training: a result of another recipe is never taken for this one
        key = json.dumps([recipe.to_json(), fingerprint(training_data), seed])
        run = self.out / "runs" / hashlib.sha256(key.encode()).hexdigest()[:12]
        run.mkdir(parents=True, exist_ok=True)
        with (run / "log.txt").open("a") as log, contextlib.redirect_stderr(log):
            self.trainings += not train.train(training_data, "ablation", recipe, run, seed, self.kernels).reused
        return run


def _landmarks(row: Row, data: PairData) -> np.ndarray | None:
    return data.landmarks if row.recipe.uses_landmarks else None


def judge(
    z: np.ndarray, data: PairData, unit_length: bool, tested: tuple[np.ndarray, np.ndarray] | None = None
) -> dict[str, float]:
    """Embeddings z (N, D) of all images -> METRICS without seconds, in percent; the mean distances as they are.

    tested: pairs (P, 2) and same (P,); without it, all pairs of the test people.
    """
    test = data.indices("test")
    people = data.people[test]
    rows, same = metrics.all_pairs(people) if tested is None else tested
    d = metrics.pair_distances(z[test] if tested is None else z, rows)
    curve = metrics.roc(d, same)
    shots = metrics.few_shot(z[test], people, 1, ROUNDS, np.random.default_rng(0), unit_length)
    return {
        "one_shot": 100 * float(shots.mean()),
        "eer": 100 * curve.eer,
        "tar_at_far_1": 100 * curve.tar_at_far(0.01),
        "d_same": float(d[same].mean()),
        "d_different": float(d[~same].mean()),
    }


def measure(wanted: list[Row], rounds: list[PairData], bench: Bench) -> list[dict[str, Any]]:
    """One entry per row: name, change, flattering, recipe, METRICS (mean and spread), losses and warnings of seed 0."""
    found: dict[str, list[dict[str, Any]]] = {row.name: [] for row in wanted}
    cost_left = sum(map(_cost, wanted)) * len(rounds)
    seconds = cost_done = 0.0  # only of rows that were trained now: kept trainings don't tell how long the others take
    for seed, data in enumerate(rounds):
        for row in wanted:
            started, before = time.perf_counter(), bench.trainings
            found[row.name].append(bench.figures(row, data, seed))
            cost_left -= _cost(row)
            if bench.trainings > before:
                seconds += time.perf_counter() - started
                cost_done += _cost(row)
            left = f"; at most about {_minutes(seconds / cost_done * cost_left)} left" if cost_done else ""
            console.say(f"{row.name}, seed {seed}: 1-shot {found[row.name][-1]['one_shot']:.1f} %{left}")
    return [
        {"row": row.name, "change": row.change, "flattering": row.flattering, "recipe": row.recipe.to_json()}
        | summary(found[row.name]) | {key: found[row.name][0][key] for key in ("losses", "warnings")}
        for row in wanted
    ]  # fmt: skip


def _cost(row: Row) -> float:
    """The approximate cost of a row, in networks to train."""
    return 0.1 if row.recipe.mirror and len(row.recipe.views) == 1 else len(row.recipe.views)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def summary(figures: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    """metric -> mean and spread (standard deviation) over seeds."""
    return {
        metric: {"mean": round(float(np.mean(values)), 3), "spread": round(float(np.std(values)), 3)}
        for metric in METRICS
        if (values := [one[metric] for one in figures if metric in one])
    }


def yardsticks(rounds: list[PairData]) -> list[dict[str, Any]]:
    """The rows for chance and for raw pixels."""
    raw = [judge(baselines.raw_pixels(data.images[:, 0]), data, False) for data in rounds]
    people = np.mean([len(np.unique(data.people[data.indices("test")])) for data in rounds])
    chance = {"one_shot": 100 / people, "eer": 50.0, "tar_at_far_1": 1.0}
    return [{"row": "chance", "change": "guessing", **summary([chance])},
            {"row": "raw pixels", "change": "no learning: pixels / 255 compared", **summary(raw)}]  # fmt: skip


def table(result: dict[str, Any]) -> str:
    """The table as text."""
    lines = [f"{'percent, mean and spread over ' + str(result['seeds']) + ' seeds':60}{'1-shot':>12}{'EER':>12}"
             f"{'TAR@1 %':>12}{'same':>7}{'differ':>7}{'s':>5}"]  # fmt: skip
    for row in result["rows"]:
        mark = " (!)" if row.get("flattering") else ""
        cells = [_cell(row.get(metric)) for metric in METRICS[:3]]
        numbers = [f"{row[metric]['mean']:.2f}" if metric in row else "-" for metric in ("d_same", "d_different")]
        seconds = f"{row['seconds']['mean']:.0f}" if "seconds" in row else "-"
        lines.append(f"{row['row']:14}{row['change'] + mark:46}" + "".join(f"{cell:>12}" for cell in cells)
                     + "".join(f"{number:>7}" for number in numbers) + f"{seconds:>5}")  # fmt: skip
        if row.get("warnings"):
            lines.append(f"{'':14}warned of: {', '.join(row['warnings'])}")
    lines += ["", "same, differ: mean distance of two photos of one person, of two people. "
              "(!) flattering: of photos that training saw"]  # fmt: skip
    return "\n".join(lines)


def _cell(figure: dict[str, float]) -> str:
    return f"{figure['mean']:.1f}" + (f" ±{figure['spread']:4.1f}" if figure["spread"] else " " * 6)


NAMES = [row.name for row in ingredients.rows()]


@click.command("ablation", cls=console.Stage)
@click.option("--data", "root", type=Path,
              help="A folder with one folder per person, or with several such folders (default: ORL).")  # fmt: skip
@click.option("--split", type=Path, help='A file of lines "part TAB path", with paths relative to --data.')
@click.option("--seeds", "--rounds", type=click.IntRange(1), default=3, show_default=True,
              help="Trainings of each row; without --split, each with a new split.")  # fmt: skip
@click.option("--only", type=click.Choice(NAMES), multiple=True, help="Only this row; can be repeated.")
@click.option("--epochs", type=click.IntRange(1),
              help="Epochs of each training, in place of the row's (to try the command).")  # fmt: skip
@click.option("--out", type=Path, default=Path("runs/ablation"), show_default=True, help="The folder for results.")
@click.option("--kernels", "kernels_name", type=click.Choice(kernels.NAMES), default="numba", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(root, split, seeds, only, epochs, out, kernels_name, as_json):
    """Print and draw what each ingredient of the recipe adds."""
    if (root is None) != (split is None):
        raise click.UsageError("--data and --split belong together: a folder of people, and which of them train")
    try:
        rounds = [people_of(seed, root, split) for seed in range(seeds)]
        if any(row.recipe.uses_landmarks for row in ingredients.chosen(only)):
            rounds = aligned(rounds, out)
        rows = measure(ingredients.chosen(only), rounds, Bench(out, kernels_name, epochs))
    except KeyboardInterrupt:
        raise JobError(f"stopped; this continues from there:\n{console.this_command()}") from None
    result = {"machine": machine.describe(), "seeds": seeds, "split": str(split or "ORL, 20 people against 20"),
              "rows": yardsticks(rounds) + rows}  # fmt: skip
    if not only:
        with atomic.writing(out / "ablation.json") as temporary:
            temporary.write_text(json.dumps(result, indent=1) + "\n")
        plots.ablation(out / "ablation.png", result)
        console.say(f"wrote {out / 'ablation.json'} and {out / 'ablation.png'}")
    click.echo(json.dumps(result) if as_json else f"{machine_line(result['machine'])}\n\n{table(result)}")


if __name__ == "__main__":
    main()
