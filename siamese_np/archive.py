"""Arrays and a header of JSON values in one .npz that is read whole or not at all. Never a pickle, which can run code.

    header   JSON: format (a name), version (a number), and the caller's values
    ...      the caller's arrays
    sha256   (32,) uint8, the hash of the header and of the name, type, shape and numbers of every array

What is read is bit for bit what was written, or else the file is refused. It is refused before it takes memory: its
arrays are stored without compression, so they never take more memory than the file takes on the disk, and the shape of
each array is compared with its size before its numbers are read.
"""

import hashlib
import json
import math
import os
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


class Unusable(ValueError):
    """A file that can't be used. The message names the file, what it should be, and what is wrong with it."""

    def __init__(self, path: Path, format: str, reason: object) -> None:
        super().__init__(f"{path} is not a {format} that can be used: {reason}")


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """A temporary path to write to, in the folder of `target`, which is created if needed.

    When the block ends without an error, the temporary file replaces `target` in one step. Otherwise it is removed, and
    `target` stays as it was. An OSError that names no file is given the name of `target`.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    # the suffix is kept, since np.save and Matplotlib depend on it; the process is named for those who sweep leftovers
    temporary = target.with_name(f".writing-{os.getpid()}-{uuid.uuid4().hex}{target.suffix}")
    try:
        yield temporary
        os.replace(temporary, target)
    except OSError as error:
        error.filename = error.filename or str(target)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def save(path: Path, format: str, version: int, values: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write values (JSON) and arrays to `path`, atomically."""
    header = json.dumps({"format": format, "version": version, **values}).encode()
    digest = np.frombuffer(_digest(header, arrays), np.uint8)
    with writing(path) as temporary:
        np.savez(temporary, header=np.frombuffer(header, np.uint8), **arrays, sha256=digest)


def load(path: Path, format: str, version: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The values and arrays of a file. Raises FileNotFoundError where there is none, and Unusable for a file that is
    damaged, of another format or of another version."""
    with open(path, "rb") as file:
        try:
            arrays = _arrays(file)
            header, digest = arrays.pop("header").tobytes(), arrays.pop("sha256", None)
            values = json.loads(header)
            if values.pop("format") != format:
                raise ValueError("it is of another format")
            there = values.pop("version")
            if there != version:
                advice = "update siamese-np" if there > version else "it is of an older siamese-np"
                raise ValueError(f"it has format version {there}, this program reads {version}: {advice}")
            if digest is None or digest.tobytes() != _digest(header, arrays):
                raise ValueError("it was changed since it was written, its checksum differs")
        except MemoryError:
            raise
        except Exception as error:  # zipfile and NumPy raise nearly anything when they are fed damaged data
            reason = error if isinstance(error, ValueError) else f"it is damaged ({type(error).__name__}: {error})"
            raise Unusable(path, format, reason) from error
    return values, arrays


def read_header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, Fortran order and dtype of the .npy that `file` begins with. NumPy raises nearly anything for damage."""
    shape, fortran, dtype = HEADERS[np.lib.format.read_magic(file)](file)
    if any(side < 0 for side in shape):
        raise ValueError(f"an array has the shape {shape}")
    return shape, fortran, dtype


def _arrays(file: BinaryIO) -> dict[str, np.ndarray]:
    size = os.fstat(file.fileno()).st_size
    with zipfile.ZipFile(file) as stored:
        members = stored.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("its arrays are compressed")
        if len(stored.NameToInfo) != len(members) or sum(member.file_size for member in members) > size:
            raise ValueError("it claims more arrays than it holds")
        return {member.filename.removesuffix(".npy"): _array(stored, member) for member in members}


def _array(stored: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    with stored.open(member) as file:
        shape, _, dtype = read_header(file)
        if dtype.hasobject or file.tell() + dtype.itemsize * math.prod(shape) != member.file_size:
            raise ValueError(f"{member.filename} claims {shape} numbers, which it does not hold")
    with stored.open(member) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _digest(header: bytes, arrays: dict[str, np.ndarray]) -> bytes:
    digest = hashlib.sha256(header)
    for name in sorted(arrays):
        array = np.asarray(arrays[name])
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        digest.update(np.ascontiguousarray(array))
    return digest.digest()
