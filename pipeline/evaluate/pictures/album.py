"""The pictures of an evaluation, all of them or none."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from pipeline.common.console import say
from pipeline.common.figure import save
from pipeline.evaluate.pictures import mistakes, pairs, people
from pipeline.evaluate.pictures.judged import Judged


@dataclass(frozen=True)
class Picture:
    """draw: gives None where there is nothing to show. shows: what is seen on it, in a few words."""

    draw: Callable[[Judged], Figure | None]
    shows: str


PICTURES = {
    "roc.png": Picture(pairs.roc, "Same pairs accepted for each rate of false accepts, beside simpler methods"),
    "distances.png": Picture(pairs.distances, "Distances of same and different pairs, and the threshold"),
    "confusion.png": Picture(people.confusion, "Who is taken for whom"),
    "map.png": Picture(people.embedding_map, "The embeddings of the test photos, seen flat"),
    "mistakes.png": Picture(mistakes.mistakes, "The worst mistakes, with their photos"),
}


def write(folder: Path, judged: Judged) -> list[str]:
    """Draw the PICTURES that there are into `folder`, and say so. Returns their names.

    Earlier ones are replaced, or deleted where there is none any more, once all are drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as temporary:
        for name, picture in PICTURES.items():
            figure = picture.draw(judged)
            if figure is not None:
                save(figure, Path(temporary) / name)
                drawn.append(name)
        for name in drawn:
            os.replace(Path(temporary) / name, folder / name)
    for name in set(PICTURES) - set(drawn):
        (folder / name).unlink(missing_ok=True)
    say(f"wrote {folder}: {', '.join(drawn)}")
    return drawn
