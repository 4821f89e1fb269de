"""The other end of `decoder.py`: a process that decodes one photo after another, and may be ended at any time.

It reads a line of JSON and the bytes of a file, answers with a line of JSON before decoding (the pixels), waits for a
line, and answers with a line and the picture; or with a line that holds the reason why there is none.
"""

import json
import math
import os
import sys
import time
from typing import BinaryIO

from pipeline.photos.decode import Limits, decode
from pipeline.photos.kinds import PhotoError

try:
    import resource  # not on Windows
except ImportError:
    resource = None

BYTES_PER_PIXEL = 16  # of all copies that a decoder makes: 8 for most, more for AVIF and floating point numbers
BASE_BYTES = 256_000_000  # tables, threads, and what a decoder needs for a small picture


def main() -> None:
    """Decode until the input ends, which it does when the process at the other end is gone."""
    source, target = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints must not stand between the answers
    while line := source.readline():
        task = json.loads(line)
        _one(source.read(task["bytes"]), task["form"], Limits(**task["limits"]), source, target)


def _one(data: bytes, form: str, limits: Limits, source: BinaryIO, target: BinaryIO) -> None:
    def say(**answer: object) -> None:
        target.write(json.dumps(answer).encode() + b"\n")
        target.flush()

    def ready(pixels: int) -> None:
        say(pixels=pixels)
        source.readline()

    _limit(limits)
    try:
        photo = decode(data, form, limits, ready)
    except PhotoError as error:
        say(error=str(error))
        return
    say(shape=photo.rgb.shape, note=photo.note)
    target.write(memoryview(photo.rgb).cast("B"))
    target.flush()


def _limit(limits: Limits) -> None:
    """Bound what this process may take for the next photo, where the system can do that."""
    if resource is None:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + limits.max_seconds), hard))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    room = _mapped() + BASE_BYTES + limits.max_bytes + BYTES_PER_PIXEL * limits.max_pixels
    resource.setrlimit(resource.RLIMIT_AS, (room if hard == resource.RLIM_INFINITY else min(room, hard), hard))


def _mapped() -> int:
    """Bytes of address space that are in use already; 2 GB where the system does not tell."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 2_000_000_000
