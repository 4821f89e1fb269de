"""What an import would do, told before it is done: who gets which files, what is there already, what is left out.

A photo goes to TARGET/PERSON/NAME. What is there is never replaced. An equal file counts as imported. Where a different
photo has the name, the new one is called NAME-xxxxxxxx by the first digits of its sha256; so a second import finds it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.common import atomic
from pipeline.common.console import printable, progress
from pipeline.common.names import LONGEST, folder_name, folder_of, key_of, tidy
from pipeline.importing.found import Found, Photo, ReadError

SHOWN = 5  # photos that are left out for one reason


@dataclass(frozen=True)
class Step:
    """One photo and its file in the target; is_new: it is not there yet."""

    photo: Photo
    target: Path
    is_new: bool


@dataclass(frozen=True)
class Plan:
    """found: what the source holds. skipped and notes: those of `found`, and what the target adds to them."""

    source: Path
    target: Path
    found: Found
    steps: tuple[Step, ...]
    skipped: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    @property
    def new(self) -> list[Step]:
        return [step for step in self.steps if step.is_new]

    def people(self) -> dict[str, tuple[int, int]]:
        """Name of the folder -> photos of the source, and how many of them are new."""
        photos, new = (Counter(step.target.parent.name for step in steps) for steps in (self.steps, self.new))
        return {name: (photos[name], new[name]) for name in photos}

    def to_json(self) -> dict[str, Any]:
        people = [{"name": name, "photos": photos, "new": new} for name, (photos, new) in self.people().items()]
        return {"source": str(self.source), "target": str(self.target), "form": self.found.form, "how": self.found.how,
                "photos": len(self.steps), "new": len(self.new), "people": people,
                "skipped": [list(entry) for entry in self.skipped], "notes": list(self.notes)}  # fmt: skip

    def lines(self) -> list[str]:
        """The plan for people."""
        people = self.people()
        lines = [f"{self.source}: {self.found.form}, {self.found.how}",
                 f"{len(self.steps)} photos of {len(people)} people -> {self.target}"]  # fmt: skip
        for name, (photos, new) in people.items():
            lines.append(f"  {printable(name)}: {photos} photos" + ("" if new == photos else f", {new} of them new"))
        lines += [f"check: {printable(note)}" for note in self.notes]
        reasons: dict[str, list[str]] = {}
        for where, reason in self.skipped:
            reasons.setdefault(reason, []).append(where)
        for reason, places in reasons.items():
            more = f", ... and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
            lines.append(f"skipped {', '.join(printable(place) for place in places[:SHOWN])}{more}: {reason}")
        return lines


def make(source: Path, target: Path, found: Found) -> Plan:
    """The plan for the photos of `found`. Reads those whose names are taken, and writes nothing."""
    skipped, notes = list(found.skipped), list(found.notes)
    folders = _folders(target, found.photos, skipped, notes)
    taken: dict[Path, Step] = {}
    for photo in progress(found.photos, "comparing"):
        if photo.person not in folders:
            continue
        try:
            step = _step(photo, folders[photo.person], taken, notes)
        except ValueError:
            skipped.append((photo.where, "its name has no letter and no digit"))
            continue
        except (ReadError, OSError) as error:
            skipped.append((photo.where, str(error)))
            continue
        if step is None:
            skipped.append((photo.where, "is there twice"))
        else:
            taken[_on_any_system(step.target)] = step
    return Plan(source, target, found, tuple(taken.values()), tuple(skipped), tuple(notes))


def carry_out(plan: Plan) -> tuple[int, list[tuple[str, str]]]:
    """Write the new photos. Returns how many were written, and those that could not be read with their reasons."""
    written, failed = 0, []
    for step in progress(plan.new, "importing"):
        try:
            data = step.photo.read()
        except (ReadError, OSError) as error:
            failed.append((step.photo.where, str(error)))
            continue
        with atomic.writing(step.target) as temporary:
            temporary.write_bytes(data)
        written += 1
    return written, failed


def _folders(
    target: Path, photos: Iterable[Photo], skipped: list[tuple[str, str]], notes: list[str]
) -> dict[str, Path]:  # fmt: skip
    """Name in the source -> folder. Names that differ in case and spaces alone are one person."""
    there = {key_of(path.name): path for path in sorted(target.iterdir()) if path.is_dir()} if target.is_dir() else {}
    spellings: dict[str, Counter[str]] = {}
    folders: dict[str, Path] = {}
    counts = Counter(photo.person for photo in photos)
    for person, count in counts.items():
        try:
            name = folder_name(person)
        except ValueError:
            why = f"is no name of a person ({count} photos): it needs a letter or a digit"
            skipped.append((printable(person), why))
            continue
        spellings.setdefault(key_of(name), Counter())[name] += count
        folders[person] = Path(name)
    for key, names in spellings.items():
        best = names.most_common(1)[0][0]
        chosen = there.get(key) or folder_of(target, best)
        if len(names) > 1:
            notes.append(f"{', '.join(sorted(names))} are taken as one person, {chosen.name}")
        for person, name in list(folders.items()):
            if key_of(name.name) == key and name.parent == Path():
                folders[person] = chosen
                if tidy(person) != name.name:
                    notes.append(f"{person} cannot be the name of a folder everywhere: it becomes {chosen.name}")
    return folders


def _step(photo: Photo, folder: Path, taken: dict[Path, Step], notes: list[str]) -> Step | None:
    """None where the source holds the photo a second time, under the same name and person."""
    path = folder / folder_name(photo.name)
    other = taken.get(_on_any_system(path))
    if other is None and not path.exists():
        return Step(photo, path, True)
    data = photo.read()
    if data == (path.read_bytes() if other is None else other.photo.read()):
        return Step(photo, path, False) if other is None else None
    digest = hashlib.sha256(data).hexdigest()[:8]
    ending = PurePosixPath(path.name).suffix
    stem = path.name.removesuffix(ending).encode()[: LONGEST - 20].decode(errors="ignore")
    renamed = path.with_name(f"{stem}-{digest}{ending}")
    if _on_any_system(renamed) in taken:
        return None
    is_new = not renamed.exists()
    if is_new:
        notes.append(f"{photo.where} becomes {renamed.name}: {folder.name} has another photo called {path.name}")
    return Step(photo, renamed, is_new)


def _on_any_system(path: Path) -> Path:
    """The path as systems see it that take A and a for one letter."""
    return path.with_name(key_of(path.name))
