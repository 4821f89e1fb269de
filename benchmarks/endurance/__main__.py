"""What the program endures: python -m benchmarks.endurance [RUN] [--only NAME ...] [--count 20] [--seconds 60].

    equal, growth, costly, eight_large, ctrl_c                 attacks on the page; page.py
    mutated_reader, mutated_page                               damaged images of every format; mutated.py
    damage                                                     COUNT changes of one byte in every kind of file; damage.py
    kill_training, kill_gallery, kill_pairs, kill_pairs_save, kill_extract     COUNT kills of each; kills.py
    together                                                   COUNT times two jobs in one folder, for each; together.py
    full                                                       a disk that is full, for each command; full.py

RUN is the folder of a trained model with a gallery; without it a small one is trained on faces of ORL. Everything is
written to a temporary folder. Every study is bounded in time or in the number of its trials. Studies that kill or fork
need Linux or macOS, those of memory Linux.
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from benchmarks.endurance import costly, damage, full, kills, mutated, page, together
from benchmarks.endurance.material import Material
from pipeline.common.console import say

# of the page of a run, and some photos to post: study(page, photos, posts, seconds)
OF_PAGE: dict[str, Callable[..., Any]] = {
    "equal": lambda started, photos, posts, seconds: page.equal(started, photos),
    "growth": lambda started, photos, posts, seconds: page.growth(started, photos, posts),
    "costly": lambda started, photos, posts, seconds: page.burst(started, photos, costly.files(), seconds),
    "eight_large": lambda started, photos, posts, seconds: page.burst(started, photos, costly.eight_large(), seconds),
    "ctrl_c": lambda started, photos, posts, seconds: page.ctrl_c(started, costly.files()),
    "mutated_page": lambda started, photos, posts, seconds: mutated.to_page(started, seconds),
}
# of files: study(material, count, seconds)
OF_FILES: dict[str, Callable[..., Any]] = {
    "mutated_reader": lambda material, count, seconds: mutated.reader(seconds),
    "damage": lambda material, count, seconds: damage.study(material, count),
    "kill_training": lambda material, count, seconds: kills.training(material, count),
    "kill_gallery": lambda material, count, seconds: kills.gallery(material, count),
    "kill_pairs": lambda material, count, seconds: kills.pairs_of_photos(material, count),
    "kill_pairs_save": lambda material, count, seconds: kills.pairs_save(material, count),
    "kill_extract": lambda material, count, seconds: kills.extract(material, count),
    "together": lambda material, count, seconds: together.study(material, count),
    "full": lambda material, count, seconds: full.study(material, count),
}
NAMES = (*OF_PAGE, *OF_FILES)


@click.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@click.option("--only", type=click.Choice(NAMES), multiple=True, help="Only this study; may be given several times.")
@click.option("--count", type=click.IntRange(1), default=20, show_default=True, help="Trials in a study of files.")
@click.option("--seconds", default=60.0, show_default=True, help="For which photos are posted or read.")
@click.option("--posts", default=2000, show_default=True, help="In each half of the study of growth.")
@click.option("--photos", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="A folder of people for kill_extract, instead of faces of ORL.")  # fmt: skip
@click.option("--kernels", "kernels_name", default="numba", show_default=True, help="Of the page.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(run, only, count, seconds, posts, photos, kernels_name, as_json):
    """Measure what the program and its files endure, and the page of the model in RUN."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in only or NAMES:
            say(f"{name} ...")
            material = Material(Path(folder) / name, photos)  # a study finds nothing of the one before
            if name in OF_PAGE:
                results[name] = _on_page(OF_PAGE[name], run or material.run, kernels_name, posts, seconds)
            else:
                results[name] = OF_FILES[name](material, count, seconds)
            if not as_json:
                click.echo(f"{name}: {json.dumps(results[name], indent=2)}")
    if as_json:
        click.echo(json.dumps(results))


def _on_page(study: Callable[..., Any], run: Path, kernels_name: str, posts: int, seconds: float) -> Any:
    photos = [path.read_bytes() for path in sorted((run / "gallery").rglob("*.png"))[:8]]
    if not photos:
        raise click.ClickException(f"{run / 'gallery'} has no photos to post.")
    with page.page(run, kernels_name) as started:
        return study(started, photos, posts, seconds)


if __name__ == "__main__":
    main()
