"""From the entries of a folder or an archive to photos of people: four layouts, and which of them a source has.

csv      a table of labels says who is on which photo
lfw      Person_Name/Person_Name_0001.jpg, as in Labeled Faces in the Wild
nested   the folders of a photo name the person
names    the name of the file names the person: ada_1.jpg
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from pipeline.common.names import tidy
from pipeline.importing.found import Found, Photo, ReadError, nothing_found
from pipeline.importing.sources import Entry
from pipeline.photos import labels, naming

LFW = re.compile(r"(.+)_\d{1,4}")
MOSTLY = 0.9  # of the photos follow the layout of LFW
TABLES = 20  # files of text that are tried as tables of labels

Layout = Callable[[Sequence[Entry], Sequence[Entry]], Found | None]


def recognise(source: object, entries: Sequence[Entry], form: str | None = None) -> Found:
    """The photos among `entries`, and who is on them; by the layout `form` where it is given.

    Raises JobError where no photo is there, and where nobody can be told.
    """
    photos = [entry for entry in entries if not entry.reason]
    others = [entry for entry in entries if entry.reason]
    skipped = tuple((entry.path, entry.reason) for entry in others)
    if not photos:
        raise nothing_found(source, "holds no photos that can be imported", skipped)
    if form:
        found = LAYOUTS[form](photos, others)
    else:
        found = _recognised(photos, others)
    if not found or not found.photos:
        why = "who is on the photos can't be told. Put them into one folder per person, or say which form it is"
        reasons = found.skipped if found else ()
        raise nothing_found(source, f"{why}: --as nested, names, csv or lfw", reasons)
    left_out = tuple((where, why) for where, why in skipped if found.how != f"the table {where}")
    return replace(found, skipped=found.skipped + left_out)


def by_labels(photos: Sequence[Entry], others: Sequence[Entry]) -> Found | None:
    """By the table of labels that names most photos, if there is one."""
    best: tuple[Entry, labels.Labels] | None = None
    tables = [entry for entry in others if "text" in entry.reason and 0 < entry.size <= labels.LARGEST]
    for entry in sorted(tables, key=lambda entry: entry.path.count("/"))[:TABLES]:
        root = entry.path.rpartition("/")[0]
        inside = {photo.path.removeprefix(f"{root}/"): photo for photo in photos if _is_below(photo.path, root)}
        try:
            read = labels.read_labels(entry.path, entry.read(), inside)
        except (ReadError, OSError):  # as a file that is no photo it is listed anyway
            continue
        if read and (best is None or len(read.people) > len(best[1].people)):
            people = {inside[file].path: names for file, names in read.people.items()}
            best = entry, replace(read, people=people)
    if best is None:
        return None
    table, read = best
    found, skipped = [], [(name, f"is named in {table.path} and not there") for name in read.missing]
    for photo in photos:
        names = read.people.get(photo.path, ())
        if len(names) == 1 and names[0]:
            found.append(_photo(names[0], photo))
        elif len(names) > 1:
            skipped.append((photo.path, f"{table.path} gives it several people: {', '.join(names)}"))
        else:
            skipped.append((photo.path, f"{table.path} names nobody for it"))
    doubt = () if read.may_be_people else (f'the column of people in {table.path} is called "{read.title}"',)
    return Found("csv", f"the table {table.path}", tuple(found), tuple(skipped), doubt)


def by_lfw(photos: Sequence[Entry], others: Sequence[Entry]) -> Found | None:
    """By folders whose name every file repeats; underscores stand for spaces. None where few photos are like that."""
    found, skipped = [], []
    for photo in photos:
        path = PurePosixPath(photo.path)
        match = LFW.fullmatch(path.stem)
        if match and match[1] == path.parent.name:
            found.append(_photo(tidy(match[1].replace("_", " ")), photo))
        else:
            skipped.append((photo.path, "its name does not repeat that of its folder, as in LFW"))
    if len(found) < MOSTLY * len(photos):
        return None
    return Found("lfw", "folder and file name the person, underscores stand for spaces", tuple(found), tuple(skipped))


def by_folders(photos: Sequence[Entry], others: Sequence[Entry]) -> Found:
    """By the names of the folders. A folder within one that holds photos itself is taken to be part of that one."""
    folders = [PurePosixPath(photo.path).parts[:-1] for photo in photos]
    people = naming.people_of_folders(folders)
    direct = {own: person for own, person in zip(folders, people) if person and own[-1] == person}
    found, skipped, notes = [], [], {}
    for photo, own, person in zip(photos, folders, people):
        outer = next((own[:k] for k in range(1, len(own)) if own[:k] in direct and direct[own[:k]] != person), None)
        if outer and person:
            inner, person = "/".join(own), direct[outer]
            notes[own] = f"{inner} lies within {'/'.join(outer)}, which holds photos itself: taken as {person}"
        if person:
            found.append(_photo(person, photo))
        else:
            skipped.append((photo.path, "no folder names the person"))
    return Found("nested", "the name of the folder is the person", tuple(found), tuple(skipped), tuple(notes.values()))


def by_names(photos: Sequence[Entry], others: Sequence[Entry]) -> Found:
    """By the names of the files."""
    people, how = naming.people_of_files([photo.path for photo in photos])
    found = tuple(_photo(person, photo) for person, photo in zip(people, photos) if person)
    why = "the name of the file names nobody"
    skipped = tuple((photo.path, why) for person, photo in zip(people, photos) if not person)
    return Found("names", how, found, skipped)


LAYOUTS: dict[str, Layout] = {"csv": by_labels, "lfw": by_lfw, "nested": by_folders, "names": by_names}


def _recognised(photos: Sequence[Entry], others: Sequence[Entry]) -> Found:
    table, folders = by_labels(photos, others), by_lfw(photos, others) or by_folders(photos, others)
    if table and not (table.notes and _count(folders) > 1):
        return table
    if table:
        return replace(folders, notes=(*folders.notes, f"{table.how} is not used: {table.notes[0]}"))
    names = by_names(photos, others)
    if _count(folders) > 1 or _count(names) < 2:
        return folders if folders.photos else names
    if not folders.photos:
        return names
    note = f"all photos lie in one folder, {folders.photos[0].person}: if that is the person, give --as nested"
    return replace(names, notes=(note,))


def _count(found: Found) -> int:
    return len({photo.person.casefold() for photo in found.photos})


def _photo(person: str, entry: Entry) -> Photo:
    return Photo(person, PurePosixPath(entry.path).name, entry.path, entry.read)


def _is_below(path: str, root: str) -> bool:
    return not root or path.startswith(f"{root}/")
