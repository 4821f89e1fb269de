"""Pairs on disk: a folder of plain .npy files and pairs.json.

    images.npy   (N, 1, H, W) uint8, each face once, at the size of the source      people.npy   (N,) int32
    part.npy     (N,) text: train, val, test or drop
    train_pairs.npy (P, 2) int32, train_same.npy (P,) bool; the same for val and test
    landmarks.npy (N, 5, 2) float32, NaN where none; absent where they were not searched for
    pairs.json   format, same_means (true: both images show one person), names, sources, split, seed, hashes, duplicates

The folder is written under a temporary name beside its place and renamed when it is complete, so that a failed run
changes nothing.
"""

import json
import os
import shutil
import uuid
from pathlib import Path

import numpy as np

from pipeline.common.console import say
from pipeline.common.errors import JobError, reason
from pipeline.pairs import npy
from pipeline.pairs.data import PARTS, PairData

FORMAT = 1
LARGE = 500_000_000  # bytes; more than this is announced before it is written
HEADER = "pairs.json"
ARRAYS = ("images", "people", "part", *(f"{part}_{kind}" for part in PARTS for kind in ("pairs", "same")))
LANDMARKS = "landmarks"  # may be absent
DENSE = tuple(f"{part}_{kind}" for part in PARTS for kind in ("X", "Y"))
OURS = {HEADER, *(f"{name}.npy" for name in (*ARRAYS, LANDMARKS, *DENSE))}
SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini"}


def save(folder: Path, data: PairData) -> None:
    """Write `data` to `folder` and replace the pairs that are there. Where it raises JobError, nothing has changed."""
    target = Path(folder).resolve()  # a link is followed, so that the link itself stays
    check_replaceable(target)
    tell_if_large(data.images.nbytes)  # the other arrays are small
    temporary = target.with_name(f".writing-{uuid.uuid4().hex}")
    try:
        temporary.mkdir(parents=True)
        _write(temporary, data)
        _move(temporary, target)
    except OSError as error:
        raise JobError(f"{folder} can't be written: {reason(error)}. Nothing was changed.") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_replaceable(folder: Path) -> None:
    """Raise JobError if `folder` is a file, or holds files that are not ours and would be lost."""
    folder = Path(folder)
    try:
        if folder.exists() and not folder.is_dir():
            raise JobError(f"{folder} is a file: choose a folder for the pairs.")
        names = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    except OSError as error:
        raise JobError(f"{folder} can't be opened: {error.strerror}. Choose another folder for the pairs.") from error
    # an unfinished temporary file is ours as well
    foreign = sorted(name for name in names - OURS - SYSTEM if not name.startswith(".writing-"))
    if foreign:
        raise JobError(f"{folder} holds other files ({', '.join(foreign[:3])}): choose a new folder for the pairs.")


def tell_if_large(size: int) -> None:
    """Announce how many bytes will be written, where they are more than 500 MB."""
    if size > LARGE:
        say(f"Writing {size / 1e9:.1f} GB")


def load(folder: Path) -> PairData:
    """The pairs in `folder`, checked. Raises JobError, which names the file and its fault."""
    folder = Path(folder)
    header = _read_header(folder)
    arrays = {name: npy.read(folder / f"{name}.npy") for name in ARRAYS}
    try:
        return PairData(
            images=arrays["images"],
            people=arrays["people"],
            names=tuple(header.pop("names")),
            sources=tuple(header.pop("sources")),
            part=arrays["part"],
            pairs={part: arrays[f"{part}_pairs"] for part in PARTS},
            same={part: arrays[f"{part}_same"] for part in PARTS},
            info=header,
            landmarks=npy.read(folder / f"{LANDMARKS}.npy") if (folder / f"{LANDMARKS}.npy").exists() else None,
        )
    except ValueError as error:
        raise JobError(f"the files in {folder} contradict each other: {error}. Make the pairs again.") from error


def _read_header(folder: Path) -> dict:
    path = folder / HEADER
    if not path.is_file():
        raise JobError(f"{folder} holds no pairs ({HEADER} is missing). Make them: siamese-np pairs SOURCE {folder}")
    try:
        header = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise JobError(f"{path} is damaged ({error}). Make the pairs again.") from error
    if not isinstance(header, dict) or not isinstance(header.get("format"), int):
        raise JobError(f"{path} is damaged: it gives no format. Make the pairs again.")
    version = header.pop("format")
    if version != FORMAT:
        advice = "Update siamese-np, which is older than that file." if version > FORMAT else "Make the pairs again."
        raise JobError(f"{path} has format {version}, this program reads format {FORMAT}. {advice}")
    if header.pop("same_means", None) is not True:
        raise JobError(f"{path} lacks same_means: true, which says that same is true where both images show one person.")
    if not isinstance(header.get("split"), str):
        raise JobError(f"{path} is damaged: it doesn't say how people were split. Make the pairs again.")
    for name in ("names", "sources"):
        texts = header.get(name)
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise JobError(f"{path} is damaged: {name} is not a list of texts. Make the pairs again.")
    return header


def _write(folder: Path, data: PairData) -> None:
    np.save(folder / "images.npy", data.images)
    np.save(folder / "people.npy", data.people)
    np.save(folder / "part.npy", data.part)
    for part in PARTS:
        np.save(folder / f"{part}_pairs.npy", data.pairs[part])
        np.save(folder / f"{part}_same.npy", data.same[part])
    if data.landmarks is not None:
        np.save(folder / f"{LANDMARKS}.npy", data.landmarks)
    header = {"format": FORMAT, "same_means": True, "names": data.names, "sources": data.sources, **data.info}
    # ASCII, since a file name may hold bytes that are no text; int, since a seed may be a NumPy integer
    text = json.dumps(header, indent=1, default=int)
    (folder / HEADER).write_text(text, encoding="utf-8")


def _move(temporary: Path, target: Path) -> None:
    if not target.exists():
        os.rename(temporary, target)
        return
    old = target.with_name(f".replaced-{uuid.uuid4().hex}")
    os.rename(target, old)
    try:
        os.rename(temporary, target)
    except BaseException:
        os.rename(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)
