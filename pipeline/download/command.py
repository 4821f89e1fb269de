"""The command `download`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from pipeline.common.console import Stage, say, this_command
from pipeline.common.errors import JobError
from pipeline.common.names import folder_name, folder_of, tidy
from pipeline.download.collect import Rules, Shelf, collect
from pipeline.download.search import SearchError, addresses


@dataclass(frozen=True)
class Result:
    """What came of one person: photos on the disk and where, how many are new, what went wrong, why no search."""

    person: str
    folder: Path
    photos: int
    new: int = 0
    problems: tuple[str, ...] = ()
    failure: SearchError | None = None

    def lines(self) -> list[str]:
        """The result for people."""
        failure = [str(self.failure)] if self.failure else []
        where = f", in {self.folder}" if self.photos else ""
        count = f"{self.photos} photo{'s' * (self.photos != 1)}"
        return [f"{self.person}: {count}, {self.new} of them new{where}",
                *(f"  {reason}" for reason in (*failure, *self.problems))]  # fmt: skip


def download(people: Sequence[str], out: Path, rules: Rules = Rules()) -> list[Result]:
    """Fetch photos of each of `people` into OUT/PERSON until `rules.limit` lie there; one search a person.

    Raises JobError where photos are missing and none came, unless the searches went well and all they found is there
    already. Raises ValueError for a name that can't be a folder, and for two names that would share one.
    """
    folders: dict[str, str] = {}
    for person in map(tidy, people):
        other = folders.setdefault(folder_name(person).casefold(), person)
        if other != person:
            raise ValueError(f"{other!r} and {person!r} would share a folder")
    shelf, results = Shelf(out), []
    for person in folders.values():
        refused = any(result.failure and result.failure.refused for result in results)
        results.append(_one(person, shelf, rules, refused))
    came = any(result.new for result in results)
    if not came and not all(result.photos and not result.failure for result in results):
        reasons = [line for result in results for line in result.lines()]
        raise JobError("\n".join(["no photo came", *reasons, own_photos(out, results[0].folder)]))
    return results


def _one(person: str, shelf: Shelf, rules: Rules, refused: bool) -> Result:
    folder = folder_of(shelf.out, folder_name(person))
    before = shelf.count(folder)
    if before >= rules.limit:
        return Result(person, folder, before)
    if refused:
        return Result(person, folder, before, failure=SearchError("not searched for, as the search refused before"))
    say(f"{person}: searching for {rules.limit - before} photos")
    try:
        found = addresses(person, rules.seconds)
    except SearchError as error:
        return Result(person, folder, before, failure=error)
    told = collect(person, folder, found, shelf, rules)
    after = shelf.count(folder)
    lines = [f"{count} of {len(found)} addresses: {reason}" for reason, count in told.most_common()]
    if after < rules.limit:
        lines.append(f"{rules.limit - after} fewer than asked for: the search has no more")
    return Result(person, folder, after, after - before, tuple(lines))


def own_photos(out: Path, folder: Path) -> str:
    """The way without a search."""
    return (
        f"To use photos of your own, put them into a folder a person, {folder / '1.jpg'}, "
        f"and go on with: siamese-np extract {out}"
    )


@click.command("download", cls=Stage)
@click.argument("people", metavar="NAME...", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=Rules.limit, show_default=True, help="Photos a person.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default="data/raw", show_default=True,
              help="The folder of all people.")  # fmt: skip
@click.option("--timeout", "seconds", type=click.FloatRange(0.1, 600), default=Rules.seconds, show_default=True,
              help="Seconds to wait for an answer.")  # fmt: skip
@click.option("--max-mb", type=click.FloatRange(0.01, 25), default=Rules.max_bytes / 1e6, show_default=True,
              help="The largest file taken.")  # fmt: skip
def main(people: tuple[str, ...], limit: int, out: Path, seconds: float, max_mb: float) -> None:
    """Collect photos of people from a picture search on the web, into a folder a person.

    A name of several words is put in quotes: "Ada Lovelace" is one search. OUT/manifest.jsonl lists where each photo
    came from. Running it again fetches only what is missing. Photos of your own need no download: put them into a
    folder a person. Exit code 1 where photos are missing and none came.
    """
    try:
        results = download(people, out, Rules(limit, seconds, int(max_mb * 1e6)))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="NAME") from error
    except KeyboardInterrupt:
        raise JobError(f"stopped; what came is kept, and this goes on:\n{this_command()}") from None
    for result in results:
        for line in result.lines():
            click.echo(line)
    for result in [result for result in results if result.photos < limit][:1]:
        say(own_photos(out, result.folder))
