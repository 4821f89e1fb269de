"""Photos of people in grey: SOURCE/Anna/1.jpg becomes TARGET/Anna/1.jpg.png, one channel, without further loss.

Brightness is weighted as the eye sees it (ITU-R BT.601): grey = .299 red + .587 green + .114 blue.
"""

from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from PIL import Image

from pipeline import photos
from pipeline.console import Stage, progress
from pipeline.datasets import folder
from pipeline.errors import JobError


@dataclass(frozen=True)
class Report:
    """What became of each photo.

    `noted` were written, with something to say of them (an animation); `leftover` are grey photos in the target whose
    source is gone or unreadable now.
    """

    people: int
    written: tuple[Path, ...]
    kept: tuple[Path, ...]
    noted: tuple[tuple[Path, str], ...]
    unreadable: tuple[tuple[Path, str], ...]
    skipped: tuple[tuple[Path, str], ...]
    leftover: tuple[Path, ...]

    def lines(self) -> list[str]:
        """The report for people."""
        new, old = len(self.written), len(self.kept)
        return [
            f"{self.people} people, {new + old} grey photos: {new} written, {old} already there",
            *(f"skipped {path}: {reason}" for path, reason in self.skipped),
            *(f"left over from an earlier run {path}: delete it if it isn't wanted" for path in self.leftover),
            *(f"{path} {note}" for path, note in self.noted),
            *(f"unreadable {path}: {reason}" for path, reason in self.unreadable),
        ]


def to_gray(rgb: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) uint8 in grey, (H, W) uint8."""
    return np.array(Image.fromarray(rgb).convert("L"))


def gray_folder(source: Path, target: Path) -> Report:
    """Write each photo of `source` (a folder of people) in grey to `target`.

    A grey photo that is newer than its source is kept, so that a run that was stopped goes on where it was. A photo
    that can't be read is reported, and the run goes on. Raises JobError where no photo can be read at all, where two
    photos would get one name, and where `target` lies within `source`.
    """
    source, target = Path(source), Path(target)
    if target.resolve().is_relative_to(source.resolve()):
        raise JobError(f"{target} lies within {source}: choose a folder outside it for the grey photos")
    scan = folder.scan(source)
    jobs = plan(scan, target)
    written, kept, noted, unreadable = [], [], [], []
    for output, path in progress(jobs.items(), "grey"):
        if _is_newer(output, path):
            kept.append(output)
            continue
        try:
            photo = photos.examine(path)
            photos.write_png(output, to_gray(photo.rgb))
            written.append(output)
            if photo.note:
                noted.append((path, photo.note))
        except photos.PhotoError as error:
            unreadable.append((path, str(error)))
    if not written and not kept:
        reasons = "".join(f"\n  {path} {reason}" for path, reason in unreadable)
        raise JobError(f"No photo in {source} can be read:{reasons}")
    leftover = sorted(set(target.glob("*/*.png")) - {*written, *kept})
    people = len(scan.people)
    return Report(people, *map(tuple, (written, kept, noted, unreadable, scan.skipped, leftover)))


def plan(scan: folder.Scan, target: Path) -> dict[Path, Path]:
    """The photo that each output is made of."""
    jobs: dict[Path, Path] = {}
    for person in scan.people:
        for path in person.files:
            # the whole name is kept: a.jpg and a.png are two photos, today and when one of them comes later
            name = path.name if path.suffix.lower() == ".png" else path.name + ".png"
            output = target / person.name / name
            if output in jobs:
                raise JobError(f"{jobs[output]} and {path} would both become {output}: rename one of them")
            jobs[output] = path
    return jobs


def _is_newer(output: Path, source: Path) -> bool:
    if not output.exists():
        return False
    stat = source.stat()
    # st_ctime sees an older photo that was moved over this one, which st_mtime doesn't
    return output.stat().st_mtime >= max(stat.st_mtime, stat.st_ctime)


@click.command("gray", cls=Stage)
@click.argument("source", type=click.Path(path_type=Path), default="data/faces")
@click.argument("target", type=click.Path(path_type=Path, file_okay=False), default="data/gray")
def main(source: Path, target: Path) -> None:
    """Turn the photos in SOURCE (one folder a person) grey, into TARGET.

    SOURCE is data/faces and TARGET data/gray unless told otherwise. Running it again does only what is new.
    """
    for line in gray_folder(source, target).lines():
        click.echo(line)


if __name__ == "__main__":
    main()
