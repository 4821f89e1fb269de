"""The photos of one person: what is missing on the disk is fetched, checked, written and listed."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pipeline import photos
from pipeline.common import atomic, console
from pipeline.download import manifest
from pipeline.download.fetch import FetchError, fetch
from pipeline.download.parallel import fetch_all

SMALLEST = 32  # pixels of the shorter side: below lie buttons and emblems, and faces too small to be found
ENDINGS = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp", "TIFF": ".tif", "BMP": ".bmp", "PPM": ".ppm",
           "AVIF": ".avif", "HEIF": ".heic"}  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """How many photos of a person are wanted, and what is waited for and taken: seconds a wait, bytes a file.

    One file may take 4 such waits.
    """

    limit: int = 36
    seconds: float = 15.0
    max_bytes: int = photos.Limits.max_bytes


class Shelf:
    """What lies in the folder of all people. files: sha256 -> file; fetched: the addresses that gave one of them."""

    def __init__(self, out: Path) -> None:
        """Look at every photo in `out`, listed in the manifest or not: they may be one's own."""
        self.out = Path(out)
        listed = manifest.load(self.out)
        self.fetched = {entry.address for entry in listed}
        hashes = {self.out / entry.file: entry.sha256 for entry in listed}
        self.files: dict[str, Path] = {}
        for file in sorted(self.out.glob("*/*")):
            if _is_photo(file):
                self.files[hashes.get(file) or _sha256(file)] = file

    def count(self, folder: Path) -> int:
        """The photos of one person that are on the disk now."""
        return sum(map(_is_photo, folder.glob("*")))

    def keep(self, person: str, folder: Path, address: str, data: bytes, form: str) -> None:
        """Write a photo and its line in the manifest. Raises PhotoError where its content is there already."""
        sha256 = hashlib.sha256(data).hexdigest()
        there = self.files.get(sha256)
        # named after its content: a decision on this photo never becomes one on another, nor do two runs collide
        file = there or folder / f"{sha256[:16]}{ENDINGS[form]}"
        when = datetime.now(UTC).isoformat(timespec="seconds")
        name = file.relative_to(self.out).as_posix()
        # the line comes first: stopped in between, a line without a file is nothing, a file without one has no origin
        file.parent.mkdir(parents=True, exist_ok=True)
        manifest.add(self.out, manifest.Entry(person, name, address, sha256, len(data), when))
        self.fetched.add(address)
        if there:
            mine = there.parent == folder
            raise photos.PhotoError("is there already" if mine else f"is a photo of {there.parent.name}, too")
        with atomic.writing(file) as temporary:
            temporary.write_bytes(data)
        self.files[sha256] = file


def collect(person: str, folder: Path, addresses: Sequence[str], shelf: Shelf, rules: Rules) -> Counter[str]:
    """Fetch photos for `person` into `folder` of the shelf until `rules.limit` lie there or the addresses end.

    Addresses that were fetched before, and photos that are there before (of anybody: the same photo of two people is
    wrong for one of them), aren't taken again. Returns what there is to say of addresses: reasons why they gave no
    photo, and how many each.
    """
    new = [address for address in addresses if address not in shelf.fetched]
    told = Counter({"fetched before": len(addresses) - len(new)})
    count = before = shelf.count(folder)
    most = 4 * rules.seconds
    get = partial(fetch, seconds=rules.seconds, most=most, max_bytes=rules.max_bytes)
    with console.progress((), person, total=rules.limit - before) as bar:
        # what `fetch` can't see to, such as a head that comes letter by letter, is given up a little later
        for address, answer in fetch_all(new, get, lambda: rules.limit - count, most + rules.seconds):
            try:
                if isinstance(answer, FetchError):
                    raise answer
                photo = photos.examine(answer)
                if min(photo.rgb.shape[:2]) < SMALLEST:
                    raise photos.PhotoError(f"has fewer than {SMALLEST} pixels a side")
                shelf.keep(person, folder, address, answer, photo.form)
            except (FetchError, photos.PhotoError) as error:
                told[str(error)] += 1
            else:
                count += 1
                bar.update()
                if photo.note:
                    told[f"kept, but {photo.note}"] += 1
    return +told


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _is_photo(file: Path) -> bool:
    if file.name.startswith("."):
        return False
    try:
        photos.sniff(file)
    except photos.PhotoError:
        return False
    return True
