"""Learn: from a folder of people's photos to a page that recognises them, in one command.

The stages are those of the pipeline. Each writes a folder that the next one reads: faces, grey faces, pairs, the run with
the model, its report card and its gallery. The same command given again does only what is new.

How photos are split depends on the number of people. From MANY people on, some people are kept for validation and for the
test (unseen people). Fewer people than that are all trained on, with all their photos, and cross-validation
measures how well they are recognised (pipeline/train/crossvalidation.py). Two people are too few for that: some of their
photos are kept for the test.

Up to FEW_PHOTOS photos, the 40 people of ORL train one of the networks, too. Having to tell many people apart, it learns what
faces differ in; the other networks learn what tells one's own people apart. Measured on celebrities, with other celebrities as
strangers, in percent: the nearest person is right, and right names where 80 (90) % of strangers are refused.

    people x photos, draws    without ORL     ORL in all networks     in one network
    4 x 4, 2                  78, 45 (33)     78, 63 (54)             80, 62 (51)
    4 x 8, 4                  95, 64 (44)     92, 61 (50)             94, 65 (46)
    8 x 8, 1                  92, 72 (59)     83, 57 (48)             -
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
from pipeline.datasets import Faces, orl
from pipeline.faces import extract, gray, landmarks
from pipeline.pairs import PairData, Split
from pipeline.pairs.extra import add_people
from pipeline.recognise.recogniser import load
from pipeline.train import train
from pipeline.train.recipes import PRESETS, Recipe, recipe
from siamese_np import kernels
from webapp.common import samples
from webapp.finish import fill, finish
from webapp.server.listen import PORT

MANY = 20  # people with several photos
FEW_PHOTOS = 40  # of all people together
LEAST_PHOTOS = 4  # of each of two people
PAIRS = 10_000


def split(faces: Faces, seed: int) -> Split:
    """The split for this number of people and photos. Raises JobError that says how many are needed."""
    rng = np.random.default_rng(seed)
    counts = np.bincount(faces.people, minlength=len(faces.names))
    if np.sum(counts > 1) >= MANY:
        return pairs.by_person(faces, 0.15, 0.15, rng)
    try:
        found = pairs.by_image(faces, 0, 0, rng)
        usable = np.bincount(faces.people[found.part == "train"], minlength=len(faces.names))
        if np.sum(usable >= LEAST_PHOTOS) >= 2:
            return found if np.sum(usable > 1) > 2 else pairs.by_image(faces, 0, 0.25, rng)
    except JobError:
        pass  # the message below says what is needed
    listed = ", ".join(f"{name} {count}" for name, count in zip(faces.names, counts))
    raise JobError(f"learning needs 2 people at least with {LEAST_PHOTOS} different photos each, of which a face is found (10 "
                   f"people with 10 photos are a good beginning). There are: {listed}. Add photos and give the same "
                   "command again")  # fmt: skip


def make_pairs(grays: Path, folder: Path, chosen: Recipe, seed: int) -> PairData:
    """Read the grey faces and write the pairs folder, with landmarks where the recipe aligns faces."""
    faces, reading = pairs.read_folder(grays)
    for path, reason in reading.skipped:
        console.say(f"skipped {path}: {reason}")
    data = pairs.build(faces, split(faces, seed), PAIRS, np.random.default_rng(seed))
    if np.sum(data.part == "train") <= FEW_PHOTOS:
        data = with_extra_people(data, seed)
    if chosen.uses_landmarks:
        known = pairs.load_if_usable(folder)
        data = replace(data, landmarks=landmarks.beside(data, known, folder=grays))
    pairs.save(folder, data)
    return data


def with_extra_people(data: PairData, seed: int) -> PairData:
    """The data with the people of ORL in its training part; as it is, with a message, where their photos are missing."""
    try:
        extra = orl.load()
    except JobError as error:
        console.say(f"training without extra people: {error}")
        return data
    added, _ = add_people(data, extra)
    console.say(f"{len(extra.names)} people of ORL train, too, since {len(data.images)} photos are few")
    rows, same = pairs.draw_pairs(added.people, added.indices("train"), PAIRS, np.random.default_rng(seed))
    return replace(added, pairs={**added.pairs, "train": rows}, same={**added.same, "train": same})


def learn(
    source: Path, work: Path, run: Path, options: extract.Options, chosen: Recipe, preset: str, seed: int,
    kernels_name: str, fresh: bool,
) -> dict[str, Any]:  # fmt: skip
    """Everything except the page. Returns the report card."""
    console.say(f"1/5 faces: {source} -> {work / 'faces'}")
    found = extract.run(source, work / "faces", options)
    for line in found.lines():
        console.say(line)
    console.say(f"2/5 grey: -> {work / 'gray'}")
    _without_leftovers(work, gray.gray_folder(work / "faces", work / "gray"))
    console.say(f"3/5 pairs: -> {work / 'pairs'}")
    data = make_pairs(work / "gray", work / "pairs", chosen, seed)
    console.say(f"4/5 training: -> {run}")
    all_train = not np.isin(data.part, ("val", "test")).any()
    try:
        trained = train(data, preset, chosen, run, seed, kernels_name, fresh, cross_validated=all_train)
    except JobError as error:
        if (run / "model.npz").exists() and not fresh:
            error = JobError(f"{error}\nTo learn the photos as they are now: {console.this_command()} --fresh")
        raise error from None
    console.say(f"{'reusing' if trained.reused else 'wrote'} {run / 'model.npz'}")
    console.say("5/5 report card and gallery")
    model = load(run, kernels_name)
    report = evaluate.cross_validated(model) if all_train else evaluate.evaluate(model, data, seed, run / "pictures")
    evaluate.write_report(run / "report.json", report)
    if fresh:
        shutil.rmtree(run / "gallery", ignore_errors=True)
    if not (run / "gallery").exists():
        rows = np.flatnonzero((data.part != "drop") & ~data.is_extra)
        fill(run / "gallery", data, rows)
        samples.write(run / "samples", data, rows)
        console.say(f"{run / 'gallery'} now holds every photo, also those that the card below was made with: the card says how "
                    "well new photos are recognised, not these")  # fmt: skip
    return report


def _without_leftovers(work: Path, report: gray.Report) -> None:
    """Delete grey faces whose photos are gone, so that nothing is learnt from them. Only our own folder is touched."""
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
    """Learn the people in DIR (one folder per person, with that person's photos), and serve a page that knows them.

    Finds the faces, trains a network, measures it on photos that it never saw, and enrols everybody. After Ctrl-C the
    same command continues; after photos were added, give it with --fresh.
    """
    chosen, options = recipe(preset, epochs=epochs), extract.Options(cropped=cropped)
    finish(
        lambda: learn(source, work, run, options, chosen, preset, seed, kernels_name, fresh),
        run, kernels_name, port, no_serve, as_json, source,
    )  # fmt: skip


if __name__ == "__main__":
    main()
