"""How a stage talks: results on standard output, status and progress on standard error, exit codes 0, 1 and 2."""

import shlex
import sys
from collections.abc import Iterable
from typing import Any

import click
from tqdm import tqdm

from pipeline.common.errors import JobError


class Stage(click.Command):
    """A click command whose JobError becomes a message and exit code 1 (click itself exits with 2 on wrong usage).

    So do a package that is missing and the system's own refusal: a full disk, a folder that can't be written.
    """

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except JobError as error:
            raise click.ClickException(str(error)) from error
        except ImportError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{error.filename or 'a file'}: {error.strerror or error}") from error


def this_command() -> str:
    """The line that goes on with what this program was doing: the one that started it, without --fresh."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--fresh"]
    return shlex.join([click.get_current_context().find_root().info_name or "siamese-np", *arguments])


def say(text: str) -> None:
    """One line of status, on standard error, above a bar where there is one; from any thread."""
    with tqdm.external_write_mode(file=sys.stderr):
        click.echo(text, err=True)


def printable(text: str) -> str:
    """`text` with a mark in place of each sign that can't be shown: names of files may hold anything, even no letters."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def progress(items: Iterable | None, description: str, total: int | None = None, done: int = 0) -> tqdm:
    """Iterate with a bar on standard error that shows the time left; silent where standard error is no terminal.

    done: of `total`, before; they count as done, and not for the time left.
    """
    return tqdm(items, desc=description, total=total, initial=done, file=sys.stderr, disable=None, leave=False,
                dynamic_ncols=True)  # fmt: skip
