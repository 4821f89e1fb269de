"""A folder of people: ROOT/Anna/1.jpg, ROOT/Anna/2.jpg, ROOT/Ben/1.png ...

Says who is there and which files look like photos, by the first bytes of a file and not by its name. Whether a photo
can really be read shows when it is decoded. A folder in which photos are sorted in another way is refused with the line
that brings it into this form.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline import photos
from pipeline.common import console, names
from pipeline.common.atomic import is_temporary
from pipeline.common.errors import JobError
from pipeline.common.names import SYSTEM_FILES, folder_name, tidy
from pipeline.photos import labels, naming

# reports of the stages beside the people's folders
OURS = re.compile(r"faces\.csv|faces(-\d+)?\.png|selection\.json|manifest\.jsonl?")
TABLES = (".csv", ".tsv", ".txt")  # the endings of tables that may say who is on which photo
SHOWN = 10  # reasons in an error message


@dataclass(frozen=True)
class Person:
    """A person's name (that of the folder, see pipeline/common/names.py) and photos, in natural order."""

    name: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Scan:
    """The people of a folder in natural order, and what was left out: (path, reason)."""

    people: tuple[Person, ...]
    skipped: tuple[tuple[Path, str], ...]


def scan(root: Path, name_of: Callable[[str], str] = tidy) -> Scan:
    """The people in `root`, one folder each. No photo is decoded. name_of: name of a folder -> the person's.

    Folders whose names differ in case or spaces alone are one person, which is said. A folder whose name cannot be that
    of a person is left out: what could not be enrolled in the end is named here, before any work. Raises JobError where there are none, and where photos are not sorted into one folder per person.
    """
    root = Path(root)
    if not root.is_dir():
        problem = "is a file, not a folder" if root.exists() else "doesn't exist"
        raise JobError(f"{root} {problem}. {_layout(root)}")
    files: dict[str, list[Path]] = {}
    spellings: dict[str, str] = {}  # key of a name -> the first name
    skipped: list[tuple[Path, str]] = []
    loose: Path | None = None
    tables = []
    for entry in _listing(root, skipped):
        if OURS.fullmatch(entry.name):
            continue
        if entry.is_dir():
            found = list(_photos_in(entry, skipped))
            name = name_of(entry.name)
            if found and not names.is_person_name(name):
                skipped.append((entry, "its name cannot be that of a person here: rename the folder, with at most "
                                f"{names.LONGEST} bytes and without / and \\"))  # fmt: skip
            elif found:
                person = spellings.setdefault(names.key_of(name), name)
                _add(files.setdefault(person, []), found, entry, skipped)
            else:
                nested = " of its own, only in folders within it: siamese-np import" if _holds_photos(entry) else ""
                skipped.append((entry, f"a folder without photos{nested}"))
        else:
            reason = _why_no_photo(entry)
            loose = entry if reason is None else loose
            skipped.append((entry, reason or "a photo outside a person's folder: move it into one"))
            if entry.suffix.lower() in TABLES and reason and "text" in reason:
                tables.append(entry)
    _refuse_other_forms(root, files, tables)
    if not files:
        hint = f" {loose.name} lies directly in it: perhaps you meant the folder above." if loose else ""
        reasons = "".join(f"\n  {path}: {reason}" for path, reason in skipped[:SHOWN])
        more = f"\n  ... and {len(skipped) - SHOWN} more" if len(skipped) > SHOWN else ""
        raise JobError(f"{root} holds no folder with photos.{hint} {_layout(root)}{reasons}{more}")
    return Scan(tuple(Person(name, tuple(paths)) for name, paths in files.items()), tuple(skipped))


def plan(scan: Scan, target: Path) -> dict[Path, Path]:
    """The photo that each output is made of."""
    jobs: dict[Path, Path] = {}
    for person in scan.people:
        for path in person.files:
            # the whole name is kept: a.jpg and a.png are two photos, today and when one of them comes later
            name = path.name if path.suffix.lower() == ".png" else path.name + ".png"
            output = target / person.name / name
            if output in jobs:
                raise JobError(f"{jobs[output]} and {path} would both become {output}: rename one of them")
            jobs[output] = path
    return jobs


def natural(name: str) -> tuple:
    """A sort key that counts: s2 before s10, whatever the case of the letters."""
    name = unicodedata.normalize("NFC", name)
    parts = re.split(r"(\d+)", name.casefold())  # text and digits take turns, text first: always comparable
    return tuple(int(part) if index % 2 else part for index, part in enumerate(parts)), name


def _add(files: list[Path], found: list[Path], folder: Path, skipped: list[tuple[Path, str]]) -> None:
    """Add the photos `found` in `folder` to those of the same person, of which no two may have one name."""
    if files:
        console.say_once(f"{folder} and {files[0].parent} are taken as one person: their names read the same")
    there = {names.key_of(path.name): path for path in files}
    for path in found:
        other = there.get(names.key_of(path.name)) if files else None
        if other is None:
            files.append(path)
        else:
            skipped.append((path, f"the same person has {other}: rename one of the two"))


def _photos_in(folder: Path, skipped: list[tuple[Path, str]]) -> Iterable[Path]:
    for entry in _listing(folder, skipped):
        reason = "a folder inside a person's folder" if entry.is_dir() else _why_no_photo(entry)
        if reason is None and names.is_too_long(entry):
            reason = f"its name is longer than {names.LONGEST_FILE} bytes: give it a shorter one"
        if reason:
            skipped.append((entry, reason))
        else:
            yield entry


def _listing(folder: Path, skipped: list[tuple[Path, str]]) -> list[Path]:
    """What is in `folder`, in natural order and without what the system put there."""
    try:
        entries = [entry for entry in folder.iterdir() if not is_temporary(entry.name)]
        entries.sort(key=lambda entry: natural(entry.name))
    except OSError as error:
        skipped.append((folder, f"can't be opened ({error.strerror})"))
        return []
    system = [entry for entry in entries if entry.name.startswith(".") or entry.name.casefold() in SYSTEM_FILES]
    skipped.extend((entry, "a file of the system, or hidden") for entry in system)
    return [entry for entry in entries if entry not in system]


def _why_no_photo(path: Path) -> str | None:
    try:
        photos.sniff(path)
    except photos.PhotoError as error:
        return str(error)
    return None


def _holds_photos(folder: Path) -> bool:
    """Whether there is a photo at any depth; looks until it finds one."""
    return any(_why_no_photo(Path(within) / name) is None for within, _, names in os.walk(folder) for name in names)


def _refuse_other_forms(root: Path, files: dict[str, list[Path]], tables: list[Path]) -> None:
    """Raises JobError where a table of labels, or the names of the files, name other people than the folders do."""
    folders = {path.relative_to(root).as_posix(): name for name, paths in files.items() for path in paths}
    problem = f"{root} is not sorted into one folder per person"
    nobody = len(files) == 1 or all(map(naming.sorts_photos, files))  # no folder tells people apart
    for table in tables:
        try:
            told = labels.read_labels(table.name, table.read_bytes(), folders) if folders else None
        except (JobError, OSError):  # a table of something else, or one that can't be read
            continue
        believed = told and (told.are_people or nobody and told.may_be_people)
        two = ((person, folders[file]) for file, names in told.people.items() for person in names) if believed else ()
        if any(_key(person) != _key(folder) for person, folder in two):
            raise JobError(f"{problem}: {table.name} says who is on which photo. {_way_in(root)}")
    if len(files) == 1 and naming.sorts_photos(*files):
        (paths,) = files.values()
        people = {person for person in naming.people_of_files([path.name for path in paths])[0] if person}
        if len(people) > 1:
            shown = ", ".join(sorted(people, key=natural)[:3])
            raise JobError(f"{problem}: the names of the files name the people ({shown} ...). {_way_in(root)}")


def _key(name: str) -> str:
    try:
        return folder_name(name.replace("_", " ")).casefold()
    except ValueError:
        return tidy(name)


def _layout(root: Path) -> str:
    example = f"It should hold one folder per person, with that person's photos in it: {root / 'Anna' / '1.jpg'}"
    return f"{example}. {_way_in(root)}" if root.exists() else example


def _way_in(root: Path) -> str:
    return f"Photos in another form are brought into data/raw by: siamese-np import {console.quoted(str(root))}"
