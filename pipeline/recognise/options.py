"""Where a command finds the model, the gallery and the photos of a question."""

from collections.abc import Sequence
from pathlib import Path

import click

from pipeline import photos
from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.common.names import SYSTEM_FILES
from pipeline.photos.folder import natural


def last_run() -> Path:
    """The folder in runs/ with the newest model; runs/default where there is none."""
    models = sorted(Path("runs").glob("*/model.npz"), key=lambda path: path.stat().st_mtime)
    if not models:
        return Path("runs/default")
    console.say(f"using the run {models[-1].parent}")
    return models[-1].parent


def _which(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is None or value == "largest" or value.isdecimal() and int(value) > 0:
        return value
    raise click.BadParameter(f"{value!r} is neither largest nor a number from 1 on")


RUN = click.option("--run", type=Path, default=last_run, show_default="the one trained last in runs/",
                   help="The folder with the model.")  # fmt: skip
GALLERY = click.option("--gallery", "chosen", type=Path,
                       help="A folder of people, one folder per person.  [default: gallery in the run]")  # fmt: skip
FACE = click.option("--face", "which", metavar="largest|N", callback=_which,
                    help="Which face is meant, where a photo shows several; 1 is the largest.")  # fmt: skip


def gallery_of(run: Path, chosen: Path | None) -> Path:
    """The gallery a command means: the chosen folder, or the one inside the run."""
    return chosen or run / "gallery"


def photos_in(paths: Sequence[Path]) -> list[Path]:
    """The files among `paths`, and the photos in the folders among them and below, in natural order.

    Files of a folder that are no photos are left out, and said. Raises JobError for a folder without any photo.
    """
    found = []
    for path in paths:
        inside = [path]
        if path.is_dir():
            files = [file for file in path.rglob("*") if _is_listed(file, path)]
            inside = [file for file in sorted(files, key=lambda file: natural(str(file))) if _is_photo(file)]
            if not inside:
                raise JobError(f"{path} holds no photo")
        found += inside
    return found


def _is_listed(file: Path, root: Path) -> bool:
    parts = file.relative_to(root).parts
    return file.is_file() and not any(part.startswith(".") or part.casefold() in SYSTEM_FILES for part in parts)


def _is_photo(file: Path) -> bool:
    try:
        photos.sniff(file)
    except photos.PhotoError as error:
        console.say(f"left out {file}: {error}")
        return False
    return True
