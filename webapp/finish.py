"""The last part of `demo` and `learn`: fill the gallery, print the report card, serve the page of the new model."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.evaluate.card import card
from pipeline.pairs import PairData
from pipeline.recognise.gallery import Gallery
from webapp import create_app
from webapp.server.listen import serve
from webapp.server.warm import warm


def fill(folder: Path, data: PairData, rows: np.ndarray) -> None:
    """Make a gallery of the images `rows` of a pairs folder, each enrolled under the name of its person."""
    # moved to its place when it is complete, so that a run that is stopped leaves no half gallery
    unfinished = folder.with_name(f".{folder.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    gallery = Gallery(unfinished)
    for person in np.unique(data.people[rows]):
        of_person = rows[data.people[rows] == person]
        known = None if data.landmarks is None else data.landmarks[of_person]
        gallery.enroll(data.names[person], list(data.images[of_person, 0]), known)
    unfinished.rename(folder)


def finish(
    job: Callable[[], dict[str, Any]], run: Path, kernels_name: str, port: int, no_serve: bool, as_json: bool,
    photos: Path | None = None,
) -> None:  # fmt: skip
    """Do the job, print the report card that it returns, and serve the model in `run`, with a page to select `photos`.

    Raises JobError, with the command that continues the job, if Ctrl-C stops it.
    """
    started = time.perf_counter()
    try:
        report = job()
    except KeyboardInterrupt:
        raise JobError(f"stopped; this continues where it stopped:\n{console.this_command()}") from None
    click.echo(json.dumps(report) if as_json else card(report))
    console.say(f"{time.perf_counter() - started:.0f} seconds in all")
    if not no_serve:
        serve(create_app({"RUN": run, "KERNELS": kernels_name, "PHOTOS": photos}), port, ready=warm)
