"""What each ingredient of the recipe adds: python -m benchmarks.ablation.

A learner's way from the network this project grew from to its own recipe, one change a row (ingredients.py). Every row
trains on the same people and is asked about the same others, whom no training saw; one row, marked, cheats. By default
that is 20 people of the ORL faces against the other 20, split anew for each seed; with --data and --split another split
of unseen people. A finished training is kept in OUT, so that a stopped run goes on; OUT gets the table's figures as
ablation.json and the picture as ablation.png, too.
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
    """The pairs of one round. Raises JobError for a split whose test people train."""
    if split is None:
        faces, rng = orl.load(), np.random.default_rng(seed)
        return pairs.build(faces, pairs.by_person(faces, 0, TEST_PEOPLE, rng), {"train": ingredients.PAIRS}, rng)
    protocol, data = accuracy.prepare(root, split)
    if protocol in ("P3", "P4"):
        raise JobError(f"{split}: its test people train, too, so there are no leaks to show: choose a split of unseen people")
    return data


def aligned(rounds: list[PairData], out: Path) -> list[PairData]:
    """The pairs with landmarks, which are kept in `out`."""
    return [accuracy.with_landmarks(data, out / "landmarks.npz") for data in rounds]


class Bench:
    """Trains rows, keeps what is finished below `out`, and judges it."""

    def __init__(self, out: Path, kernels_name: str, epochs: int | None) -> None:
        self.out, self.kernels, self.epochs = out, kernels_name, epochs
        NETWORKS.update(ingredients.VARIANTS)
        self.trainings = 0  # that were not kept from before

    def figures(self, row: Row, data: PairData, seed: int) -> dict[str, Any]:
        """METRICS of one row on the test people, the losses of its epochs, and what the training was warned of."""
        run = self.trained(row, data, seed)
        recogniser = replace(load(run, self.kernels), mirror=row.recipe.mirror)
        asked = ingredients.held_out(data) if row.flattering else None
        with (run / "history.csv").open(newline="") as file:
            losses = [float(line["loss"]) for line in csv.DictReader(file)]
        scale = row.recipe.margin**row.recipe.power
        z = recogniser.embed(data.images[:, 0], _landmarks(row, data))
        return judge(z, data, recogniser.unit_length, asked) | {
            "seconds": recogniser.extra["seconds"],
            "losses": [round(loss / scale, 4) for loss in losses],
            "warnings": recogniser.extra["warnings"],
        }

    def trained(self, row: Row, data: PairData, seed: int) -> Path:
        """The run folder of a row. Mirror images only count when a face is asked about: they need no other training."""
        recipe = replace(row.recipe, mirror=False)
        recipe = ingredients.lasting(recipe, self.epochs) if self.epochs else recipe
        seen = replace(data, landmarks=_landmarks(row, data))
        if row.mined_by:
            miner = self.trained(ingredients.chosen([row.mined_by])[0], data, seed)
            seen = mine(seen, load(miner, self.kernels), ingredients.PAIRS, seed)
        if row.data:
            seen = row.data(seen)
        # by all that decides the training: what was made by another recipe is no result of this one
        key = json.dumps([recipe.to_json(), fingerprint(seen), seed])
        run = self.out / "runs" / hashlib.sha256(key.encode()).hexdigest()[:12]
        run.mkdir(parents=True, exist_ok=True)
        with (run / "log.txt").open("a") as log, contextlib.redirect_stderr(log):
            self.trainings += not train.train(seen, "ablation", recipe, run, seed, self.kernels).reused
        return run


def _landmarks(row: Row, data: PairData) -> np.ndarray | None:
    return data.landmarks if row.recipe.uses_landmarks else None


def judge(
    z: np.ndarray, data: PairData, unit_length: bool, asked: tuple[np.ndarray, np.ndarray] | None = None
) -> dict[str, float]:
    """z (N, D) of all images -> percent, and mean distances of the test people's pairs: all of them, or `asked`."""
    test = data.indices("test")
    people = data.people[test]
    rows, same = metrics.all_pairs(people) if asked is None else asked
    d = metrics.pair_distances(z[test] if asked is None else z, rows)
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
    """One entry a row: name, change, flattering, recipe, METRICS as mean and spread, losses and warnings of the first."""
    found: dict[str, list[dict[str, Any]]] = {row.name: [] for row in wanted}
    ahead = sum(map(_cost, wanted)) * len(rounds)
    seconds = paid = 0.0  # of rows that were trained now: those that were kept say nothing of how long the others take
    for seed, data in enumerate(rounds):
        for row in wanted:
            started, before = time.perf_counter(), bench.trainings
            found[row.name].append(bench.figures(row, data, seed))
            ahead -= _cost(row)
            if bench.trainings > before:
                seconds, paid = seconds + time.perf_counter() - started, paid + _cost(row)
            left = f"; at most about {_minutes(seconds / paid * ahead)} left" if paid else ""
            console.say(f"{row.name}, seed {seed}: 1-shot {found[row.name][-1]['one_shot']:.1f} %{left}")
    return [
        {"row": row.name, "change": row.change, "flattering": row.flattering, "recipe": row.recipe.to_json()}
        | summary(found[row.name]) | {key: found[row.name][0][key] for key in ("losses", "warnings")}
        for row in wanted
    ]  # fmt: skip


def _cost(row: Row) -> float:
    """About how long a row takes, in networks to train."""
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
    """Raw pixels and chance, as rows."""
    raw = [judge(baselines.raw_pixels(data.images[:, 0]), data, False) for data in rounds]
    people = np.mean([len(np.unique(data.people[data.indices("test")])) for data in rounds])
    chance = {"one_shot": 100 / people, "eer": 50.0, "tar_at_far_1": 1.0}
    return [{"row": "chance", "change": "guessing", **summary([chance])},
            {"row": "raw pixels", "change": "no learning: pixels / 255 compared", **summary(raw)}]  # fmt: skip


def table(result: dict[str, Any]) -> str:
    """The rows as text."""
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
@click.option("--data", "root", type=Path, help="A folder of people, or of such folders.  [default: the ORL faces]")
@click.option("--split", type=Path, help='Lines "part TAB path", paths below --data.')
@click.option("--seeds", "--rounds", type=click.IntRange(1), default=3, show_default=True,
              help="Trainings of each row; without --split each on other people.")  # fmt: skip
@click.option("--only", type=click.Choice(NAMES), multiple=True, help="This row alone; may be given again.")
@click.option("--epochs", type=click.IntRange(1), help="Of each training, in place of the row's: to try the command.")
@click.option("--out", type=Path, default=Path("runs/ablation"), show_default=True, help="Where everything is kept.")
@click.option("--kernels", "kernels_name", type=click.Choice(kernels.NAMES), default="numba", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(root, split, seeds, only, epochs, out, kernels_name, as_json):
    """Print and draw what each ingredient of the recipe adds."""
    if (root is None) != (split is None):
        raise click.UsageError("--data and --split belong together: a folder of people, and who of them trains and tests")
    try:
        rounds = [people_of(seed, root, split) for seed in range(seeds)]
        if any(row.recipe.uses_landmarks for row in ingredients.chosen(only)):
            rounds = aligned(rounds, out)
        rows = measure(ingredients.chosen(only), rounds, Bench(out, kernels_name, epochs))
    except KeyboardInterrupt:
        raise JobError(f"stopped; this goes on from there:\n{console.this_command()}") from None
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
