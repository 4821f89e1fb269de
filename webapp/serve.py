"""Serve the page with waitress, at 127.0.0.1 only: the page shows photos of people and has no login."""

from pathlib import Path

import click

from pipeline.common.console import Stage
from pipeline.common.options import KERNELS
from pipeline.recognise.options import GALLERY, RUN
from pipeline.recognise.thresholds import RULES
from webapp import create_app
from webapp.server.listen import PORT, serve


@click.command("serve", cls=Stage)
@RUN
@GALLERY
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one.")
@click.option("--rule", type=click.Choice(RULES), default="mean", show_default=True,
              help="Compare with the mean of a person's photos, or with the nearest one.")  # fmt: skip
@KERNELS
def main(run: Path, chosen: Path | None, port: int, rule: str, kernels_name: str) -> None:
    """Serve the page for the trained model in a run folder, at 127.0.0.1."""
    serve(create_app({"RUN": run, "GALLERY": chosen, "RULE": rule, "KERNELS": kernels_name}), port)


if __name__ == "__main__":
    main()
