"""Which photos were kept and which rejected, and which face was chosen, in SOURCE/selection.json.

No photo is ever deleted or moved. A decision belongs to a name and a content (its sha256). Another photo under the old
name is undecided, and a photo that got another name keeps its decision, unless it went to another person's folder: it
may have been rejected because it lay in the wrong one. A photo without a decision is kept.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.common.errors import JobError
from pipeline.photos import folder, selection_file
from pipeline.photos.selection_file import Decision, Face, Stored

FILE = "selection.json"

Digest = Callable[[Path], str]
There = dict[str, Path]  # "Person/photo.jpg" -> its file


@dataclass(frozen=True)
class Selection:
    """What was decided on the photos that are still what they were then.

    decisions: "Person/photo.jpg" -> True (kept) or False (rejected). faces: the chosen face of the photos that have one.
    undoable: how many of the last decisions can be taken back.
    """

    decisions: dict[str, bool]
    undoable: int = 0
    faces: dict[str, Face] = field(default_factory=dict)

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

    Here and below: a caller that knows the hashes passes `digest`, one that has just scanned the folder passes `there`.
    """
    stored = selection_file.read(Path(source) / FILE)
    if not stored.decisions and not stored.undo:
        return Selection({})
    there = _there(source, there)
    return _selection(_followed(stored, there, digest), there, digest)


def decide(
    source: Path, names: Iterable[str], kept: bool, digest: Digest = digest_of, there: There | None = None
) -> Selection:
    """Keep or reject photos, "Person/photo.jpg" each, and write it down. Raises JobError for a photo that isn't there.

    A chosen face stays chosen. Decisions on photos that are away, or are others now, stay in the file: they hold again
    when the photo is back.
    """
    return _change(source, names, lambda was: Decision(kept, was and was.face), digest, there)


def choose(
    source: Path, name: str, face: Face, digest: Digest = digest_of, there: There | None = None
) -> Selection:  # fmt: skip
    """Keep a photo for this face, and write it down. Raises JobError for a photo that isn't there."""
    return _change(source, [name], lambda was: Decision(True, tuple(map(float, face))), digest, there)


def undo(source: Path, digest: Digest = digest_of, there: There | None = None) -> str | None:
    """Take back the last decision, and write that down. Returns the photo's name; None where there is nothing left."""
    there = _there(source, there)
    stored = _followed(selection_file.read(Path(source) / FILE), there, digest)
    if not stored.undo:
        return None
    name, content, was = stored.undo.pop()
    stored.decisions.pop((name, content), None)
    if was is not None:
        stored.decisions[name, content] = was
    selection_file.write(Path(source) / FILE, stored)
    return name


def _change(
    source: Path, names: Iterable[str], decision: Callable[[Decision | None], Decision], digest: Digest, there: There | None
) -> Selection:  # fmt: skip
    """Replace the decision on each photo by what `decision` makes of the one before."""
    there = _there(source, there)
    stored = _followed(selection_file.read(Path(source) / FILE), there, digest)
    for name in names:
        if name not in there:
            raise JobError(f"{source} has no photo {name}: name it as Person/photo.jpg")
        key = (name, digest(there[name]))
        if not key[1]:
            raise JobError(f"{there[name]} can't be opened")
        was = stored.decisions.get(key)
        if was != decision(was):  # the same decision twice is one decision
            stored.undo.append((*key, was))
        stored.decisions[key] = decision(was)
    selection_file.write(Path(source) / FILE, stored)
    return _selection(stored, there, digest)


def _there(source: Path, there: There | None) -> There:
    return names_of(folder.scan(source).people) if there is None else there


def _selection(stored: Stored, there: There, digest: Digest) -> Selection:
    known = {name for name, _ in stored.decisions}
    now = {name: stored.decisions.get((name, digest(path))) for name, path in there.items() if name in known}
    decided = {name: decision for name, decision in now.items() if decision is not None}
    return Selection(
        {name: decision.kept for name, decision in decided.items()},
        len(stored.undo),
        {name: decision.face for name, decision in decided.items() if decision.face},
    )


def _followed(stored: Stored, there: There, digest: Digest) -> Stored:
    """`stored` with the names that its photos have now."""
    people = {name.split("/")[0] for name in there}
    strays: dict[str, list[str]] = {}  # content -> the names under which it isn't found any more
    for name, content in stored.decisions:
        if name not in there or digest(there[name]) != content:
            strays.setdefault(content, []).append(name)
    moved: dict[tuple[str, str], str] = {}
    for name, path in there.items() if strays else ():  # else no other photo needs to be read
        content = digest(path)
        if (name, content) in stored.decisions:
            continue
        for old in strays.get(content, []):
            person = old.split("/")[0]
            if person == name.split("/")[0] or person not in people:  # the folder itself was renamed
                moved[old, content] = name
                strays[content].remove(old)
                break
    return Stored(
        {(moved.get(key, key[0]), key[1]): decision for key, decision in stored.decisions.items()},
        [(moved.get((name, content), name), content, was) for name, content, was in stored.undo],
    )
