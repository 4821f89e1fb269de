"""The demo: from the ORL faces to a page where a newly trained network recognises people it never saw.

Of the 40 people, 20 train the network, 5 are used to choose thresholds, and the network never sees the other 15. Of
these 15, 10 are enrolled in the gallery with 5 photos each, and their other 5 photos are probes; 5 remain strangers.
"""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from pipeline import evaluate, pairs, photos
from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.common.names import folder_for
from pipeline.datasets import orl
from pipeline.faces import landmarks
from pipeline.pairs import PairData
from pipeline.recognise.recogniser import load
from pipeline.train import train
from pipeline.train.recipes import recipe
from siamese_np import kernels
from webapp.finish import fill, finish
from webapp.server.listen import PORT

VALIDATE, TEST = 5, 15  # people
PAIRS = 10_000


def make_pairs(folder: Path, seed: int, fresh: bool) -> PairData:
    """The pairs folder of the demo. One that was made before with this seed is reused; any other raises JobError."""
    if folder.exists() and not fresh:
        data = pairs.load(folder)
        if data.info.get("seed") != seed or hashlib.sha256(data.images).hexdigest() != orl.SHA256:
            raise JobError(f"{folder} was made with another seed or from other faces: choose other folders with "
                           "--pairs and --run, or replace it with --fresh")  # fmt: skip
        if data.landmarks is None:  # made before the demo aligned faces
            data = replace(data, landmarks=landmarks.beside(data))
            pairs.save(folder, data)
        console.say(f"reusing the pairs in {folder}")
        return data
    faces = orl.load()
    rng = np.random.default_rng(seed)
    data = pairs.build(faces, pairs.by_person(faces, VALIDATE, TEST, rng), PAIRS, rng)
    data = replace(data, landmarks=landmarks.beside(data))
    pairs.save(folder, data)
    console.say(f"wrote {folder}: {len(faces.images)} faces of {len(faces.names)} people as .npy, and "
                f"{PAIRS:,} pairs each for train, val and test")  # fmt: skip
    return data


def fill_gallery(run: Path, data: PairData, roles: evaluate.Roles) -> None:
    """Write the enrolled photos to RUN/gallery, and photos to try to RUN/samples/known and RUN/samples/strangers."""
    for kind, rows in (("known", roles.known), ("strangers", roles.strangers)):
        for row in rows:
            target = run / "samples" / kind / folder_for(data.names[data.people[row]]) / Path(data.sources[row]).name
            photos.write_png(target, data.images[row, 0])
    fill(run / "gallery", data, roles.enrolled)


def run_demo(
    run: Path, pairs_folder: Path, epochs: int | None, seed: int, kernels_name: str, fresh: bool
) -> dict[str, Any]:
    """Everything except serving the page. Returns the report card."""
    data = make_pairs(pairs_folder, seed, fresh)
    trained = train(data, "default", recipe("default", epochs=epochs), run, seed, kernels_name, fresh)
    what = "reusing" if trained.reused else "wrote"
    console.say(f"{what} {run / 'model.npz'}; its loss and distances: {run / 'curves.png'}")
    if fresh:
        for folder in ("gallery", "samples"):
            shutil.rmtree(run / folder, ignore_errors=True)
    if not (run / "gallery").exists():
        fill_gallery(run, data, evaluate.open_set_roles(data, seed))
    report = evaluate.evaluate(load(run, kernels_name), data, seed, run / "pictures")
    evaluate.write_report(run / "report.json", report)
    return report


@click.command("demo", cls=console.Stage)
@click.option("--run", type=Path, default=Path("runs/demo"), show_default=True, help="Where the model goes.")
@click.option("--pairs", "pairs_folder", type=Path, default=Path("data/demo-pairs"), show_default=True)
@click.option("--epochs", type=click.IntRange(1), help="Epochs of training, in place of the preset's.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of split, weights and batches.")
@click.option("--kernels", "kernels_name", type=click.Choice(kernels.NAMES), default="numba", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one.")
@click.option("--fresh", is_flag=True, help="Start over, and replace the pairs, the model and its gallery.")
@click.option("--no-serve", is_flag=True, help="Stop after the report card, without the page.")
@click.option("--json", "as_json", is_flag=True, help="Print the report card as one JSON object.")
def main(run, pairs_folder, epochs, seed, kernels_name, port, fresh, no_serve, as_json):
    """Train on real faces before your eyes, judge the result, and serve a page to try it on.

    Uses the ORL faces. When it is run again, it reuses what is there, and continues a training that Ctrl-C stopped.
    """
    finish(
        lambda: run_demo(run, pairs_folder, epochs, seed, kernels_name, fresh),
        run, kernels_name, port, no_serve, as_json,
    )  # fmt: skip


if __name__ == "__main__":
    main()
