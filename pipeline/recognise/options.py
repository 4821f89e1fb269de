"""Where a command finds the model and the gallery it is asked about."""

from pathlib import Path

import click

from pipeline.common import console


def last_run() -> Path:
    """The folder in runs/ with the newest model; runs/default where there is none."""
    models = sorted(Path("runs").glob("*/model.npz"), key=lambda path: path.stat().st_mtime)
    if not models:
        return Path("runs/default")
    console.say(f"using the run {models[-1].parent}")
    return models[-1].parent


RUN = click.option("--run", type=Path, default=last_run, show_default="the one trained last in runs/",
                   help="The folder with the model.")  # fmt: skip
GALLERY = click.option("--gallery", "chosen", type=Path, help="A folder of people.  [default: gallery in the run]")
def gallery_of(run: Path, chosen: Path | None) -> Path:
    """The gallery a command means: the chosen folder, or the one inside the run."""
    return chosen or run / "gallery"
