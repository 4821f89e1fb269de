"""Opens .npy files of any origin. Each fault of a file has its own message, and no pickle is ever loaded."""

import hashlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from pipeline.common.errors import JobError
from siamese_np.archive import read_header

MAGIC = b"\x93NUMPY"


def read(path: Path, checksum: str | None = None) -> np.ndarray:
    """The array in a .npy file. Raises JobError. checksum: of the file, as `checksum_of` gave it, where it is known."""
    array = np.array(open_mapped(path))
    if checksum is not None and checksum != checksum_of(path):
        raise JobError(f"{path} was changed since it was written, its checksum differs. Make or copy it again.")
    return array


def checksum_of(path: Path) -> str:
    """The hash of a file, hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_mapped(path: Path) -> np.ndarray:
    """The array in a .npy file, mapped: it stays on the disk, and parts are read when they are used. Raises JobError."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            shape, fortran, dtype = _header(path, file)
            start = file.tell()
        size = path.stat().st_size
    except OSError as error:
        raise JobError(f"{path} can't be read: {error.strerror}.") from error
    if dtype.hasobject:
        raise JobError(f"{path} holds Python objects, which are never loaded here: save it with a plain number type.")
    wanted = start + dtype.itemsize * int(np.prod(shape, dtype=object))
    if size != wanted:
        problem = "is cut short" if size < wanted else "is longer than it says"
        raise JobError(f"{path} {problem}: {size:,} bytes instead of {wanted:,}. Make or copy it again.")
    if wanted == start:
        return np.empty(shape, dtype)  # an empty array can't be mapped
    return np.memmap(path, dtype, "r", start, shape, "F" if fortran else "C")


def _header(path: Path, file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    if file.read(len(MAGIC)) != MAGIC:
        raise JobError(f"{path} is not a .npy file.")
    file.seek(0)
    try:
        return read_header(file)
    except Exception as error:  # NumPy's parser raises nearly anything when it is fed damaged data
        raise JobError(f"{path} has a damaged header. Make or copy it again.") from error
