"""Standard output and standard error as streams that can always be written to.

Three things can go wrong while a command prints, and none of them may undo or hide the work that was done:

    1. the encoding lacks a character (a name in another alphabet on cp1252): it is written as \\u674e
    2. nobody reads any more (a pipe into head): the text is dropped, and the command ends as it would have ended
    3. the text cannot be stored (a full disk behind >): it goes to standard error instead, and the exit code is 1
"""

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO


class Output:
    """Stands in front of `stream`, whose place in messages is `name`. `other`: where the text goes in case 3.

    It has no attribute `buffer`: click would write to that directly.
    """

    def __init__(self, stream: TextIO, name: str, other: "Output | None" = None) -> None:
        self._stream, self._name, self._other = stream, name, other
        self._is_open = True  # else text is dropped, or goes to `other`
        self._unsure = ""  # written, but not yet flushed
        self.failed = False  # case 3

    def write(self, text: str) -> int:
        if not self._is_open:
            if self.failed and self._other:
                self._other.write(text)
        else:
            encoding = self._stream.encoding or "utf-8"
            shown = text.encode(encoding, "backslashreplace").decode(encoding)
            self._unsure += shown
            self._try(lambda: self._stream.write(shown))
        return len(text)

    def flush(self) -> None:
        if self._is_open:
            self._try(self._stream.flush)
        if self._is_open:
            self._unsure = ""

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":
            raise AttributeError(name)
        return getattr(self._stream, name)

    def _try(self, act: Callable[[], Any]) -> None:
        try:
            act()
        except OSError as error:
            self._is_open = False
            _lead_nowhere(self._stream)
            if not _nobody_reads(error):
                self.failed = True
                if self._other:
                    self._other.write(f"{self._name}: {error.strerror or error}. It would have been:\n{self._unsure}")


def _lead_nowhere(stream: TextIO) -> None:
    """What is still in the buffer of `stream` would fail again when the interpreter ends; now it is dropped there."""
    with contextlib.suppress(OSError, ValueError):  # a stream in memory has no number
        number = os.open(os.devnull, os.O_WRONLY)
        os.dup2(number, stream.fileno())
        os.close(number)


def _nobody_reads(error: OSError) -> bool:
    # Windows calls a closed pipe an invalid argument
    return isinstance(error, BrokenPipeError) or os.name == "nt" and error.errno == errno.EINVAL


@contextlib.contextmanager
def that_cannot_fail() -> Iterator[Output]:
    """Within the block, sys.stdout and sys.stderr are such streams; yields the former.

    A standard stream that the process was started without leads nowhere.
    """
    before = sys.stdin, sys.stdout, sys.stderr
    with contextlib.ExitStack() as opened:

        def nowhere(mode: str) -> TextIO:
            return opened.enter_context(open(os.devnull, mode, encoding="utf-8"))

        # in this order: the system gives the number of a closed standard stream to the next file that is opened, and
        # what a library prints there must not go into a file of ours
        sys.stdin = sys.stdin or nowhere("r")
        out = sys.stdout or nowhere("w")
        sys.stderr = Output(sys.stderr or nowhere("w"), "standard error")
        sys.stdout = written = Output(out, "standard output", sys.stderr)
        try:
            yield written
        finally:
            written.flush()
            sys.stderr.flush()
            sys.stdin, sys.stdout, sys.stderr = before
