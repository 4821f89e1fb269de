"""Decoding in bounds: processes that decode photos for this one, each photo with a deadline, all within one memory.

The cost of a photo is not always in its header: a JPEG may have thousands of scans, a PNG a million empty chunks, a
TIFF a strip for each row, and libraries have faults that are found later. A process can be ended, a thread can't.

Each decoder is a Python process (`decoder.py`) at the other end of two pipes. It ends with this one, since its input
ends then. To hand a photo of 12 million pixels over takes 75 ms of processor time, and decoding it 90. A decoder gets

    max_seconds of processor time, held by the system itself (not on Windows), and WAIT times as many on the clock
    16 bytes per pixel of the largest photo, held by the system (Linux)

and all decoders together decode AT_ONCE pixels at a time, so that many large photos wait for each other.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import numpy as np

from pipeline.common.errors import JobError
from pipeline.photos.decode import Limits, Photo
from pipeline.photos.kinds import PhotoError

try:
    import fcntl  # not on Windows
except ImportError:
    fcntl = None

AT_ONCE = 64_000_000  # pixels; one photo may have more, and is decoded alone then
WAIT = 5  # clock time / processor time: the machine may be busy with something else
PIPE = 1 << 20  # bytes of the pipe for pictures, where the system lets a program choose
IDLE = 10.0  # seconds after which a decoder without work ends and gives its memory back
# glibc keeps freed memory for later unless it is told that large blocks are to be returned at once; one thread is enough
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "8000000", "MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1",
               "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # fmt: skip
# the modules are found where this process finds them
START = "import sys; sys.path[:] = sys.argv[1:]; from pipeline.photos import decoder; decoder.main()"


class Pixels:
    """Pixels that may be in work at a time."""

    def __init__(self, total: int) -> None:
        self._total, self._taken = total, 0
        self._change = threading.Condition()

    @contextmanager
    def taken(self, count: int) -> Iterator[None]:
        """Wait until `count` pixels are free, or all are, and take them."""
        with self._change:
            self._change.wait_for(lambda: self._taken == 0 or self._taken + count <= self._total)
            self._taken += count
        try:
            yield
        finally:
            with self._change:
                self._taken -= count
                self._change.notify_all()


class Decoder:
    """One process. After any error other than an answer it is of no use, and has to be ended."""

    def __init__(self) -> None:
        # a group of its own: Ctrl-C in the terminal is for this process, which ends its decoders
        if os.name == "nt":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        else:
            apart = {"process_group": 0}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", START, *sys.path], env=os.environ | ENVIRONMENT,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **apart)  # fmt: skip
        except OSError as error:
            raise JobError(f"no process to decode photos in can be started ({error.strerror})") from error
        if hasattr(fcntl, "F_SETPIPE_SZ"):  # 64 KB otherwise, which means sixteen times as many changes between both
            fcntl.fcntl(self._process.stdout, fcntl.F_SETPIPE_SZ, PIPE)
        self.retirement: threading.Timer | None = None
        self._late = False

    def decode(self, data: bytes, form: str, limits: Limits, pixels: Pixels) -> Photo:
        """Raises PhotoError where the photo is bad, and EOFError where the process has ended over it."""
        task = {"bytes": len(data), "form": form, "limits": asdict(limits)}
        with self._deadline(limits):
            self._send(json.dumps(task).encode() + b"\n" + data)
            count = self._answer()["pixels"]
        with pixels.taken(count), self._deadline(limits):
            self._send(b"\n")
            answer = self._answer()
            height, width, _ = answer["shape"]
            if height * width > limits.max_pixels:
                raise EOFError
            rgb = np.empty((height, width, 3), np.uint8)
            if self._process.stdout.readinto(memoryview(rgb).cast("B")) < rgb.size:
                raise EOFError
        return Photo(rgb, form, answer["note"])

    def why(self, limits: Limits) -> str:
        """What is to be said about a photo over which the process has ended."""
        status = self._process.wait()
        if self._late or status == -getattr(signal, "SIGXCPU", 0):
            return f"takes more than {limits.max_seconds:g} seconds to be decoded: save it again as JPEG or PNG"
        return "makes its decoder fail: save it again as JPEG or PNG"

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        try:
            self._process.stdin.close()  # writes what is left in its buffer
        except OSError:
            pass

    @contextmanager
    def _deadline(self, limits: Limits) -> Iterator[None]:
        def late() -> None:
            self._late = True
            self._process.kill()  # so that reading from it ends

        timer = threading.Timer(WAIT * limits.max_seconds, late)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _send(self, data: bytes) -> None:
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except OSError as error:
            raise EOFError from error

    def _answer(self) -> dict:
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        answer = json.loads(line)
        if "error" in answer:
            raise PhotoError(answer["error"])
        return answer


class Decoders:
    """Up to `count` decoders, started when they are needed; safe to use from many threads.

    ended: how many were ended over a photo. pixels: what is decoded at a time, here and in them.
    """

    def __init__(self, count: int, at_once: int = AT_ONCE, idle: float = IDLE) -> None:
        self._count, self._at_once, self._idle = count, at_once, idle
        self.reset()

    def reset(self) -> None:
        """Forget all decoders: after a fork they are those of the other process."""
        self.ended = 0
        self._free: list[Decoder] = []
        self._busy: set[Decoder] = set()
        self._lock = threading.Lock()
        self._places = threading.Semaphore(self._count)
        self.pixels = Pixels(self._at_once)

    def decode(self, data: bytes, form: str, limits: Limits) -> Photo:
        """As decode.decode, within the bounds of `limits`. Raises PhotoError, and JobError where no process starts."""
        with self._places:
            decoder = self._take()
            try:
                photo = decoder.decode(data, form, limits, self.pixels)
            except PhotoError:
                self._give_back(decoder)
                raise
            except EOFError:
                self._end(decoder)
                raise PhotoError(decoder.why(limits)) from None
            except BaseException:  # Ctrl-C: an answer is under way that nobody will read
                self._end(decoder)
                raise
            self._give_back(decoder)
            return photo

    def close(self) -> None:
        """End all decoders, whatever they do."""
        with self._lock:
            decoders, self._free = [*self._free, *self._busy], []
        for decoder in decoders:
            if decoder.retirement:
                decoder.retirement.cancel()
            decoder.end()

    def _take(self) -> Decoder:
        with self._lock:
            while self._free:
                decoder = self._free.pop()
                decoder.retirement.cancel()
                if decoder.is_alive():
                    break
                decoder.end()  # somebody else has ended it: what is left are its pipes
            else:
                decoder = Decoder()
            self._busy.add(decoder)
            return decoder

    def _give_back(self, decoder: Decoder) -> None:
        decoder.retirement = threading.Timer(self._idle, self._retire, [decoder])
        decoder.retirement.daemon = True
        with self._lock:
            self._busy.discard(decoder)
            self._free.append(decoder)
        decoder.retirement.start()

    def _retire(self, decoder: Decoder) -> None:
        with self._lock:
            if decoder not in self._free:  # it was taken in this moment
                return
            self._free.remove(decoder)
        decoder.end()

    def _end(self, decoder: Decoder) -> None:
        with self._lock:
            self._busy.discard(decoder)
            self.ended += 1
        decoder.end()


DECODERS = Decoders(max(2, min(4, os.cpu_count() or 2)))
atexit.register(DECODERS.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=DECODERS.reset)
