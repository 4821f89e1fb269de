"""Decoding in bounds: processes that decode photos for this one, each photo with a deadline, all within one memory.

The cost of a photo is not always in its header: a JPEG may have thousands of scans, a PNG a million empty chunks, a
TIFF a strip for each row, and libraries have faults that are found later. A process can be ended, a thread can't.

Each decoder is a Python process (`decoder.py`) at the other end of two pipes. It ends with this one, since its input
ends then. To hand a photo of 12 million pixels over takes 75 ms of processor time, and decoding it 90. A decoder gets

    max_seconds of processor time, held by the system itself (not on Windows), and five times as many on the clock
    16 bytes per pixel of the largest photo, held by the system (Linux)

and all decoders together decode AT_ONCE pixels at a time, so that many large photos wait for each other.
"""

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.photos.decode import Limits, Photo
from pipeline.photos.decoder import Decoder
from pipeline.photos.kinds import PhotoError

AT_ONCE = 64_000_000  # pixels; one photo may have more, and is decoded alone then
IDLE = 10.0  # seconds after which a decoder without work ends and gives its memory back


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
                photo = decoder.decode(data, form, limits, self.pixels.taken)
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
