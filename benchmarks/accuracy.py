"""How well people are recognised, for any folder of people and any split.

    python -m benchmarks.accuracy --data DIR --split FILE

The split file decides the protocol. If the test people do not train, it is P1 with a val part, else P2 (more than 10
test people) or P5. If they do train, with other photos, it is P3 (photos in DIR/PERSON) or P4 (in DIR/FOLDER/PERSON).
The name of a person is the name of the folder that holds the photo. Everything is trained and chosen without test
photos, by the same stages that siamese-np uses.
"""

import json
import tempfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import click
import numpy as np

from benchmarks.found import Found
from pipeline import evaluate, pairs, train
from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.datasets import Faces
from pipeline.faces import landmarks
from pipeline.pairs import PairData
from pipeline.pairs.extra import add_people
from pipeline.pairs.splitfile import paths_in
from pipeline.recognise.recogniser import load
from pipeline.train.recipes import PRESETS, recipe
from siamese_np import kernels

PAIRS = 10_000  # drawn for recipes that train on a fixed list
MANY = 10  # with more unseen test people than this it is P2
METHODS = ("ours", "raw_pixels", "eigenfaces", "fisherfaces", "chance")


def read_people(root: Path, folders: list[str]) -> Faces:
    """The faces in ROOT/FOLDER/PERSON of each folder. The same name in several folders is one person."""
    faces, _ = pairs.read_folder(root / folders[0])
    for folder in folders[1:]:
        more, _ = pairs.read_folder(root / folder, faces.images.shape[2:])
        names = tuple(dict.fromkeys((*faces.names, *more.names)))
        people = np.array([names.index(more.names[person]) for person in more.people], np.int32)
        faces = Faces(np.concatenate([faces.images, more.images]), np.concatenate([faces.people, people]), names,
                      (*faces.sources, *more.sources))  # fmt: skip
    return faces


def folders_below(root: Path) -> list[str]:
    """The folders of people below `root`: "." for ROOT/PERSON/PHOTO, else every FOLDER of ROOT/FOLDER/PERSON/PHOTO."""
    inside = sorted(entry for entry in root.iterdir() if entry.is_dir()) if root.is_dir() else []
    deeper = [entry.name for entry in inside if any(deep.is_dir() for deep in entry.iterdir())]
    return deeper or ["."]


def prepare(root: Path, split: Path) -> tuple[str, PairData]:
    """The protocol of a split file, and its data. Raises JobError for a split that can't be followed or evaluated."""
    folders = sorted({str(PurePosixPath(path).parent.parent) for part, path in paths_in(split) if part != "drop"})
    faces = read_people(root, folders)
    followed = pairs.from_file(faces, split)
    protocol = _protocol(split, followed.part, faces, folders)
    return protocol, pairs.build(faces, followed, {"train": PAIRS}, np.random.default_rng(0))


def _protocol(split: Path, parts: np.ndarray, faces: Faces, folders: list[str]) -> str:
    names = np.array(faces.names)
    sizes = {part: np.bincount(faces.people[parts == part], minlength=len(names)) for part in pairs.PARTS}
    for part in ("train", "test"):
        if np.count_nonzero(sizes[part]) < 2:
            raise JobError(f"{split}: the {part} part has fewer than 2 people; train and test need 2 or more")
    tested, trained = sizes["test"] > 0, sizes["train"] > 0
    unseen = tested & ~trained
    if not unseen.any():
        return "P3" if folders == ["."] else "P4"
    if not unseen[tested].all():
        who = ", ".join(names[unseen][:5])
        raise JobError(f"{split}: {who}: in test, but not in train, while other test people are in both. Give all test "
                       "people training photos (known people), or none of them (unseen people)")  # fmt: skip
    few = tested & (sizes["test"] < 2)
    if few.any():
        who = ", ".join(names[few][:5])
        raise JobError(f"{split}: {who}: 1 test photo; unseen people need 2 or more, for gallery and probe")
    if sizes["val"].any():
        return "P1"
    return "P2" if np.count_nonzero(tested) > MANY else "P5"


def with_landmarks(data: PairData, kept: Path | None = None) -> PairData:
    """The data with the landmarks of its faces. If the detector has no weights, the data unchanged, and a message.

    kept: a file that keeps the landmarks for the next run.
    """
    find = Found(kept) if kept else None
    try:
        points = landmarks.beside(data, find=find.find) if find else landmarks.beside(data)
    except JobError as error:
        console.say(f"faces stay as they are, not aligned: {error}")
        return data
    finally:
        if find:
            find.save()
    missed = int(np.isnan(points).any((1, 2)).sum())
    console.say(f"landmarks found on {len(points) - missed} of {len(points)} faces; the others keep a plain crop")
    return replace(data, landmarks=points)


def measure(data: PairData, preset: str, seeds: int, kernels_name: str, epochs: int | None = None) -> dict[str, Any]:
    """Train and evaluate once per seed. Returns the seconds and parameters of a training, and the results, as JSON."""
    reports = []
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            train.train(data, preset, recipe(preset, epochs=epochs), Path(folder), seed, kernels_name)
            reports.append(evaluate.evaluate(load(Path(folder), kernels_name), data, seed=0))
    results = {method: {} for method in METHODS}
    for method in METHODS:
        for metric in reports[0]["results"][method]:
            values = [report["results"][method][metric]["mean"] for report in reports]
            mean, spread = float(np.mean(values)), float(np.std(values))
            results[method][metric] = {"mean": round(mean, 2), "spread": round(spread, 2)}
    return {
        "seconds": round(float(np.mean([report["seconds"] for report in reports])), 1),
        "parameters": reports[0]["parameters"],
        "results": results,
    }


def table(report: dict[str, Any]) -> str:
    """The report as text."""
    results = report["results"]
    lines = [f"{report['protocol']}, preset {report['preset']}: percent, mean and spread over seeds; "
             f"{report['seconds']} s per training, {report['parameters']} parameters", "",
             f"{'':22}" + "".join(f"{method:>15}" for method in METHODS)]  # fmt: skip
    for metric in results["ours"]:
        cells = (results[method].get(metric) for method in METHODS)
        lines.append(f"{metric:22}" + "".join(f"{_cell(cell):>15}" for cell in cells))
    return "\n".join(lines)


def _cell(figure: dict[str, float] | None) -> str:
    if figure is None:
        return "-"
    return f"{figure['mean']:.1f}" + (f" ±{figure['spread']:4.1f}" if figure["spread"] else " " * 6)


@click.command("accuracy", cls=console.Stage)
@click.option("--data", "root", type=Path, required=True,
              help="A folder with one folder per person, or several such folders.")  # fmt: skip
@click.option("--split", type=Path, required=True, help='A file of lines "part TAB path"; paths are below --data.')
@click.option("--extra", type=Path, help="A folder of further people, for training only.")
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, help="Trainings, with seeds 0, 1 ...")
@click.option("--preset", type=click.Choice(list(PRESETS)), default="default", show_default=True)
@click.option("--landmarks", "kept", type=Path, help="A file that keeps the landmarks for the next run.")
@click.option("--epochs", type=click.IntRange(1), help="Epochs, in place of the preset's.")
@click.option("--kernels", "kernels_name", type=click.Choice(kernels.NAMES), default="numba", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(root, split, extra, seeds, preset, kept, epochs, kernels_name, as_json):
    """Train on the train part of a split, and print how well the test part is recognised.

    The seconds are those of one training. Finding the landmarks comes before it and is not counted.
    """
    protocol, data = prepare(root, split)
    if extra:
        data, left_out = add_people(data, read_people(extra, folders_below(extra)))
        added = len(data.images) - data.info["without_extra"]
        console.say(f"{added} photos of extra people also train. {len(left_out)} were left out: "
                    "people of the split, or near copies of validation or test photos")  # fmt: skip
        # a fixed list of pairs is drawn again, so that it contains the extra people
        rows, same = pairs.draw_pairs(data.people, data.indices("train"), PAIRS, np.random.default_rng(0))
        data = replace(data, pairs={**data.pairs, "train": rows}, same={**data.same, "train": same})
    if PRESETS[preset].uses_landmarks:
        data = with_landmarks(data, kept)
    report = {"protocol": protocol, "split": split.stem, "extra": extra and extra.name, "preset": preset,
              **measure(data, preset, seeds, kernels_name, epochs)}  # fmt: skip
    click.echo(json.dumps(report) if as_json else table(report))


if __name__ == "__main__":
    main()
