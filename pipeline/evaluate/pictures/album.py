"""Writes the pictures of an evaluation: all of them, or none if one fails."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from pipeline.common.console import say
from pipeline.common.errors import about
from pipeline.common.figure import save
from pipeline.evaluate.pictures import mistakes, pairs, people
from pipeline.evaluate.pictures.judged import Judged


@dataclass(frozen=True)
class Picture:
    """draw: returns the figure, or None where there is nothing to show. shows: a short description."""

    draw: Callable[[Judged], Figure | None]
    shows: str


PICTURES = {
    "roc.png": Picture(pairs.roc, "Same pairs accepted at each false accept rate, beside simpler methods"),
    "distances.png": Picture(pairs.distances, "Distances of same and different pairs, and the threshold"),
    "confusion.png": Picture(people.confusion, "Who is taken for whom"),
    "map.png": Picture(people.embedding_map, "The embeddings of the test photos, in two dimensions"),
    "mistakes.png": Picture(mistakes.mistakes, "The worst mistakes, with their photos"),
}


def write(folder: Path, judged: Judged) -> list[str]:
    """Draw those PICTURES that have something to show into `folder`, and print a line about it. Returns their names.

    Earlier pictures are replaced, or deleted where they have nothing to show now, after all are drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    with about(folder), tempfile.TemporaryDirectory(prefix=f".writing-{os.getpid()}-", dir=folder) as temporary:
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
