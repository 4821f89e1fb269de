"""What the program endures: python -m benchmarks.endurance [RUN] [--only NAME ...] [--count 20] [--seconds 60] [--json].

    equal, growth, costly, eight_large, ctrl_c   attacks on the page; page.py
    damage      COUNT changes of one byte in every kind of file; damage.py

RUN is the folder of a trained model with a gallery; without it a small one is trained on faces of ORL. Everything is
written to a temporary folder. Every study is bounded in time or in the number of its trials.
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from benchmarks.endurance import costly, damage, page
from benchmarks.endurance.material import Material
from pipeline.common.console import say


class Studies:
    """The studies by name. posts, seconds, count: how much each of them does."""

    def __init__(self, material: Material, run: Path | None, posts: int, seconds: float, count: int, kernels: str) -> None:
        self._material, self._run, self._kernels = material, run, kernels
        files = costly.files
        self.by_name: dict[str, Callable[[], Any]] = {
            "equal": self._on_page(lambda page_, photos: page.equal(page_, photos)),
            "growth": self._on_page(lambda page_, photos: page.growth(page_, photos, posts)),
            "costly": self._on_page(lambda page_, photos: page.burst(page_, photos, files(), seconds)),
            "eight_large": self._on_page(lambda page_, photos: page.burst(page_, photos, costly.eight_large(), seconds)),
            "ctrl_c": self._on_page(lambda page_, photos: page.ctrl_c(page_, files())),
            "damage": lambda: damage.study(material, count),
        }

    def _on_page(self, study: Callable[[page.Page, list[bytes]], Any]) -> Callable[[], Any]:
        def work() -> Any:
            run = self._run or self._material.run
            photos = [path.read_bytes() for path in sorted((run / "gallery").rglob("*.png"))[:8]]
            if not photos:
                raise click.ClickException(f"{run / 'gallery'} has no photos to post.")
            with page.page(run, self._kernels) as started:
                return study(started, photos)

        return work


NAMES = ("equal", "growth", "costly", "eight_large", "ctrl_c", "damage")


@click.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@click.option("--only", type=click.Choice(NAMES), multiple=True, help="Only these studies.")
@click.option("--count", default=20, show_default=True, help="Trials of a study of files, for each kind.")
@click.option("--seconds", default=60.0, show_default=True, help="For which photos are posted.")
@click.option("--posts", default=2000, show_default=True, help="In each half of the study of growth.")
@click.option("--kernels", "kernels_name", default="numba", show_default=True, help="Of the page.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(run: Path | None, only: tuple[str, ...], count: int, seconds: float, posts: int, kernels_name: str, as_json: bool) -> None:
    """Measure what the page of the model in RUN endures, and what the files of the program do."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        studies = Studies(Material(Path(folder)), run, posts, seconds, count, kernels_name).by_name
        for name in only or NAMES:
            say(f"{name} ...")
            results[name] = studies[name]()
            if not as_json:
                click.echo(f"{name}: {json.dumps(results[name], indent=2)}")
    if as_json:
        click.echo(json.dumps(results))


if __name__ == "__main__":
    main()
