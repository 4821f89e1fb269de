"""Photos of people in grey: SOURCE/Anna/1.jpg becomes TARGET/Anna/1.jpg.png, one channel, without further loss."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import click

from pipeline import photos
from pipeline.common import atomic, locks
from pipeline.common.console import Stage, progress
from pipeline.common.errors import JobError
from pipeline.faces.table import TABLE
from pipeline.photos import folder


@dataclass(frozen=True)
class Report:
    """What became of each photo.

    noted: written, with a remark (an animation, for instance). leftover: grey photos in the target whose source is
    gone or unreadable now.
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


@locks.one_job_in("target")
def gray_folder(source: Path, target: Path) -> Report:
    """Write each photo of `source` (a folder of people) in grey to `target`.

    A grey photo that is newer than its source is kept, so that a run that was stopped goes on where it was. A photo
    that can't be read is reported, and the run goes on. Raises JobError where no photo can be read at all, where two
    photos would get one name, and where `target` lies within `source`. The table of extraction is copied with the
    faces.
    """
    source, target = Path(source), Path(target)
    if target.resolve().is_relative_to(source.resolve()):
        raise JobError(f"{target} lies within {source}: choose a folder outside it for the grey photos")
    scan = folder.scan(source)
    jobs = folder.plan(scan, target)
    written, kept, noted, unreadable = [], [], [], []
    for output, path in progress(jobs.items(), "grey"):
        if _is_newer(output, path):
            kept.append(output)
            continue
        try:
            photo = photos.examine(path)
            photos.write_png(output, photos.to_gray(photo.rgb))
            written.append(output)
            if photo.note:
                noted.append((path, photo.note))
        except photos.PhotoError as error:
            unreadable.append((path, str(error)))
    if not written and not kept:
        reasons = "".join(f"\n  {path} {reason}" for path, reason in unreadable)
        raise JobError(f"No photo in {source} can be read:{reasons}")
    if (source / TABLE).is_file():
        with atomic.writing(target / TABLE) as temporary:
            shutil.copyfile(source / TABLE, temporary)
    leftover = sorted(set(target.glob("*/*.png")) - {*written, *kept})
    people = len(scan.people)
    return Report(people, *map(tuple, (written, kept, noted, unreadable, scan.skipped, leftover)))


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
    """Write the photos in SOURCE (one folder per person) in grey to TARGET.

    SOURCE is data/faces and TARGET data/gray unless told otherwise. Running it again does only what is new.
    """
    for line in gray_folder(source, target).lines():
        click.echo(line)


if __name__ == "__main__":
    main()
