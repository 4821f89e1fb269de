"""How fast the page answers: python -m benchmarks.page RUN [--photos FOLDER] [--rounds 40] [--seconds 12] [--json].

RUN is the folder of a trained model with a gallery. The page is started for it in another process, as by
`siamese-np serve`, and asked over HTTP as a browser asks: each client keeps one connection, POSTs a photo, follows the
redirect, and has the answer when the page of the answer is read to its end.

    photo        a photo of 1024 pixels in, its answer out: those of FOLDER, or the astronaut of scikit-image
    crop         the same for photos of the gallery, which are face crops
    first_page   the first page with its stylesheet and scripts
    clients      answers per second of 8 clients at once, divided by those of one client
    people       the page of people, for a gallery of 1,000 photos that were embedded before
    explore      the first picture of each page of /explore, at its first visit and later, over HTTP and in Chromium;
                 and how long after its computing a step of "Watch it train" is drawn. Without Chromium they are null
    peer         the package face_recognition on the same photos, where SIAMESE_NP_PEERS is a Python that has it

Times are in milliseconds. cpu is what the server computes for one answer, on all cores together: it depends less on
what else the machine does. It needs /proc.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import click

from benchmarks import machine
from benchmarks.chromium import CHROMIUM
from benchmarks.endurance import page as served
from benchmarks.page import explore, pipe, tab, who
from benchmarks.page.client import Client, times
from benchmarks.page.table import table
from pipeline.common.console import say

PARTS = ("who", "people", "explore")
PHOTOS_EACH = 10
STARTS = 3  # of the page, for the first visits of one page of /explore
STEPS = 300  # of a training that is watched


@click.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--photos", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Photos to ask about.  [default: the astronaut]")  # fmt: skip
@click.option("--rounds", default=40, show_default=True, help="answers of each kind that are timed")
@click.option("--seconds", default=12.0, show_default=True, help="for which 1 and 8 clients ask")
@click.option("--people", default=100, show_default=True, help="in the large gallery, 10 photos of each")
@click.option("--only", type=click.Choice(PARTS), multiple=True,
              help="Only this part (who: all of Who is this?); may be given several times.")  # fmt: skip
@click.option("--kernels", "kernels_name", default="numba", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    run: Path, folder: Path | None, rounds: int, seconds: float, people: int, only: tuple[str, ...], kernels_name: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Measure how fast the page of the model in RUN answers."""
    found: dict[str, Any] = {"machine": machine.describe()}
    parts = only or PARTS
    if "who" in parts:
        found |= of_who(run, folder, rounds, seconds, kernels_name)
    if "people" in parts:
        found["people"] = of_people(run, people, max(rounds // 4, 1), kernels_name)
    if "explore" in parts:
        found["explore"] = of_explore(run, max(rounds // 4, 1), kernels_name)
    click.echo(json.dumps(found) if as_json else table(found))


def of_who(run: Path, folder: Path | None, rounds: int, seconds: float, kernels_name: str) -> dict[str, Any]:
    """photo, crop, first_page and clients; peer, where it can be asked."""
    crops = [path.read_bytes() for path in sorted((run / "gallery").rglob("*.png"))[:20]]
    if not crops:
        raise click.ClickException(f"{run / 'gallery'} has no photos to ask about.")
    large = who.large_photos(folder)
    with served.page(run, kernels_name) as page:
        client = Client(page.port)
        large = [photo for photo in large if client.finds_a_face(photo)]
        say(f"{len(large)} large photos, {len(crops)} crops: single answers ...")
        found: dict[str, Any] = {
            "photo": times(lambda k: client.ask(large[k % len(large)]), rounds, page.seconds),
            "crop": times(lambda k: client.ask(crops[k % len(crops)]), rounds, page.seconds),
            "first_page": times(lambda k: client.linked("/"), rounds, page.seconds),
        }
        client.close()
        say("many clients ...")
        asked = {"photo": large, "crop": crops}
        found["clients"] = {kind: who.clients(page.port, files, seconds) for kind, files in asked.items()}
    if python := os.environ.get("SIAMESE_NP_PEERS"):
        say("face_recognition ...")
        found["peer"] = who.peer(python, large)
    return found


def of_people(run: Path, people: int, rounds: int, kernels_name: str) -> dict[str, Any]:
    """The page of people, for a large gallery."""
    say("a large gallery ...")
    with tempfile.TemporaryDirectory() as temporary:
        who.large_gallery(run, Path(temporary) / "run", people, PHOTOS_EACH)
        with served.page(Path(temporary) / "run", kernels_name) as page:
            client = Client(page.port)
            found = times(lambda k: client.get("/people/"), rounds, page.seconds)
            client.close()
    return found | {"photos": people * PHOTOS_EACH}


def of_explore(run: Path, rounds: int, kernels_name: str) -> dict[str, Any]:
    """{"http", "browser", "training"}: the last two are None without Chromium."""
    say("the first pictures of /explore over HTTP ...")
    found: dict[str, Any] = {"http": explore.first_pictures(run, kernels_name, STARTS, rounds)}
    found |= {"browser": None, "training": None}
    if CHROMIUM.exists():
        with pipe.launched() as browser:
            say("the same in Chromium ...")
            found["browser"] = tab.first_pictures(browser, run, kernels_name, STARTS, rounds)
            say("a training ...")
            found["training"] = tab.training(browser, run, kernels_name, STEPS)
    return found


if __name__ == "__main__":
    main()
