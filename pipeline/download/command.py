"""The command `download`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from pipeline.common.console import Stage, say, this_command
from pipeline.common.errors import JobError
from pipeline.common.names import folder_name, folder_of, tidy
from pipeline.download.collect import Collection, Rules, collect
from pipeline.download.search import SearchError, addresses


@dataclass(frozen=True)
class Result:
    """The result for one person.

    photos: on the disk, in `folder`. new: how many of them this run fetched. problems: reasons why addresses gave no
    photo. failure: why there was no search.
    """

    person: str
    folder: Path
    photos: int
    new: int = 0
    problems: tuple[str, ...] = ()
    failure: SearchError | None = None

    def lines(self) -> list[str]:
        """The result as text."""
        failure = [str(self.failure)] if self.failure else []
        where = f", in {self.folder}" if self.photos else ""
        count = f"{self.photos} photo{'s' * (self.photos != 1)}"
        return [f"{self.person}: {count}, {self.new} of them new{where}",
                *(f"  {reason}" for reason in (*failure, *self.problems))]  # fmt: skip


def download(people: Sequence[str], out: Path, rules: Rules = Rules()) -> list[Result]:
    """Fetch photos of each of `people` into OUT/PERSON until it has `rules.limit` photos. One search per person.

    Raises JobError if photos are missing and none could be fetched, except if every search succeeded and all that it
    found is there already. Raises ValueError for a name that can't be a folder, and for two names of one folder.
    """
    folders: dict[str, str] = {}
    for person in map(tidy, people):
        other = folders.setdefault(folder_name(person).casefold(), person)
        if other != person:
            raise ValueError(f"{other!r} and {person!r} would share a folder")
    collection, results = Collection(out), []
    for person in folders.values():
        refused = any(result.failure and result.failure.refused for result in results)
        results.append(_one(person, collection, rules, refused))
    any_new = any(result.new for result in results)
    if not any_new and not all(result.photos and not result.failure for result in results):
        reasons = [line for result in results for line in result.lines()]
        raise JobError("\n".join(["no photo could be fetched", *reasons, own_photos(out, results[0].folder)]))
    return results


def _one(person: str, collection: Collection, rules: Rules, refused: bool) -> Result:
    folder = folder_of(collection.out, folder_name(person))
    before = collection.count(folder)
    if before >= rules.limit:
        return Result(person, folder, before)
    if refused:
        return Result(person, folder, before, failure=SearchError("not searched for, since the search refused before"))
    say(f"{person}: searching for {rules.limit - before} photos")
    try:
        found = addresses(person, rules.seconds)
    except SearchError as error:
        return Result(person, folder, before, failure=error)
    reasons = collect(person, folder, found, collection, rules)
    after = collection.count(folder)
    lines = [f"{count} of {len(found)} addresses: {reason}" for reason, count in reasons.most_common()]
    if after < rules.limit:
        lines.append(f"{rules.limit - after} fewer than wanted: the search found no more")
    return Result(person, folder, after, after - before, tuple(lines))


def own_photos(out: Path, folder: Path) -> str:
    """How to go on without a search."""
    return (
        f"To use photos of your own, put them into one folder per person, {folder / '1.jpg'}, "
        f"and continue with: siamese-np extract {out}"
    )


@click.command("download", cls=Stage)
@click.argument("people", metavar="NAME...", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=Rules.limit, show_default=True,
              help="Photos per person.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default="data/raw", show_default=True,
              help="The folder with one folder per person.")  # fmt: skip
@click.option("--timeout", "seconds", type=click.FloatRange(0.1, 600), default=Rules.seconds, show_default=True,
              help="The longest wait for an answer, in seconds.")  # fmt: skip
@click.option("--max-mb", type=click.FloatRange(0.01, 25), default=Rules.max_bytes / 1e6, show_default=True,
              help="The largest file that is kept.")  # fmt: skip
def main(people: tuple[str, ...], limit: int, out: Path, seconds: float, max_mb: float) -> None:
    """Collect photos of people from a picture search on the web, into one folder per person.

    Put a name of several words in quotes: "Ada Lovelace" is one search. OUT/manifest.jsonl lists where each photo came
    from. When it is run again, it fetches only missing photos. Photos of your own need no download: put them into one
    folder per person. The exit code is 1 if photos are missing and none could be fetched.
    """
    try:
        results = download(people, out, Rules(limit, seconds, int(max_mb * 1e6)))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="NAME") from error
    except KeyboardInterrupt:
        raise JobError(f"stopped; the photos fetched so far are kept, and this continues:\n{this_command()}") from None
    for result in results:
        for line in result.lines():
            click.echo(line)
    for result in [result for result in results if result.photos < limit][:1]:
        say(own_photos(out, result.folder))
