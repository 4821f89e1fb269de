"""Which photos were kept and which rejected, in SOURCE/selection.json. No photo is ever deleted or moved.

A decision belongs to a name and a content (its sha256): another photo under the old name is undecided, and a photo that
got another name keeps its decision. Only a photo that went to another person's folder does not: it may have been
rejected for being there. What nobody decided is kept.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.common import atomic
from pipeline.common.errors import JobError
from pipeline.photos import folder

FILE = "selection.json"
FORMAT = 2
REMEMBERED = 500  # decisions that can be taken back

Digest = Callable[[Path], str]
There = dict[str, Path]  # "Person/photo.jpg" -> its file


@dataclass(frozen=True)
class Selection:
    """decisions: "Person/photo.jpg" -> True (kept) or False (rejected), of photos that are what they were then.

    undoable: how many of the last decisions can be taken back.
    """

    decisions: dict[str, bool]
    undoable: int = 0

    @property
    def rejected(self) -> frozenset[str]:
        return frozenset(name for name, kept in self.decisions.items() if not kept)

    def is_kept(self, name: str) -> bool:
        """Whether "Person/photo.jpg" goes on to the next stage."""
        return self.decisions.get(name, True)


def digest_of(path: Path) -> str:
    """The sha256 of a file, hexadecimal; "" where it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def names_of(people: Iterable[folder.Person]) -> There:
    """Each photo by its name, "Person/photo.jpg"; the folder's own name may be spelled in other bytes."""
    return {f"{person.name}/{path.name}": path for person in people for path in person.files}


def load(source: Path, digest: Digest = digest_of, there: There | None = None) -> Selection:
    """The decisions on the photos in `source`; none where there is no file. Raises JobError for a damaged one.

    Here and below: `digest` and `there` are for one who knows the hashes, and who looked at the folder just now.
    """
    stored = _read(Path(source) / FILE)
    if not stored.kept and not stored.undo:
        return Selection({})
    there = _there(source, there)
    return _selection(_followed(stored, there, digest), there, digest)


def decide(
    source: Path, names: Iterable[str], kept: bool, digest: Digest = digest_of, there: There | None = None
) -> Selection:
    """Keep or reject photos, "Person/photo.jpg" each, and write it down. Raises JobError for a photo that isn't there.

    Decisions on photos that are away, or are others now, stay in the file: they hold again when the photo is back.
    """
    there = _there(source, there)
    stored = _followed(_read(Path(source) / FILE), there, digest)
    for name in names:
        if name not in there:
            raise JobError(f"{source} has no photo {name}: name it as Person/photo.jpg")
        key = (name, digest(there[name]))
        if not key[1]:
            raise JobError(f"{there[name]} can't be opened")
        was = stored.kept.get(key)
        if was != kept:  # said twice, it is one decision
            stored.undo.append((*key, was))
        stored.kept[key] = kept
    _write(Path(source) / FILE, stored)
    return _selection(stored, there, digest)


def undo(source: Path, digest: Digest = digest_of, there: There | None = None) -> str | None:
    """Take back the last decision, and write that down. Returns the photo's name; None where there is nothing left."""
    there = _there(source, there)
    stored = _followed(_read(Path(source) / FILE), there, digest)
    if not stored.undo:
        return None
    name, content, was = stored.undo.pop()
    stored.kept.pop((name, content), None)
    if was is not None:
        stored.kept[name, content] = was
    _write(Path(source) / FILE, stored)
    return name


@dataclass
class _Stored:
    """kept: (name, sha256) -> True or False. undo: what each decision replaced, the last one last; None for nothing."""

    kept: dict[tuple[str, str], bool]
    undo: list[tuple[str, str, bool | None]]


def _there(source: Path, there: There | None) -> There:
    return names_of(folder.scan(source).people) if there is None else there


def _selection(stored: _Stored, there: There, digest: Digest) -> Selection:
    known = {name for name, _ in stored.kept}
    now = {name: stored.kept.get((name, digest(path))) for name, path in there.items() if name in known}
    return Selection({name: kept for name, kept in now.items() if kept is not None}, len(stored.undo))


def _followed(stored: _Stored, there: There, digest: Digest) -> _Stored:
    """`stored` with the names that its photos have now."""
    people = {name.split("/")[0] for name in there}
    strays: dict[str, list[str]] = {}  # content -> the names under which it isn't found any more
    for name, content in stored.kept:
        if name not in there or digest(there[name]) != content:
            strays.setdefault(content, []).append(name)
    moved: dict[tuple[str, str], str] = {}
    for name, path in there.items() if strays else ():  # else no other photo needs to be read
        content = digest(path)
        if (name, content) in stored.kept:
            continue
        for old in strays.get(content, []):
            person = old.split("/")[0]
            if person == name.split("/")[0] or person not in people:  # the folder itself was renamed
                moved[old, content] = name
                strays[content].remove(old)
                break
    return _Stored(
        {(moved.get(key, key[0]), key[1]): kept for key, kept in stored.kept.items()},
        [(moved.get((name, content), name), content, was) for name, content, was in stored.undo],
    )


def _read(path: Path) -> _Stored:
    if not path.exists():
        return _Stored({}, [])
    advice = "mend it, or move it away to decide anew"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        version = stored["format"]
        if not isinstance(version, int):
            raise ValueError("its format is no number")
        if version != FORMAT:
            raise JobError(f"{path} has format {version}, this program reads format {FORMAT}: update siamese-np, "
                           "or move the file away to decide anew")  # fmt: skip
        kept = {(entry["photo"], entry["sha256"]): entry["kept"] for entry in stored["photos"]}
        undo = [(entry["photo"], entry["sha256"], entry["was"]) for entry in stored["undo"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise JobError(f"{path} is damaged ({error}): {advice}") from error
    sound = all(isinstance(text, str) for entry in (*kept, *undo) for text in entry[:2])
    if not (sound and all(isinstance(value, bool) for value in kept.values())
            and all(was is None or isinstance(was, bool) for _, _, was in undo)):  # fmt: skip
        raise JobError(f"{path} is damaged (a photo lacks its name, sha256 or decision): {advice}")
    return _Stored(kept, undo)


def _write(path: Path, stored: _Stored) -> None:
    content = {
        "format": FORMAT,
        "photos": [{"photo": name, "sha256": digest, "kept": kept} for (name, digest), kept in stored.kept.items()],
        "undo": [{"photo": name, "sha256": digest, "was": was} for name, digest, was in stored.undo[-REMEMBERED:]],
    }
    try:
        with atomic.writing(path) as temporary:
            # ASCII: the name of a file may hold what is no text
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise JobError(f"{path} can't be written ({error.strerror}): nothing was decided") from error
