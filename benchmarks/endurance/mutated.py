"""Damaged images in every format that Pillow writes, and HEIC, to the reader and to the page, for some seconds each.

    files    how many; formats: of how many formats; read: how many of them are photos all the same
    wrong    exceptions of the reader other than PhotoError, or answers of the page from 500 on; there must be none
    busy     answers of the page that ask to try again later (503)
    slowest_s  of one photo; the reader ends a decoder after Limits.max_seconds of processor time
    before_mb, half_mb, after_mb   the memory of the process and its decoders

A file is changed by single bytes, by runs of one value, by numbers of 4 bytes that are made large, by pieces that are
left out, doubled or taken from another file, and by cutting it.
"""

import io
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from benchmarks.endurance.page import Page, megabytes
from pipeline import photos
from pipeline.datasets import orl
from pipeline.photos import PhotoError

NOT_TRIED = {"PDF", "MPEG"}  # Pillow writes the first and can't open it; the second is only a header

LARGE = (0xFFFF, 0x10000, 1 << 24, 0x7FFFFFFF, 0xFFFFFFFF)


def files() -> dict[str, list[bytes]]:
    """Format -> a small photo of a face in that format, in several modes and with several options."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    Image.init()
    face = Image.fromarray(np.pad(orl.load().images[0, 0], 30, mode="edge"))
    found: dict[str, list[bytes]] = {}
    for form in sorted(set(Image.SAVE) - NOT_TRIED):
        for mode in ("RGB", "L", "P", "1", "RGBA", "CMYK", "I;16"):
            for options in ({}, {"progressive": True}, {"compression": "tiff_lzw"}, {"save_all": True}):
                buffer = io.BytesIO()
                try:
                    face.convert("I" if mode == "I;16" else mode).convert(mode).save(buffer, form, **options)
                    Image.open(io.BytesIO(buffer.getvalue())).load()
                except Exception:  # this format has no such mode, or Pillow can't read what it has written
                    continue
                if buffer.getvalue() not in found.setdefault(form, []):
                    found[form].append(buffer.getvalue())
    return {form: some for form, some in found.items() if some}


def mutations(rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """(format, damaged file), without end; the formats take turns."""
    by_form = files()
    every = [data for some in by_form.values() for data in some]
    while True:
        for form, some in by_form.items():
            data = bytearray(some[rng.integers(len(some))])
            for _ in range(rng.integers(1, 5)):
                _change(data, every[rng.integers(len(every))], rng)
            yield form, bytes(data)


def reader(seconds: float) -> dict[str, float]:
    """Damaged files to photos.read."""
    def ask(data: bytes) -> str:
        try:
            photos.read(data)
        except PhotoError:
            return "refused"
        except Exception:
            return "wrong"
        return "read"

    return _ask_for(seconds, ask, lambda: megabytes(os.getpid()))


def to_page(page: Page, seconds: float) -> dict[str, float]:
    """Damaged files to POST /api/predict."""
    def ask(data: bytes) -> str:
        status, _, _ = page.post(data)
        return "busy" if status == 503 else "wrong" if status >= 500 else "read" if status == 200 else "refused"

    return _ask_for(seconds, ask, page.megabytes)


def _ask_for(seconds: float, ask: Callable[[bytes], str], memory: Callable[[], float]) -> dict[str, float]:
    found, forms, slowest = Counter(), Counter(), 0.0
    supply = mutations(np.random.default_rng(0))
    next(supply)
    memories = []
    for share in (0.2, 0.4, 0.4):  # what is loaded once is loaded after the first part
        end = time.perf_counter() + share * seconds
        while (began := time.perf_counter()) < end:
            form, data = next(supply)
            forms[form] += 1
            found[ask(data)] += 1
            slowest = max(slowest, time.perf_counter() - began)
        memories.append(memory())
    counts = {name: found[name] for name in ("read", "wrong", "busy")}
    before, half, after = memories
    return {"files": sum(found.values()), "formats": len(forms), **counts, "slowest_s": slowest, "before_mb": before,
            "half_mb": half, "after_mb": after}  # fmt: skip


def _change(data: bytearray, other: bytes, rng: np.random.Generator) -> None:
    """Damage `data` in one way. `other`: a file from which a piece may come."""
    if len(data) < 8:
        return
    at, length = int(rng.integers(len(data) - 4)), int(rng.integers(1, 40))
    kind = rng.integers(7)
    if kind == 0:
        data[at] ^= int(rng.integers(1, 256))
    elif kind == 1:
        data[at : at + length] = bytes([int(rng.choice([0, 255]))]) * length
    elif kind == 2:
        data[at : at + 4] = int(rng.choice(LARGE)).to_bytes(4, ("big", "little")[rng.integers(2)])
    elif kind == 3:
        del data[at : at + length]
    elif kind == 4:
        data[at:at] = data[at : at + length]
    elif kind == 5:
        start = int(rng.integers(len(other)))
        data[at:at] = other[start : start + length]
    else:
        del data[max(at, 8) :]
