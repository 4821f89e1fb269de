"""Opens .npy files of any origin. Each fault of a file has its own message, and no pickle is ever loaded."""

from pathlib import Path
from typing import BinaryIO

import numpy as np

from pipeline.common.errors import JobError

MAGIC = b"\x93NUMPY"


def read(path: Path) -> np.ndarray:
    """The array in a .npy file. Raises JobError."""
    return np.array(open_mapped(path))


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
        version = np.lib.format.read_magic(file)
        read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        shape, fortran, dtype = read_header[version](file)
        if any(side < 0 for side in shape):
            raise ValueError(shape)
        return shape, fortran, dtype
    except Exception as error:  # NumPy's parser raises nearly anything when it is fed damaged data
        raise JobError(f"{path} has a damaged header. Make or copy it again.") from error
