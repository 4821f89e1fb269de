"""How demo and learn end: with the report card, and the page of what was just trained."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipeline import console
from pipeline.card import card
from pipeline.errors import JobError
from webapp import create_app
from webapp.serve import serve


def finish(
    job: Callable[[], dict[str, Any]], run: Path, kernels_name: str, port: int, no_serve: bool, as_json: bool
) -> None:
    """Do the job, print the report card that it returns, and serve the model in `run`.

    Raises JobError, with the command that goes on, where the job is stopped by Ctrl-C.
    """
    started = time.perf_counter()
    try:
        report = job()
    except KeyboardInterrupt:
        raise JobError(f"stopped; this goes on where it was:\n{console.this_command()}") from None
    click.echo(json.dumps(report) if as_json else card(report))
    console.say(f"{time.perf_counter() - started:.0f} seconds in all")
    if not no_serve:
        serve(create_app({"RUN": run, "KERNELS": kernels_name}), port)
