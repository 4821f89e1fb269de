"""Who is this? and People: photos and face crops asked about, by one client and by several, and a large gallery."""

import io
import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.page.client import Client
from pipeline import photos
from pipeline.recognise.options import photos_in

LONG_SIDE = 1024
CLIENTS = 8


def per_second(port: int, asked: Sequence[bytes], count: int, seconds: float) -> float:
    """Answers per second of `count` clients at once, each of which asks again as soon as it has its answer."""
    answers, failures, end = [0] * count, [], time.perf_counter() + seconds

    def work(number: int) -> None:
        client = Client(port)
        try:
            while time.perf_counter() < end:
                client.ask(asked[(number + answers[number]) % len(asked)])
                answers[number] += 1
        except Exception as error:  # told below: a thread can't raise it
            failures.append(error)
        finally:
            client.close()

    begin = time.perf_counter()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(answers) / (time.perf_counter() - begin)


def clients(port: int, asked: Sequence[bytes], seconds: float) -> dict[str, float]:
    """Answers per second of one client and of CLIENTS, in turns, and their ratio."""
    one, many = [], []
    for _ in range(3):
        one.append(per_second(port, asked, 1, seconds / 3))
        many.append(per_second(port, asked, CLIENTS, seconds / 3))
    alone, together = float(np.median(one)), float(np.median(many))
    return {"one": round(alone, 1), "together": round(together, 1), "ratio": round(together / alone, 2)}


def large_photos(folder: Path | None) -> list[bytes]:
    """JPEG files of LONG_SIDE pixels: the photos in `folder` and below, or the astronaut."""
    if folder is None:
        from skimage.data import astronaut

        pictures = [astronaut()]
    else:
        pictures = [photos.as_picture(photos.read(path)) for path in photos_in([folder])]
    made = []
    for picture in pictures:
        image = Image.fromarray(picture)
        scale = LONG_SIDE / max(image.size)
        buffer = io.BytesIO()
        size = round(image.width * scale), round(image.height * scale)
        image.resize(size, Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=90)
        made.append(buffer.getvalue())
    return made


def large_gallery(run: Path, target: Path, people: int, each: int) -> None:
    """A run at `target` with the model of `run` and people x each photos, those of its gallery slightly changed."""
    target.mkdir()
    shutil.copy(run / "model.npz", target)
    known = [photos.read(path) for path in sorted((run / "gallery").rglob("*.png"))]
    rng = np.random.default_rng(0)
    for person in range(people):
        for k in range(each):
            picture = known[(person * each + k) % len(known)]
            changed = np.clip(picture + rng.integers(-3, 4, picture.shape), 0, 255).astype(np.uint8)
            photos.write_png(target / "gallery" / f"person {person:03}" / f"{k}.png", changed)


def peer(python: str, large: Sequence[bytes]) -> dict[str, float]:
    """What benchmarks.page.peer says of the photos. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as temporary:
        paths = [Path(temporary) / f"{k}.jpg" for k in range(len(large))]
        for path, photo in zip(paths, large):
            path.write_bytes(photo)
        command = [python, "-m", "benchmarks.page.peer", *map(str, paths)]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
