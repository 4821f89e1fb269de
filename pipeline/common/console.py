"""The output of a stage: results on standard output, status and progress on standard error, exit codes 0, 1 and 2."""

import errno
import functools
import os
import re
import shlex
import sys
from collections.abc import Iterable
from typing import Any

import click
from tqdm import tqdm

from pipeline.common import output
from pipeline.common.errors import JobError, reason
from siamese_np import threads

ROOM = "Make room on that disk, and give the same command again."
WORD = re.compile(r"[\w.:/\\+=-]+")  # needs no quotes on Windows
WAYS_OUT = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EROFS: "That disk can only be read: choose a folder elsewhere.",
    errno.EACCES: "You may not read or write there: change its rights, or choose another folder.",
    errno.ENAMETOOLONG: "Give it a shorter name.",
}


class Talking(click.Command):
    """The outermost command of a process. What it prints cannot fail, see output.py.

    The exit code is 1 where all was done, but standard output could not be stored (a full disk behind >).
    """

    def main(self, *args: Any, **kwargs: Any) -> Any:
        with output.that_cannot_fail() as written:
            try:
                return super().main(*args, **kwargs)
            except SystemExit as end:
                written.flush()
                if written.failed and not end.code:
                    raise SystemExit(1) from None
                raise


class Stage(Talking):
    """A click command that turns a JobError into a message and exit code 1 (click itself exits with 2 on wrong usage).

    It does the same for a missing package and for an error of the operating system, such as a full disk.
    """

    def invoke(self, context: click.Context) -> Any:
        try:
            threads.count()  # before Numba is loaded, which warns of a wrong NUMBA_NUM_THREADS or fails with it
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        try:
            return super().invoke(context)
        except JobError as error:
            raise click.ClickException(str(error)) from error
        except ImportError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(_told(error, context)) from error
        except EOFError as error:  # click takes it for Ctrl-D at a question, and would say no more than "Aborted!"
            raise RuntimeError("a file ended too early, which should have been noticed when it was read") from error


def _told(error: OSError, context: click.Context) -> str:
    """Which file it is about, the system's reason, what became of the file (a note of the error), and the way out."""
    where = error.filename2 or error.filename
    # an int is the number of an open file
    named = f"{context.command_path} ended early" if where is None or isinstance(where, int) else os.fsdecode(where)
    parts = [f"{named}: {reason(error)}.", *getattr(error, "__notes__", ()), WAYS_OUT.get(error.errno, "")]
    return " ".join(parts).rstrip(" .")


def this_command() -> str:
    """The command line that continues the work of this program: the one that started it, without --fresh."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--fresh"]
    program = click.get_current_context().find_root().info_name or "siamese-np"  # or "python -m pipeline.STAGE"
    return f"{program} {quoted(*arguments)}".rstrip()


def quoted(*arguments: str) -> str:
    """Arguments as they are typed in the shell of this system. On Windows in double quotes, which cmd and PowerShell
    know; no name of a file can hold one there."""
    if os.name != "nt":
        return shlex.join(arguments)
    return " ".join(text if WORD.fullmatch(text) else f'"{text}"' for text in arguments)


def say(text: str) -> None:
    """Print a line of status on standard error, above a progress bar if there is one. Any thread may call it."""
    with tqdm.external_write_mode(file=sys.stderr):
        click.echo(text, err=True)


@functools.lru_cache(maxsize=1000)
def say_once(text: str) -> None:
    """`say`, but the same text only once per process."""
    say(text)


def printable(text: str) -> str:
    """`text` with a mark instead of each character that can't be printed. A file name may contain any bytes."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def progress(items: Iterable | None, description: str, total: int | None = None, done: int = 0) -> tqdm:
    """Iterate with a progress bar on standard error that estimates the time left. No bar where that is no terminal.

    done: how many of `total` were done earlier; the estimate of the time left does not use them.
    """
    return tqdm(items, desc=description, total=total, initial=done, file=sys.stderr, disable=None, leave=False,
                dynamic_ncols=True)  # fmt: skip
