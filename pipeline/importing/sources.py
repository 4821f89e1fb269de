"""A folder, a ZIP or a tar archive as a list of entries that are read one at a time; nothing is unpacked to the disk.

An archive is judged by its headers before anything is unpacked: how many files it holds, how many bytes they become,
and how many times its own size that is. The name of an entry only ever names an entry: no path on the disk is made of
it.
"""

import contextlib
import lzma
import os
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from pipeline import photos
from pipeline.common.errors import JobError
from pipeline.common.names import SYSTEM_FILES, tidy
from pipeline.importing.found import ReadError
from pipeline.photos.folder import OURS, natural
from pipeline.photos.kinds import HEAD

FILES = 200_000
TOTAL = 20_000_000_000  # bytes that an archive becomes
RATIO, SMALL = 100, 100_000_000  # an archive may become 100 times its size, or 100 MB
OUTSIDE = "its name leads out of the archive"
LARGEST = photos.Limits.max_bytes
BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError,
          RuntimeError, ValueError)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """path: with /, from the root of the source. reason: why it is no photo, "" for a photo. read: all bytes of it."""

    path: str
    size: int
    reason: str
    read: Callable[[], bytes]


@contextlib.contextmanager
def open_tree(source: Path) -> Iterator[list[Entry]]:
    """The entries of a folder, or of an archive while it is open. Raises JobError for a damaged or hostile one."""
    with contextlib.ExitStack() as stack:
        try:
            if source.is_dir():
                entries = _folder(source)
            elif zipfile.is_zipfile(source):
                entries = _zip(source, stack.enter_context(zipfile.ZipFile(source)))
            elif tarfile.is_tarfile(source):
                entries = _tar(source, stack.enter_context(tarfile.open(source)))
            else:
                raise JobError(f"{source} is no folder and no archive of a known kind (ZIP, tar)")
        except BROKEN as error:
            raise JobError(f"{source} can't be read: {error}") from error
        yield entries


def _folder(root: Path) -> list[Entry]:
    entries = []
    for folder, folders, files in os.walk(root):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        folders.sort(key=natural)
        for name in [*sorted(files, key=natural), *links]:
            path = Path(folder) / name
            place = path.relative_to(root).as_posix()
            if name in links:
                entries.append(Entry(place, 0, "is a link to a folder", bytes))
                continue
            try:
                size, head = path.stat().st_size, partial(_head_of_file, path)
            except OSError as error:
                entries.append(Entry(place, 0, f"can't be opened ({error.strerror})", bytes))
                continue
            entries.append(_entry(place, size, head, path.read_bytes))
            check_size(root, len(entries), 0, 0)
    return entries


def _zip(source: Path, archive: zipfile.ZipFile) -> list[Entry]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    check_size(source, len(members), sum(member.file_size for member in members), source.stat().st_size)
    names = [_name(member).replace("\\", "/") for member in members]  # some programs of Windows write the other slash
    entries = []
    for name, member in sorted(zip(names, members), key=lambda two: natural(two[0])):
        if _leads_out(name):
            entries.append(Entry(name, 0, OUTSIDE, bytes))
        elif member.flag_bits & 1:
            entries.append(Entry(name, 0, "is encrypted: unpack it with its password, and import the folder", bytes))
        elif member.external_attr >> 28 == 0o12:  # the file type that Unix calls a symbolic link
            entries.append(Entry(name, 0, "is a link", bytes))
        else:
            open_member = partial(archive.open, member)
            entries.append(_member(name, member.file_size, open_member))
    return entries


def _tar(source: Path, archive: tarfile.TarFile) -> list[Entry]:
    """In the order of the archive: a compressed one can only be read forwards without unpacking its beginning again."""
    entries, total, packed = [], 0, source.stat().st_size
    for member in archive:
        if member.isdir():
            continue
        total += member.size
        check_size(source, len(entries) + 1, total, packed)
        if _leads_out(member.name):
            entries.append(Entry(member.name, 0, OUTSIDE, bytes))
        elif not member.isfile():
            entries.append(Entry(member.name, 0, "is a link or a device", bytes))
        else:
            entries.append(_member(member.name, member.size, partial(archive.extractfile, member)))
    return entries


def _member(name: str, size: int, open_member: Callable) -> Entry:
    return _entry(name, size, partial(_head, open_member), partial(_whole, open_member, size))


def _leads_out(name: str) -> bool:
    """Whether the name of an entry leaves the folder that the archive is unpacked in."""
    return name.startswith("/") or ".." in name.split("/") or bool(re.match("[A-Za-z]:", name))


def check_size(source: Path, count: int, total: int, packed: int) -> None:
    """Raises JobError where `count` files, or `packed` bytes that become `total` bytes, are too much."""
    if count > FILES:
        raise JobError(f"{source} holds more than {FILES:,} files: import a part of it at a time")
    if total > TOTAL:
        raise JobError(f"{source} would become more than {TOTAL / 1e9:g} GB: unpack and import a part of it at a time")
    if total > max(RATIO * packed, SMALL):
        raise JobError(f"{source} has {packed / 1e6:.1f} MB and would become more than {RATIO} times as much, as "
                       "photos never do: nothing was unpacked")  # fmt: skip


def _entry(path: str, size: int, head: Callable[[], bytes], read: Callable[[], bytes]) -> Entry:
    parts = PurePosixPath(path).parts
    if any(part.startswith(".") or part.casefold() in SYSTEM_FILES for part in parts):
        reason = "a file of the system, or hidden"
    elif OURS.fullmatch(parts[-1]):
        reason = "a report of an earlier step"
    elif size > LARGEST:
        reason = f"has more than {LARGEST / 1e6:g} MB"
    else:
        try:
            photos.sniff(head())
            reason = ""
        except photos.PhotoError as error:
            reason = str(error)
        except BROKEN as error:
            reason = f"can't be read ({error})"
    return Entry(path, size, reason, read)


def _name(member: zipfile.ZipInfo) -> str:
    """The name of an entry. Some systems write UTF-8 without saying so; zipfile takes that for code page 437."""
    if member.flag_bits & 0x800:
        return member.filename
    with contextlib.suppress(UnicodeError):
        return member.filename.encode("cp437").decode("utf-8")
    return member.filename


def _head_of_file(path: Path) -> bytes:
    if not path.is_file():  # opening a named pipe would wait for ever
        raise OSError("not a file")
    with path.open("rb") as file:
        return file.read(HEAD)


def _head(open_member: Callable) -> bytes:
    with open_member() as file:
        return file.read(HEAD)


def _whole(open_member: Callable, size: int) -> bytes:
    try:
        with open_member() as file:
            data = file.read(size + 1)
    except BROKEN as error:
        raise ReadError(f"is damaged in the archive ({tidy(str(error))})") from error
    if len(data) != size:
        raise ReadError("is not as long as the archive says")
    return data
