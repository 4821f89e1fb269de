"""How fast the page answers: python -m benchmarks.page RUN [--photos FOLDER] [--rounds 40] [--seconds 10] [--json].

RUN is the folder of a trained model with a gallery. The page is started for it in another process, as `siamese-np serve` does,
and asked over HTTP as a browser asks: each client keeps one connection, POSTs a photo, follows the redirect, and has the
answer when the page of the answer is read to its end.

    photo        a photo of 1024 pixels in, its answer out: those of FOLDER, or the astronaut of scikit-image
    crop         the same for photos of the gallery, which are face crops
    first_page   the first page with its stylesheet and scripts
    clients      answers per second of 8 clients at once, divided by those of one client
    people       the page of people, for a gallery of 1,000 photos that were embedded before
    peer         the package face_recognition on the same photos, where SIAMESE_NP_PEERS is a Python that has it (page_peer.py)

Times are in milliseconds. cpu is what the server computes for one answer, on all cores together: it depends less on what else
the machine does. It needs /proc.
"""

import http.client
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
from PIL import Image

from benchmarks import machine
from benchmarks.endurance import page as served
from pipeline import photos
from pipeline.common.console import say
from pipeline.common.errors import JobError
from pipeline.recognise.options import photos_in

LONG_SIDE = 1024
CLIENTS = 8
PEOPLE, PHOTOS_EACH = 100, 10
TARGETS = {"photo": {"median": 150, "p95": 300}, "crop": {"median": 15}, "first_page": {"median": 100}, "people": {"median": 1000}}


class Client:
    """A browser, as far as the server can tell: one connection, which it keeps."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def get(self, address: str) -> str:
        """The text of a page. Raises JobError for a status other than 200."""
        return self._send("GET", address, 200)[1]

    def ask(self, photo: bytes) -> str:
        """The page of the answer for a photo."""
        body = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n' + photo + b"\r\n--x--\r\n"
        place, _ = self._send("POST", "/", 303, body, {"Content-Type": "multipart/form-data; boundary=x"})
        return self.get(place.partition("#")[0])

    def finds_a_face(self, photo: bytes) -> bool:
        """Whether there is an answer; a photo without a face has another way, which is not what is timed."""
        try:
            self.ask(photo)
        except JobError:
            return False
        return True

    def first_page(self) -> str:
        """The first page, after its stylesheet and scripts are read, too."""
        page = self.get("/")
        for address in re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js)[^"]*)"', page):
            self.get(address)
        return page

    def close(self) -> None:
        self._connection.close()

    def _send(self, method: str, address: str, status: int, body: bytes | None = None, headers: dict | None = None) -> tuple[str, str]:
        self._connection.request(method, address, body, headers or {})
        response = self._connection.getresponse()
        text = response.read().decode()
        if response.status != status:
            raise JobError(f"{method} {address} is answered with {response.status}: {text[:300]}")
        return response.headers.get("Location", ""), text


def times(work: Callable[[int], object], rounds: int, cpu: Callable[[], float]) -> dict[str, float]:
    """work(0), work(1) ...: {"median", "p95", "cpu", "rounds"}; two more before them are not counted. cpu(): seconds of the server."""
    for k in range(2):
        work(k)
    taken, before = [], cpu()
    for k in range(rounds):
        begin = time.perf_counter()
        work(k)
        taken.append(1000 * (time.perf_counter() - begin))
    figures = {"median": np.median(taken), "p95": np.quantile(taken, 0.95), "cpu": 1000 * (cpu() - before) / rounds}
    return {name: round(float(value), 1) for name, value in figures.items()} | {"rounds": rounds}


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
        image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=90)
        made.append(buffer.getvalue())
    return made


def peer(python: str, large: Sequence[bytes]) -> dict[str, float]:
    """What benchmarks.page_peer says of the photos. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as temporary:
        paths = [Path(temporary) / f"{k}.jpg" for k in range(len(large))]
        for path, photo in zip(paths, large):
            path.write_bytes(photo)
        command = [python, "-m", "benchmarks.page_peer", *map(str, paths)]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def large_gallery(run: Path, target: Path, people: int, each: int) -> None:
    """A run at `target` with the model of `run` and a gallery of people x each photos: those of `run`, slightly changed."""
    target.mkdir()
    shutil.copy(run / "model.npz", target)
    known = [photos.read(path) for path in sorted((run / "gallery").rglob("*.png"))]
    rng = np.random.default_rng(0)
    for person in range(people):
        for k in range(each):
            picture = known[(person * each + k) % len(known)]
            changed = np.clip(picture + rng.integers(-3, 4, picture.shape), 0, 255).astype(np.uint8)
            photos.write_png(target / "gallery" / f"person {person:03}" / f"{k}.png", changed)


@click.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--photos", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Photos to ask about.  [default: the astronaut]")
@click.option("--rounds", default=40, show_default=True, help="answers of each kind that are timed")
@click.option("--seconds", default=12.0, show_default=True, help="for which 1 and 8 clients ask")
@click.option("--people", default=PEOPLE, show_default=True, help="in the large gallery, 10 photos of each")
@click.option("--kernels", "kernels_name", default="numba", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(run: Path, folder: Path | None, rounds: int, seconds: float, people: int, kernels_name: str, as_json: bool) -> None:
    """Measure how fast the page of the model in RUN answers."""
    crops = [path.read_bytes() for path in sorted((run / "gallery").rglob("*.png"))[:20]]
    if not crops:
        raise click.ClickException(f"{run / 'gallery'} has no photos to ask about.")
    large = large_photos(folder)
    found: dict[str, object] = {"machine": machine.describe()}
    with served.page(run, kernels_name) as page:
        client = Client(page.port)
        large = [photo for photo in large if client.finds_a_face(photo)]
        say(f"{len(large)} large photos, {len(crops)} crops: single answers ...")
        found["photo"] = times(lambda k: client.ask(large[k % len(large)]), rounds, page.seconds)
        found["crop"] = times(lambda k: client.ask(crops[k % len(crops)]), rounds, page.seconds)
        found["first_page"] = times(lambda k: client.first_page(), rounds, page.seconds)
        client.close()
        say("many clients ...")
        found["clients"] = {kind: clients(page.port, asked, seconds) for kind, asked in (("photo", large), ("crop", crops))}
    with tempfile.TemporaryDirectory() as temporary:
        say("a large gallery ...")
        large_gallery(run, Path(temporary) / "run", people, PHOTOS_EACH)
        with served.page(Path(temporary) / "run", kernels_name) as page:
            client = Client(page.port)
            found["people"] = times(lambda k: client.get("/people/"), max(rounds // 4, 1), page.seconds) | {"photos": people * PHOTOS_EACH}
            client.close()
    if python := os.environ.get("SIAMESE_NP_PEERS"):
        say("face_recognition ...")
        found["peer"] = peer(python, large)
    click.echo(json.dumps(found) if as_json else table(found))


def table(found: dict) -> str:
    """The figures as text, beside the targets."""
    lines = []
    for kind, targets in TARGETS.items():
        for figure, most in targets.items():
            value = found[kind][figure]
            lines.append(f"{kind:12}{figure:8}{value:8.1f} ms   {'below' if value < most else 'NOT below'} {most} ms")
        lines.append(f"{kind:12}{'cpu':8}{found[kind]['cpu']:8.1f} ms")
    for kind, of in found["clients"].items():
        lines.append(f"{kind:12}{of['one']} answers per second for one client, {of['together']} for {CLIENTS} (x {of['ratio']})")
    if "peer" in found:
        lines.append(f"{'peer':12}{'median':8}{found['peer']['median']:8.1f} ms, cpu {found['peer']['cpu']} ms")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
