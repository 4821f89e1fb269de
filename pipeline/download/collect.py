"""The photos of one person: those that are missing on the disk are fetched, checked, written and listed."""

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

SMALLEST = 32  # pixels of the shorter side: smaller images are buttons and emblems, or have faces too small to be found
ENDINGS = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp", "TIFF": ".tif", "BMP": ".bmp", "PPM": ".ppm",
           "AVIF": ".avif", "HEIF": ".heic"}  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """limit: the number of photos per person. seconds: the longest wait. max_bytes: the largest file.

    One file may take 4 times the longest wait.
    """

    limit: int = 36
    seconds: float = 15.0
    max_bytes: int = photos.Limits.max_bytes


class Collection:
    """The photos in the folder of all people. files: sha256 -> file. fetched: the addresses that gave one of them."""

    def __init__(self, out: Path) -> None:
        """Read every photo in `out`, whether the manifest lists it or not: the user may have put it there."""
        self.out = Path(out)
        atomic.sweep(self.out)
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
        """Write a photo and its line in the manifest. Raises PhotoError if the same photo is there already."""
        sha256 = hashlib.sha256(data).hexdigest()
        existing = self.files.get(sha256)
        # named after its content: a decision on this photo never applies to another, and two runs do not collide
        file = existing or folder / f"{sha256[:16]}{ENDINGS[form]}"
        when = datetime.now(UTC).isoformat(timespec="seconds")
        name = file.relative_to(self.out).as_posix()
        # the line is written first: if the run is stopped in between, a line without its file does no harm, but a file
        # without its line would have no known origin
        file.parent.mkdir(parents=True, exist_ok=True)
        manifest.add(self.out, manifest.Entry(person, name, address, sha256, len(data), when))
        self.fetched.add(address)
        if existing:
            of_person = existing.parent == folder
            raise photos.PhotoError("is there already" if of_person else f"is also a photo of {existing.parent.name}")
        with atomic.writing(file) as temporary:
            temporary.write_bytes(data)
        self.files[sha256] = file


def collect(person: str, folder: Path, addresses: Sequence[str], collection: Collection, rules: Rules) -> Counter[str]:
    """Fetch photos of `person` into `folder` until it has `rules.limit` photos or the addresses end.

    Addresses that were fetched before are skipped. A photo that is there already is not kept again, whoever it shows:
    the same photo of two people is wrong for one of them. Returns reason -> number of addresses, for each reason why
    an address gave no photo, and for notes on photos that were kept.
    """
    new = [address for address in addresses if address not in collection.fetched]
    reasons = Counter({"fetched before": len(addresses) - len(new)})
    count = before = collection.count(folder)
    total_seconds = 4 * rules.seconds
    get = partial(fetch, seconds=rules.seconds, total_seconds=total_seconds, max_bytes=rules.max_bytes)
    with console.progress((), person, total=rules.limit - before) as bar:
        # what `fetch` can't limit, such as headers that arrive byte by byte, is given up a little later
        for address, answer in fetch_all(new, get, lambda: rules.limit - count, total_seconds + rules.seconds):
            try:
                if isinstance(answer, FetchError):
                    raise answer
                photo = photos.examine(answer)
                if min(photo.rgb.shape[:2]) < SMALLEST:
                    raise photos.PhotoError(f"has a side of fewer than {SMALLEST} pixels")
                collection.keep(person, folder, address, answer, photo.form)
            except (FetchError, photos.PhotoError) as error:
                reasons[str(error)] += 1
            else:
                count += 1
                bar.update()
                if photo.note:
                    reasons[f"kept, but {photo.note}"] += 1
    return +reasons


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
