"""A full disk: each command writes to a small disk in memory, with more and more room, from none to nearly enough.

Mounting one takes root on Linux; elsewhere the study says so. An older result of a command may lie there before.

    trials     one for each amount of room
    done       the command had room enough
    told       it failed, and its message names a file or folder on that disk
    untold     it failed with another message, or a traceback; there must be none
    lost       files that were there before, and are gone or changed after a failure; there must be none
    leftovers  temporary files that stay; there must be none

Left out are download, which needs the web, select and serve, which end with Ctrl-C, and --fresh, which deletes first.
"""

import ctypes
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.endurance import jobs
from benchmarks.endurance.material import Material
from pipeline.common.atomic import is_temporary
from pipeline.recognise import kept_faces

SIZE = 64 << 20  # bytes of the disk
SHARES = (0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)  # of what a command writes
PAGE = 4096  # bytes


def study(material: Material, count: int = len(SHARES)) -> dict[str, dict[str, int] | str]:
    """Each command with `count` amounts of room, as many as SHARES at most; or a sentence that says why not."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return {"not run": "a small disk can only be mounted by root on Linux"}
    with _disk(material.root / "disk") as disk:
        shares = [SHARES[k] for k in np.linspace(0, len(SHARES) - 1, min(count, len(SHARES))).round().astype(int)]
        works = commands(disk, material)
        return {name: _command(disk, old, command, material, shares) for name, (old, command) in works.items()}


def commands(disk: Path, material: Material) -> dict[str, tuple[tuple | None, tuple]]:
    """Name -> a job before which the disk is not full (or None), and the one that is to meet a full disk."""
    people, few, new = material.photos, material.few_photos, disk / "new"
    gallery, person = disk / "gallery", next(iter(sorted(people.iterdir())))
    fill = (jobs.enroll, gallery, "Ann", person)
    pairs = (jobs.command, "pairs", people, new, "--seed", 0)
    train = (jobs.command, "train", "--pairs", material.pairs, "--run", new, "--epochs", 1, "--kernels", "numpy")
    return {
        "orl": (None, (jobs.command, "orl", new)),
        "import": (None, (jobs.command, "import", people, new, "--yes")),
        "extract": (None, (jobs.command, "extract", "--cropped", people, new)),
        "extract, detector": (None, (jobs.command, "extract", few, new)),
        "gray": (None, (jobs.command, "gray", people, new)),
        "pairs": (None, pairs),
        "pairs, again": (pairs, (jobs.command, "pairs", people, new, "--seed", 1)),
        "pairs, dense": (None, (jobs.command, "pairs", people, new, "--pairs", 100, "--dense")),
        "train": (None, train),
        "evaluate": ((jobs.copy, material.run, new), (jobs.command, "evaluate", "--run", new, "--pairs", material.pairs,
                                                      "--kernels", "numpy")),  # fmt: skip
        "enroll": (fill, (jobs.command, "enroll", "Bob", *sorted((few / "s2").iterdir()), "--gallery", gallery)),
        "forget": (fill, (jobs.command, "forget", "Ann", "--gallery", gallery)),
        "predict": ((jobs.copy, material.run, new), (jobs.command, "predict", *sorted((few / "s2").iterdir()), "--run", new,
                                                     "--kernels", "numpy")),  # fmt: skip
        "learn": (None, (jobs.command, "learn", "--cropped", people, "--work", new, "--run", disk / "run", "--epochs", 1,
                         "--no-serve", "--kernels", "numpy")),  # fmt: skip
    }


def _command(disk: Path, old: tuple | None, command: tuple, material: Material, shares: list[float]) -> dict[str, int]:
    found, output = Counter(), material.root / "output.txt"
    needed = _needed(disk, old, command, output)
    for share in shares:
        _empty(disk)
        if old:
            jobs.finish(*old)
        before = _contents(disk)
        with _filled(disk, share * needed):
            code, _ = jobs.finish(*command, output=output)
        told = output.read_text(errors="replace")
        found["trials"] += 1
        if code == 0:
            found["done"] += 1
        else:
            is_told = "Error: " in told and str(disk) in told.rpartition("Error: ")[2] and "Traceback" not in told
            found["told" if is_told else "untold"] += 1
            if not is_told:
                print(f"{command[1:3]} with {share:.0%}: {told[-1500:]}", file=sys.stderr)
            after = _contents(disk)
            lost = [name for name, content in before.items() if not _is_kept(name, content, after.get(name))]
            found["lost"] += len(lost)
            if lost:
                print(f"{command[1:3]} with {share:.0%} lost {lost[:5]}: {told[-300:]}", file=sys.stderr)
        left = [str(path.relative_to(disk)) for path in disk.rglob("*") if is_temporary(path.name)]
        found["leftovers"] += len(left)
        if left:
            print(f"{command[1:3]} with {share:.0%} left {left}", file=sys.stderr)
    _empty(disk)
    return {name: int(found[name]) for name in ("trials", "done", "told", "untold", "lost", "leftovers")}


def _is_kept(name: str, before: bytes, after: bytes | None) -> bool:
    """Whether a file is as before; the faces of a gallery may have become more."""
    if after and Path(name).name == kept_faces.FILE:
        was, now = (json.loads(content)["faces"] for content in (before, after))
        return was.items() <= now.items()
    return before == after


def _needed(disk: Path, old: tuple | None, command: tuple, output: Path) -> int:
    """Bytes that a command adds to the disk."""
    _empty(disk)
    if old:
        jobs.finish(*old)
    before = _free(disk)
    code, _ = jobs.finish(*command, output=output)
    if code:
        raise RuntimeError(f"{command} failed on an empty disk: {output.read_text()}")
    return max(before - _free(disk), 8 * PAGE)


@contextmanager
def _disk(place: Path) -> Iterator[Path]:
    libc = ctypes.CDLL(None, use_errno=True)
    place.mkdir()
    if libc.mount(b"none", os.fsencode(place), b"tmpfs", 0, f"size={SIZE}".encode()):
        raise OSError(ctypes.get_errno(), "a disk in memory can't be mounted", str(place))
    try:
        yield place
    finally:
        libc.umount2(os.fsencode(place), 2)  # MNT_DETACH


@contextmanager
def _filled(disk: Path, room: float) -> Iterator[None]:
    """A file takes all but `room` bytes of the disk."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(_free(disk) - int(room), PAGE))
    try:
        yield
    finally:
        filler.unlink()


def _free(disk: Path) -> int:
    state = os.statvfs(disk)
    return state.f_bavail * state.f_frsize


def _empty(disk: Path) -> None:
    for path in disk.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _contents(disk: Path) -> dict[str, bytes]:
    return {str(path.relative_to(disk)): path.read_bytes() for path in disk.rglob("*") if path.is_file()}
