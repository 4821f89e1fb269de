"""Learn: from a folder of people's photos to a page that recognises them, in one command.

The stages are those of the pipeline, one after another, each into a folder that the next one takes: faces, grey faces,
pairs, the run with the model, its report card and its gallery. Given again, each does only what is new.

How photos are split depends on how many people there are. From MANY people on, some of them are kept aside to validate
and to test with (unseen people). Fewer are all trained on, and some of their photos are kept aside (known people).
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from pipeline import evaluate, pairs
from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.datasets import Faces
from pipeline.faces import extract, gray, landmarks
from pipeline.pairs import PairData, Split
from pipeline.recognise.recogniser import load
from pipeline.train import train
from pipeline.train.recipes import PRESETS, Recipe, recipe
from siamese_np import kernels
from webapp.finish import fill, finish
from webapp.serve import PORT

MANY = 12  # people with several photos
PAIRS = 10_000


def split(faces: Faces, seed: int) -> Split:
    """The best split that so many people and photos allow. Raises JobError that says how many are needed."""
    photos = np.bincount(faces.people, minlength=len(faces.names))
    ways = [(pairs.by_image, 0.15, 0.25), (pairs.by_image, 0, 0.25)]
    if np.sum(photos > 1) >= MANY:
        ways.insert(0, (pairs.by_person, 0.2, 0.25))
    for by, val, test in ways:
        try:
            found = by(faces, val, test, np.random.default_rng(seed))
        except JobError:
            continue
        if all(_works(faces, found, part) for part in pairs.PARTS):
            return found
    counts = ", ".join(f"{name} {count}" for name, count in zip(faces.names, photos))
    raise JobError("learning needs 2 people at least with 4 different photos each, of which a face is found (10 people "
                   f"with 10 photos are a good beginning). There are: {counts}. Add photos and give the same "
                   "command again")  # fmt: skip


def _works(faces: Faces, found: Split, part: str) -> bool:
    _, photos = np.unique(faces.people[found.part == part], return_counts=True)
    if part == "val" and not len(photos):
        return True
    return len(photos) >= 2 and photos.max() >= 2


def make_pairs(grays: Path, folder: Path, chosen: Recipe, seed: int) -> PairData:
    """Reads the grey faces and writes the pairs folder; landmarks too where the recipe aligns faces."""
    faces, reading = pairs.read_folder(grays)
    for path, reason in reading.skipped:
        console.say(f"skipped {path}: {reason}")
    data = pairs.build(faces, split(faces, seed), PAIRS, np.random.default_rng(seed))
    if chosen.uses_landmarks:
        known = pairs.load(folder) if folder.exists() else None
        data = replace(data, landmarks=landmarks.beside(data, known, folder=grays))
    pairs.save(folder, data)
    return data


def learn(
    source: Path, work: Path, run: Path, options: extract.Options, chosen: Recipe, preset: str, seed: int,
    kernels_name: str, fresh: bool,
) -> dict[str, Any]:  # fmt: skip
    """All but the page. Returns the report card."""
    console.say(f"1/5 faces: {source} -> {work / 'faces'}")
    found = extract.run(source, work / "faces", options)
    for line in found.lines():
        console.say(line)
    console.say(f"2/5 grey: -> {work / 'gray'}")
    _without_leftovers(work, gray.gray_folder(work / "faces", work / "gray"))
    console.say(f"3/5 pairs: -> {work / 'pairs'}")
    data = make_pairs(work / "gray", work / "pairs", chosen, seed)
    console.say(f"4/5 training: -> {run}")
    trained = train(data, preset, chosen, run, seed, kernels_name, fresh)
    console.say(f"{'reusing' if trained.reused else 'wrote'} {run / 'model.npz'}")
    console.say("5/5 report card and gallery")
    report = evaluate.evaluate(load(run, kernels_name), data, seed, run / "pictures")
    evaluate.write_report(run / "report.json", report)
    if fresh:
        shutil.rmtree(run / "gallery", ignore_errors=True)
    if not (run / "gallery").exists():
        fill(run / "gallery", data, np.flatnonzero(data.part != "drop"))
        console.say(f"{run / 'gallery'} now holds every photo, also those that the card below was made with: it says how "
                    "well new photos are recognised, not these")  # fmt: skip
    return report


def _without_leftovers(work: Path, report: gray.Report) -> None:
    """What the folder of grey faces holds of faces that are gone since, it shall not teach. The folder is our own."""
    for path in report.leftover:
        if path.resolve().is_relative_to((work / "gray").resolve()):
            path.unlink()


@click.command("learn", cls=console.Stage)
@click.argument("source", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--work", type=Path, default=Path("data/learn"), show_default=True,
              help="Where faces, grey faces and pairs go.")  # fmt: skip
@click.option("--run", type=Path, default=Path("runs/learn"), show_default=True, help="Where the model goes.")
@click.option("--cropped", is_flag=True, help="The photos in DIR are faces already, cut out.")
@click.option("--preset", type=click.Choice(list(PRESETS)), default="default", show_default=True)
@click.option("--epochs", type=click.IntRange(1), help="Of training, in place of the preset's.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of split, weights and batches.")
@click.option("--kernels", "kernels_name", type=click.Choice(kernels.NAMES), default="numba", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one.")
@click.option("--fresh", is_flag=True, help="Train anew, and fill the gallery anew.")
@click.option("--no-serve", is_flag=True, help="End after the report card.")
@click.option("--json", "as_json", is_flag=True, help="Print the report card as one JSON object.")
def main(source, work, run, cropped, preset, epochs, seed, kernels_name, port, fresh, no_serve, as_json):
    """Learn the people in DIR (one folder a person, with that person's photos), and serve a page that knows them.

    Finds the faces, trains a network, judges it on photos it never saw, and enrolls everybody. Stopped with Ctrl-C, the
    same command goes on; after photos were added, give it with --fresh.
    """
    chosen, options = recipe(preset, epochs=epochs), extract.Options(cropped=cropped)
    finish(
        lambda: learn(source, work, run, options, chosen, preset, seed, kernels_name, fresh),
        run, kernels_name, port, no_serve, as_json,
    )  # fmt: skip


if __name__ == "__main__":
    main()
