"""Reads a split file. Each line is `part TAB path` for one image; part is train, val, test or drop. # starts a comment.

A path is matched to the faces by its last two names, person and file, since the paths of a split file may start in a
higher folder ("orl/s1/1.pgm"). Where no file has exactly this name, the ending may differ, since grey photos are PNG
files ("s1/1.pgm.png", "s1/1.png").
"""

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pipeline.common.errors import JobError
from pipeline.datasets import Faces
from pipeline.pairs import duplicates
from pipeline.pairs.data import PART_DTYPE, PARTS
from pipeline.pairs.split import Split

ENDINGS = re.compile(r"(\.(png|jpe?g|pgm|ppm|pbm|bmp|gif|webp|tiff?|avif|hei[cf]))+$", re.IGNORECASE)
SHOWN = 5  # paths of a long list


def from_file(faces: Faces, path: Path) -> Split:
    """The split in the file `path`, followed exactly.

    Images without a line are dropped, and duplicates stay in the parts that the file names.

    Raises JobError, with the number of the line, where the file can't be read or followed.
    """
    path = Path(path)
    exact, loose = _positions(faces, lambda name: name), _positions(faces, lambda name: ENDINGS.sub("", name))
    part = np.full(len(faces.images), "drop", PART_DTYPE)
    line_of: dict[int, int] = {}
    missing = []
    for number, name, source in _lines(path):
        key = _key(source)
        found = exact.get(key) or loose.get(ENDINGS.sub("", key), [])
        if len(found) > 1:
            both = " and ".join(faces.sources[image] for image in found[:2])
            raise JobError(f"{path}, line {number}: {source} could be {both}. Write the whole file name.")
        if not found:
            if name != "drop":
                missing.append(source)
            continue
        (image,) = found
        if image in line_of:
            raise JobError(f"{path}: lines {line_of[image]} and {number} both name {faces.sources[image]}.")
        line_of[image] = number
        part[image] = name
    if missing:
        more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        raise JobError(
            f"{path} names photos that aren't there or can't be read: {', '.join(missing[:SHOWN])}{more}."
            f" The faces are called {faces.sources[0]} and so on."
        )
    if not line_of:
        raise JobError(f"{path} names no photo. A line is a part, a tab and a path: train<TAB>{faces.sources[0]}")
    return Split(part, path.name, duplicates.find(faces))


def paths_in(path: Path) -> list[tuple[str, str]]:
    """(part, path) of each line of a split file, unchanged. Raises JobError where the file can't be read."""
    found = [(part, source) for _, part, source in _lines(Path(path))]
    if not any(part != "drop" for part, _ in found):
        raise JobError(f"{path} names no photo. A line is a part, a tab and a path: train<TAB>Anna/1.jpg")
    return found


def _lines(path: Path) -> list[tuple[int, str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not a text file in UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise JobError(f"The split file {path} can't be read: {reason}.") from error
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        part, _, source = (field.strip() for field in line.partition("\t"))
        if not source:
            raise JobError(f"{path}, line {number}: expected a part, a tab and a path, got {line!r}.")
        if part not in (*PARTS, "drop"):
            raise JobError(f"{path}, line {number}: the part is train, val, test or drop, not {part!r}.")
        found.append((number, part, source))
    return found


def _positions(faces: Faces, form: Callable[[str], str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for image, source in enumerate(faces.sources):
        found.setdefault(form(_key(source)), []).append(image)
    return found


def _key(source: str) -> str:
    return "/".join(unicodedata.normalize("NFC", source).replace("\\", "/").split("/")[-2:])
