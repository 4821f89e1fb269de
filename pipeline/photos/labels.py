"""A table that says who is on which photo: CSV with commas, semicolons, tabs or bars, with or without a header.

The columns are found by their content: the column of files is the one whose cells name files that are there. The column
of people is the only other one, or the one whose header says so.
"""

import csv
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath

from pipeline.common.errors import JobError
from pipeline.common.names import tidy

DELIMITERS = ",;\t|"
# what a header calls the person, the clearest word first
PERSON = ("person", "person_name", "people", "name", "who", "identity", "subject", "celebrity",
          "label", "class", "target", "person_id", "identity_id", "subject_id", "id")  # fmt: skip
LARGEST = 50_000_000  # bytes


@dataclass(frozen=True)
class Labels:
    """people: file -> the names that the table gives it (a right table gives one). missing: cells that name no file.
    title: what the header calls the column of people, in lower case, "" without a header."""

    people: dict[str, tuple[str, ...]]
    missing: tuple[str, ...]
    title: str = ""

    @property
    def may_be_people(self) -> bool:
        """False where the header calls the column something else: "emotion", "split"."""
        return self.title in ("", *PERSON)

    @property
    def are_people(self) -> bool:
        """Whether the header says that the column names people."""
        return self.title in PERSON[: PERSON.index("label")]


def read_labels(name: str, data: bytes, files: Collection[str]) -> Labels | None:
    """The labels that the table `data` gives to `files` (paths with /, seen from the table); None for another table.

    A cell may name a file by its path, or, where that is unique, by its name with or without the ending. `name` is that
    of the table, for the error. Raises JobError where several columns could name the person.
    """
    text = _text(data)
    if text is None:
        return None
    known = _keys(files)
    best: tuple[int, int, list[list[str]]] = (0, 0, [])  # files that are named, by which column, of which rows
    for delimiter in DELIMITERS:
        rows = _rows(text, delimiter)
        width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
        for column in range(width if width > 1 else 0):
            named = [known[_key(row[column])] for row in rows if len(row) == width and _key(row[column]) in known]
            hits = len(set(named))
            if hits > best[0] and hits > len(named) / 2:  # a column of counts may hit upon 1.png, again and again
                best = hits, column, [row for row in rows if len(row) == width]
    hits, column, rows = best
    if not hits or hits < len(rows) / 2 - 1:
        return None
    header = rows[0] if _key(rows[0][column]) not in known else None
    body = rows[1:] if header else rows
    who = _person_column(name, header, body, column)
    people: dict[str, tuple[str, ...]] = {}
    missing = []
    for row in body:
        file, person = known.get(_key(row[column])), tidy(row[who])
        if file is None:
            missing.append(row[column])
        elif person not in people.get(file, ()):
            people[file] = (*people.get(file, ()), person)
    return Labels(people, tuple(missing), _title(header[who]) if header else "")


def _person_column(name: str, header: list[str] | None, body: list[list[str]], files: int) -> int:
    others = [column for column in range(len(body[0])) if column != files]
    if len(others) == 1:
        return others[0]
    titles = [_title(title) for title in header or []]
    for title in PERSON:
        if titles.count(title) == 1 and titles.index(title) != files:
            return titles.index(title)
    # a column that is equal in all rows, or different in all, tells no people apart
    telling = [column for column in others if 1 < len({row[column] for row in body}) < len(body)]
    words = [column for column in telling if not all(_is_number(row[column]) for row in body)]
    if len(words or telling) == 1:
        return (words or telling)[0]
    titles = header or [f"number {column + 1}" for column in range(len(body[0]))]
    raise JobError(f"{name}: several columns could name the person ({', '.join(titles[k] for k in others)}). "
                   "Give the right one the header \"person\"")  # fmt: skip


def _title(cell: str) -> str:
    return tidy(cell).casefold().replace(" ", "_")


def _text(data: bytes) -> str | None:
    """The text of a table as programs write it, None where it is no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _rows(text: str, delimiter: str) -> list[list[str]]:
    lines = text.splitlines()
    if lines and lines[0].startswith("sep="):  # a line that tells Excel the delimiter
        lines = lines[1:]
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter) if any(row)]
    except csv.Error:  # a cell of more than 131072 characters: no table of labels
        return []


def _keys(files: Collection[str]) -> dict[str, str]:
    """What a cell may say -> the file: its path, and its name with and without the ending where that is unique."""
    keys = {_key(file): file for file in files}
    for short in (lambda path: path.name, lambda path: path.stem):
        names = Counter(_key(short(PurePosixPath(file))) for file in files)
        for file in files:
            key = _key(short(PurePosixPath(file)))
            if names[key] == 1:
                keys.setdefault(key, file)
    return keys


def _key(cell: str) -> str:
    return tidy(cell.replace("\\", "/").removeprefix("./")).casefold()


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True
