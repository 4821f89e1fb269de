"""The cache of compiled kernels: Numba's files with a seal, so that damage is noticed, and no error while they are kept.

Numba keeps an index (.nbi) and the machine code (.nbc) of each kernel as pickles, and trusts them: a file that is empty
or cut raises whatever error its bytes lead to, in this process and in every later one. Here each file ends with the
sha256 of its name and content. (A pickle ends at its own mark; Numba does not see what follows.) A file whose seal is
wrong is as good as absent: the kernel is compiled again, and the file is replaced. A folder that is full or may not
be written costs compiling, never a failure.
"""

import contextlib
import hashlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from numba.core.caching import FunctionCache, IndexDataCacheFile

DIGEST = hashlib.sha256
SIZE = DIGEST().digest_size
# what is replaced below is no public part of Numba: a version without it keeps its own cache, without seals
IS_KNOWN = all(hasattr(IndexDataCacheFile, name) for name in ("_open_for_write", "_load_index", "_load_data", "_data_path"))

_told: set[str] = set()


def tell(what: str) -> None:
    """Say it on standard error, once per process."""
    if what not in _told:
        _told.add(what)
        print(f"siamese-np: {what}", file=sys.stderr, flush=True)


def _seal(path: Path, content: bytes) -> bytes:
    return DIGEST(path.name.encode() + b"\0" + content).digest()


class SealedFiles(IndexDataCacheFile):
    """The index of one kernel and its machine code."""

    @contextlib.contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[BinaryIO]:
        with super()._open_for_write(filepath) as file:
            content = io.BytesIO()
            yield content
            file.write(content.getvalue() + _seal(Path(filepath), content.getvalue()))

    def _load_index(self) -> dict:
        return super()._load_index() if _is_whole(Path(self._index_path)) else {}

    def _load_data(self, name: str) -> tuple:
        if not _is_whole(Path(self._data_path(name))):
            raise FileNotFoundError(name)  # Numba compiles what is absent
        return super()._load_data(name)


def _is_whole(path: Path) -> bool:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return False
    except OSError as error:
        tell(f"{path} can't be read ({error.strerror}): its kernel is compiled again")
        return False
    if len(content) > SIZE and _seal(path, content[:-SIZE]) == content[-SIZE:]:
        return True
    tell(f"a compiled kernel in {path.parent} is damaged: what is damaged there is compiled again")
    return False


class SealedCache(FunctionCache):
    """The cache of one kernel. Raises no OSError."""

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._cache_file = SealedFiles(
            self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp()
        )

    def save_overload(self, *arguments: Any) -> None:
        try:
            super().save_overload(*arguments)
        except OSError as error:
            tell(f"compiled kernels can't be kept in {self._cache_path} ({error.strerror}): "
                 "they are compiled again at the next start")  # fmt: skip


def seal(kernel: Any) -> None:
    """Give a kernel of Numba that is kept in its cache one with seals. Nothing of it has been compiled yet."""
    own = getattr(kernel, "_cache", None)
    if IS_KNOWN and isinstance(own, FunctionCache) and not isinstance(own, SealedCache):
        kernel._cache = SealedCache(kernel.py_func)
