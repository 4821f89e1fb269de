"""One process that decodes photos for this one, and can be ended at any time. `decoder_main.py` is what it runs."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict

import numpy as np

from pipeline.common.errors import JobError
from pipeline.photos.decode import Limits, Photo
from pipeline.photos.kinds import PhotoError

try:
    import fcntl  # not on Windows
except ImportError:
    fcntl = None

WAIT = 5  # clock time / processor time: the machine may be busy with something else
PIPE = 1 << 20  # bytes of the pipe for pictures, where the system lets a program choose
# glibc keeps freed memory for later unless it is told that large blocks are to be returned at once. One thread is enough
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "8000000", "MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1",
               "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # fmt: skip
# the modules are found where this process finds them
START = "import sys; sys.path[:] = sys.argv[1:]; from pipeline.photos import decoder_main; decoder_main.main()"


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

    def decode(self, data: bytes, form: str, limits: Limits, taken: Callable[[int], AbstractContextManager]) -> Photo:
        """The photo, decoded within `taken(pixels)`.

        Raises PhotoError where the photo is bad, and EOFError where the process has ended over it.
        """
        task = {"bytes": len(data), "form": form, "limits": asdict(limits)}
        with self._deadline(limits):
            self._send(json.dumps(task).encode() + b"\n" + data)
            count = self._answer()["pixels"]
        with taken(count), self._deadline(limits):
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
