"""Pairs on disk: a folder of plain .npy files and pairs.json.

    images.npy   (N, 1, H, W) uint8, each face once, at the size of the source      people.npy   (N,) int32
    part.npy     (N,) text: train, val, test or drop
    train_pairs.npy (P, 2) int32, train_same.npy (P,) bool; the same for val and test
    landmarks.npy (N, 5, 2) float32, NaN where none; absent where they were not searched for
    pairs.json   format, same_means (true: both images show one person), names, sources, split, seed, hashes,
                 duplicates; files: the checksum of each file above; and its own checksum

The folder is written under a temporary name beside its place and renamed when it is complete, so that a failed run
changes nothing. Between two renames the old folder is called .replaced-NAME; whoever finds it without the new one,
since that run was killed, renames it back.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from pipeline.common import atomic, locks, sealed
from pipeline.common.console import say
from pipeline.common.errors import JobError, reason
from pipeline.pairs import npy
from pipeline.pairs.data import PARTS, PairData

FORMAT = 2
WAY_OUT = "Make the pairs again: siamese-np pairs, or for those of the demo siamese-np demo --fresh"
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
    with held(target):
        check_replaceable(target)
        tell_if_large(data.images.nbytes)  # the other arrays are small
        temporary = target.with_name(f".writing-{os.getpid()}-{uuid.uuid4().hex}")
        try:
            temporary.mkdir(parents=True)
            _write(temporary, data)
            _move(temporary, target)
        except OSError as error:
            raise JobError(f"{folder} can't be written: {reason(error)}. Nothing was changed.") from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of a pairs folder, which lies beside it, as the folder is replaced whole.

    Pairs that a killed run left under their second name come back, or are deleted where there are new ones. Raises
    JobError where another job holds the lock.
    """
    target = Path(folder).resolve()
    with locks.held(target.parent, name=f"{locks.NAME}-{target.name}"):
        old = _second_name(target)
        if old.exists() and not target.exists():
            os.rename(old, target)
        shutil.rmtree(old, ignore_errors=True)
        yield


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
    foreign = sorted(name for name in names - OURS - SYSTEM if not atomic.is_temporary(name))
    if foreign:
        raise JobError(f"{folder} holds other files ({', '.join(foreign[:3])}): choose a new folder for the pairs.")


def tell_if_large(size: int) -> None:
    """Announce how many bytes will be written, where they are more than 500 MB."""
    if size > LARGE:
        say(f"Writing {size / 1e9:.1f} GB")


def load(folder: Path) -> PairData:
    """The pairs in `folder`, checked. Raises JobError, which names the file and its fault."""
    folder = Path(folder)
    if not folder.exists() and _second_name(folder.resolve()).exists():
        with held(folder):
            pass
    header = _read_header(folder)
    files = header.pop("files")
    arrays = {file.removesuffix(".npy"): npy.read(folder / file, checksum) for file, checksum in files.items()}
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
            landmarks=arrays.get(LANDMARKS),
        )
    except ValueError as error:
        raise JobError(f"the files in {folder} contradict each other: {error}. {WAY_OUT}") from error


def load_if_usable(folder: Path) -> PairData | None:
    """The pairs in `folder`, so that landmarks are not searched for twice; None where no pairs can be read there."""
    try:
        return load(folder)
    except JobError:
        return None


def _read_header(folder: Path) -> dict:
    path = folder / HEADER
    if not path.is_file():
        raise JobError(f"{folder} holds no pairs ({HEADER} is missing). Make them: siamese-np pairs SOURCE {folder}")
    header = sealed.read(path, FORMAT, WAY_OUT)
    del header["format"]
    wanted = {f"{name}.npy" for name in ARRAYS}
    if not isinstance(header.get("files"), dict) or not wanted <= set(header["files"]) <= wanted | {f"{LANDMARKS}.npy"}:
        raise JobError(f"{path} is damaged: it does not list the files of pairs. {WAY_OUT}")
    if header.pop("same_means", None) is not True:
        raise JobError(f"{path} lacks same_means: true, which says that same is true where both images show one person.")
    if not isinstance(header.get("split"), str):
        raise JobError(f"{path} is damaged: it doesn't say how people were split. {WAY_OUT}")
    for name in ("names", "sources"):
        texts = header.get(name)
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise JobError(f"{path} is damaged: {name} is not a list of texts. {WAY_OUT}")
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
    write_header(folder, header)


def write_header(folder: Path, header: dict) -> None:
    """Write pairs.json for the arrays that are in `folder`, with the checksum of each."""
    files = {path.name: npy.checksum_of(path) for path in sorted(folder.glob("*.npy")) if path.stem not in DENSE}
    sealed.write(folder / HEADER, header | {"files": files})


def _move(temporary: Path, target: Path) -> None:
    if not target.exists():
        os.rename(temporary, target)
        return
    old = _second_name(target)
    os.rename(target, old)
    try:
        os.rename(temporary, target)
    except BaseException:
        os.rename(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _second_name(target: Path) -> Path:
    return target.with_name(f".replaced-{target.name}")
