"""Train: from a pairs folder to a run folder with the model, its history and curves, and checkpoints to continue from."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from pipeline import pairs
from pipeline.common import atomic, console, locks, sealed
from pipeline.common.errors import JobError, about
from pipeline.faces.framing import Framing
from pipeline.pairs import PairData, fingerprint
from pipeline.pairs.data import photo_hash
from pipeline.recognise import rules, thresholds
from pipeline.recognise.rates_in_words import in_words
from pipeline.recognise.recogniser import Recogniser
from pipeline.train import crossvalidation, curves
from pipeline.train.ensemble import Ensemble
from pipeline.train.recipes import PAIR_SOURCES, PRESETS, Recipe, recipe
from siamese_np import kernels, weights
from siamese_np.layers import Sequential
from siamese_np.optimizers import OPTIMIZERS

EARLIER = "earlier-model.npz"  # that --fresh is replacing
FOUND = "crossvalidation.json"  # in a run folder
FOUND_FORMAT = 2
FEW_PEOPLE = 5  # fewer validation people are too few to choose a threshold with


@dataclass(frozen=True)
class Trained:
    """The result of a training. extra: the header of model.npz. reused: whether the model existed already."""

    run: Path
    extra: dict[str, Any]
    reused: bool


@locks.one_job_in("run")
def train(
    data: PairData, preset: str, recipe: Recipe, run: Path, seed: int = 0, kernels_name: str = "numba",
    fresh: bool = False, cross_validated: bool = False,
) -> Trained:  # fmt: skip
    """Run the training that these arguments describe, or continue it, or return its model where it is finished.

    cross_validated: measure by crossvalidation.py how well the people will be recognised, and choose the thresholds by it.
    A run folder holds one training. Raises JobError where `run` holds another one, or a damaged one, unless `fresh` says
    to replace it. On KeyboardInterrupt the checkpoints stay.
    """
    if data.landmarks is not None:
        recipe = recipe.for_landmarks()
    recipe = recipe.for_people(len(np.unique(data.people[(data.part == "train") & ~data.is_extra])))
    if any(view.align is not None for view in recipe.views) and data.landmarks is None:
        raise JobError("this recipe aligns faces by their landmarks, and the pairs have none: make the pairs again with "
                       "siamese-np pairs --landmarks")  # fmt: skip
    settings = {"preset": preset, "recipe": recipe.to_json(), "seed": seed, "data": fingerprint(data)}
    if cross_validated:
        settings["cross_validated"] = True
    settings = json.loads(json.dumps(settings))  # tuples become lists, as they come back from a file
    model = run / "model.npz"
    if model.exists() and not fresh:
        try:
            _, extra = weights.load(model)
        except ValueError as error:
            raise JobError(f"{error}: replace it with --fresh, or choose another --run") from error
        if extra.get("settings") == settings:
            return Trained(run, extra, reused=True)
        raise JobError(f"{model} is of another training ({_difference(extra.get('settings', {}), settings)}): "
                       "choose another --run, or replace it with --fresh")  # fmt: skip
    if fresh:
        # before anything new is written: the files in a run folder must all be of one training
        for path in (*run.glob("checkpoint*.npz"), run / "report.json", run / FOUND):
            path.unlink(missing_ok=True)
        if model.exists():
            model.replace(run / EARLIER)  # until there is a new one
    found = _cross_validation(data, recipe, run, settings, kernels_name) if cross_validated else None
    ensemble = Ensemble(data, recipe, seed, kernels_name, run, settings, one_with_extra=cross_validated)
    ensemble.train()
    left_out = ensemble.leave_out_what_did_not_learn()
    trainings = ensemble.trainings
    networks = tuple(training.trained() for training in trainings)
    extra = _header(data, ensemble, networks, recipe, settings, left_out, found)
    histories = [training.history for training in trainings]
    write_history(run / "history.csv", histories)
    kept_epochs = [training.kept_epoch for training in trainings]
    curves.draw(run / "curves.png", histories, trainings[0].loss.plateaus(), kept_epochs)
    with about(model, "All that was learnt is in the checkpoints."):
        weights.save(model, networks, extra)
    (run / EARLIER).unlink(missing_ok=True)
    return Trained(run, extra, reused=False)


def _cross_validation(
    data: PairData, recipe: Recipe, run: Path, settings: dict[str, Any], kernels_name: str
) -> dict[str, Any]:
    """What cross-validation finds, kept in the run folder for a training that is stopped and continued."""
    path = run / FOUND
    if path.exists():
        kept = sealed.read(path, FOUND_FORMAT, "Delete it, or start over with --fresh")
        if kept.get("settings") == settings:
            return kept["found"]
    found = crossvalidation.cross_validate(data, recipe, settings["seed"], kernels_name)
    sealed.write(path, {"format": FOUND_FORMAT, "settings": settings, "found": found})
    return found


def _header(
    data: PairData, ensemble: Ensemble, networks: tuple[Sequential, ...], recipe: Recipe, settings: dict[str, Any],
    left_out: list[int], found: dict[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
    """The header of the model: all that a prediction needs beside the weights, and how the model was trained."""
    trainings = ensemble.trainings
    training = trainings[0]
    train_and_val = np.flatnonzero(np.isin(data.part, ("train", "val")))
    # extra people come from another source, and tell little about how near strangers will be
    rows = train_and_val[~data.is_extra[train_and_val]]
    unseen = np.setdiff1d(data.people[training.val], data.people[data.part == "train"])
    if len(unseen) < FEW_PEOPLE and not found:
        console.say(f"fewer than {FEW_PEOPLE} validation people are outside the training: thresholds are "
                    "estimated from training photos, and how many strangers they accept is not measured")  # fmt: skip
    framing = None
    if data.landmarks is not None:
        framing = Framing.of(data.images.shape[2:], data.landmarks[(data.part == "train") & ~data.is_extra])
    # embedded as in a prediction, since the thresholds are used there
    views = ensemble.views
    recogniser = Recogniser(networks, views[0], {}, "", {}, views, recipe.mirror, framing)
    known = None if data.landmarks is None else data.landmarks[rows]
    z, people = recogniser.embed(data.images[rows, 0], known), data.people[rows]
    # without validation photos the training photos are the probes
    probes = np.isin(rows, training.val) | (len(training.val) == 0)
    chosen = thresholds.choose(z, people, probes, recogniser.unit_length, trained=data.part[rows] == "train",
                               space=recogniser.space)  # fmt: skip
    if found:
        chosen |= {rule: crossvalidation.entry(found, rule, z, people, recogniser) for rule in rules.RULES}
    return {
        "settings": settings,
        "preprocessing": views[0].to_json(),
        "views": [view.to_json() for view in views],
        "mirror": recipe.mirror,
        "framing": framing and framing.to_json(),
        "names": list(data.names),
        "trained_on": [data.names[person] for person in np.unique(data.people[train_and_val])],
        "trained_photos": [photo_hash(data.images[row, 0]) for row in train_and_val],
        "photo_size": list(data.images.shape[2:]),
        "thresholds": chosen,
        "thresholds_chosen_on": "cross-validation" if found else "val" if len(unseen) else "train",
        "cross_validation": found,
        "left_out": left_out,
        "epochs": len(training.history),
        "best_epoch": training.kept_epoch,
        "warnings": sorted({name for each in trainings for name in each.watch.told}),
        "parameters": sum(int(network.flat_params.size) for network in networks),
        "seconds": round(ensemble.seconds, 1),
    }


def _difference(there: dict[str, Any], here: dict[str, Any]) -> str:
    """The differences between the settings of two trainings, in words."""
    there, here = ({**s, **s.get("recipe", {}), "recipe": None} for s in (there, here))
    if there.get("data") != here["data"]:
        return "other photos or pairs"
    return ", ".join(f"{key}: {there.get(key)} there, {here[key]} here" for key in here if there.get(key) != here[key])


def write_history(path: Path, histories: list[list[dict[str, float]]]) -> None:
    """Write a CSV file with one line per epoch of each network."""
    rows = [{"network": number, **row} for number, history in enumerate(histories, 1) for row in history]
    with atomic.writing(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@click.command("train", cls=console.Stage)
@click.option("--pairs", "pairs_folder", type=Path, default=Path("data/pairs"), show_default=True,
              help="The folder that siamese-np pairs wrote.")  # fmt: skip
@click.option("--run", type=Path, default=Path("runs/default"), show_default=True, help="Folder for the model.")
@click.option("--preset", type=click.Choice(list(PRESETS)), default="default", show_default=True)
@click.option("--source", type=click.Choice(PAIR_SOURCES), help="How pairs are chosen, instead of the preset's way.")
@click.option("--epochs", type=click.IntRange(1), help="Instead of the preset's number.")
@click.option("--rate", "learning_rate", type=click.FloatRange(0, min_open=True),
              help="Learning rate, instead of the preset's.")  # fmt: skip
@click.option("--optimizer", type=click.Choice(list(OPTIMIZERS)), help="Instead of the preset's.")
@click.option("--margin", type=click.FloatRange(0, min_open=True), help="Instead of the preset's.")
@click.option("--power", type=click.IntRange(1, 2), help="Exponent of the distances in the loss: 2 or 1.")
@click.option("--patience", type=click.IntRange(1), help="Stop after this many epochs without progress on validation.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--kernels", "kernels_name", type=click.Choice(kernels.NAMES), default="numba", show_default=True)
@click.option("--fresh", is_flag=True,
              help=f"Replace the training in the run folder; its model is {EARLIER} until the new one is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(pairs_folder, run, preset, source, epochs, learning_rate, optimizer, margin, power, patience, seed,
         kernels_name, fresh, as_json):  # fmt: skip
    """Train a Siamese network on the pairs in a folder.

    The same command continues a training that was stopped, and keeps one that is finished.
    """
    changes = {"pairs": source, "epochs": epochs, "rate": learning_rate, "optimizer": optimizer, "margin": margin,
               "power": power, "patience": patience}  # fmt: skip
    try:
        trained = train(pairs.load(pairs_folder), preset, recipe(preset, **changes), run, seed, kernels_name, fresh)
    except KeyboardInterrupt:
        raise JobError(f"stopped; this command continues from the last saved epoch:\n{console.this_command()}") from None
    extra = trained.extra
    if as_json:
        click.echo(json.dumps({"run": str(run), "reused": trained.reused, **extra}))
        return
    click.echo(f"{'kept' if trained.reused else 'wrote'} {run / 'model.npz'} ({extra['parameters']} parameters, "
               f"epoch {extra['best_epoch']} of {extra['epochs']})")  # fmt: skip
    for rule, t in extra["thresholds"].items():
        click.echo(f"threshold for {rule:8} {t['threshold']:.3f}   false accepts {in_words(t, 'far')}, "
                   f"false rejects {in_words(t, 'frr')}")  # fmt: skip


if __name__ == "__main__":
    main()
