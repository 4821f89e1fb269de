"""The people of a gallery and their photos on the disk, and every change of them. No model is needed.

Each change holds the gallery's lock, so one follows the other. Each is a list of renames (gallery_trash.py): it happens
wholly or not at all, whenever its process is killed, and can be undone. Enrolment first writes which face of each photo
counts. `add` is an enrolment that can be undone; `enroll` and `enroll_faces` keep nothing for an undo, since they fill
whole galleries, and would push older changes out of the list.

A person is called by one name, a plain folder name (pipeline/common/names.py). Names that differ in case or spaces alone
are one person, who may have several folders where a gallery was filled by hand. A link is never followed.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline import photos
from pipeline.common import locks, names
from pipeline.common.console import say
from pipeline.common.errors import JobError
from pipeline.faces import way_in
from pipeline.faces.way_in import Face
from pipeline.recognise import gallery_moves as moves
from pipeline.recognise.gallery_trash import Change, Conflict, Move, Trash
from pipeline.recognise.kept_faces import KeptFaces, content_key

WAIT = 10.0  # seconds for which another change of the same gallery is waited for


class NotAName(JobError):
    """This can't be the name of a person."""


class NotThere(JobError):
    """There is no such person, photo or change."""


class People:
    """The people in the folder `root`: one folder per person, one file per photo."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def enroll(
        self, name: str, pictures: Sequence[np.ndarray], landmarks: Sequence[np.ndarray | None] | None = None
    ) -> int:
        """Add face crops (h, w) or (h, w, 3) uint8 of a person, with their landmarks (5, 2) where they are known.

        Returns how many are new; a photo is never there twice.
        """
        points = [None] * len(pictures) if landmarks is None else landmarks
        crops = [way_in.of_crop(picture, five) for picture, five in zip(pictures, points, strict=True)]
        return self.enroll_faces(name, crops)

    @locks.one_job_in("self.root", WAIT)
    def enroll_faces(self, name: str, faces: Sequence[Face]) -> int:
        """Add faces of photos of a person, as `way_in.look` gives them. Returns how many are new."""
        change = self.add(name, faces)
        if change is None:
            return 0
        self._trash().delete(change)
        return change.photos

    @locks.one_job_in("self.root", WAIT)
    def add(self, name: str, faces: Sequence[Face]) -> Change | None:
        """The same as a change that can be undone. None where all the photos are there already."""
        trash, target, kept = self._trash(), self._folder_of(name), KeptFaces(self.root)
        new: dict[Path, bytes] = {}
        unknown = set()
        for face in map(Face.kept, faces):
            content = photos.png_bytes(face.photo)
            # of the pixels as RGB: a grey photo is the same photo in colour mode
            rgb = content if face.photo.ndim == 3 else photos.png_bytes(photos.as_picture(face.photo))
            path = target / f"{content_key(rgb)[:16]}.png"
            there = path.exists()
            for other in self.root.glob(f"*/{path.name}"):
                if other.parent != target:
                    who = names.person_of(other.parent.name)
                    say(f"{who} has the same photo as {names.person_of(target.name)}: one of these names is wrong")
            key = content_key(path.read_bytes() if there else content)
            if not there:
                new[path] = content
                unknown |= {key} if kept.stamp(key) is None else set()
            kept.put(key, face)
        kept.save()  # before the photos: of a photo without it, another face could be taken
        if not new:
            return None
        try:
            what = f"{'a photo was' if len(new) == 1 else f'{len(new)} photos were'} added to {names.person_of(target.name)}"
            return trash.do(what, len(new), [(content, path) for path, content in new.items()])
        except BaseException:
            if not trash.is_due():  # else it has begun, and the rest is done before the next change
                kept.drop(unknown)
                kept.save()
            raise

    @locks.one_job_in("self.root", WAIT)
    def forget(self, name: str, for_good: bool = False) -> Change:
        """Delete a person and all their photos. for_good: at once, so that nothing can bring them back."""
        trash, folders = self._trash(), self._folders(name)
        change = trash.do(f"{_name(folders)} was forgotten", moves.count(folders), [(folder, None) for folder in folders])
        if for_good:
            trash.delete(change)
        return change

    @locks.one_job_in("self.root", WAIT)
    def rename(self, name: str, new: str) -> Change:
        """Call a person otherwise. Raises Conflict where another person is called so."""
        trash, folders, target = self._trash(), self._folders(name), self._path_of(new)
        for other in set(names.folders_of(self.root, target.name)) - set(folders):
            raise Conflict(f"{names.person_of(other.name)} is another person: merge the two, or choose another name")
        folders.sort(key=lambda folder: folder.name != target.name)
        first, *others = folders
        plan = [] if first.name == target.name else [(first, target)]
        plan += moves.into(moves.files_in(others), [first], target) + [(folder, None) for folder in others]
        if not plan:
            raise Conflict(f"{name} is called so already")
        return trash.do(f"{_name(folders)} was renamed to {names.person_of(target.name)}", moves.count(folders), plan)

    @locks.one_job_in("self.root", WAIT)
    def merge(self, name: str, into: str) -> Change:
        """Make all photos of a person photos of another one. A photo that both have is there once."""
        trash, folders, targets = self._trash(), self._folders(name), self._folders(into)
        if set(folders) == set(targets):
            raise Conflict(f"{name} and {into} are one person already")
        plan = moves.into(moves.files_in(folders), targets, targets[0]) + [(folder, None) for folder in folders]
        return trash.do(f"{_name(folders)} became part of {_name(targets)}", moves.count(folders), plan)

    @locks.one_job_in("self.root", WAIT)
    def remove(self, name: str, key: str) -> Change:
        """Delete the photo with this key (GalleryPhoto.key) from a person; without a photo, the person is gone as well."""
        trash, folders = self._trash(), self._folders(name)
        found = self._photos(name, folders, key)
        plan = [(path, None) for path in found] + moves.emptied(folders, found)
        return trash.do(f"a photo of {_name(folders)} was removed", len(found), plan)

    @locks.one_job_in("self.root", WAIT)
    def move(self, name: str, key: str, to: str) -> Change:
        """Make the photo with this key a photo of another person, who may be new."""
        trash, folders, target = self._trash(), self._folders(name), self._folder_of(to)
        if target in folders:
            raise Conflict(f"it is a photo of {name} already")
        found = self._photos(name, folders, key)
        plan: list[Move] = moves.into(found, names.folders_of(self.root, target.name), target)
        moved = {start for start, _ in plan}
        plan += [(path, None) for path in found if path not in moved] + moves.emptied(folders, found)
        return trash.do(f"a photo of {_name(folders)} was moved to {names.person_of(target.name)}", len(found), plan)

    @locks.one_job_in("self.root", WAIT)
    def undo(self, id: str | None = None) -> Change:
        """Bring back exactly what was there before a change; id: Change.id, by default of the last one."""
        trash = self._trash()
        change = next((change for change in trash.changes() if id in (None, change.id)), None)
        if change is None:
            raise NotThere("there is nothing that can be undone" if id is None else "this change can't be undone any more")
        trash.undo(change)
        return change

    def changes(self) -> list[Change]:
        """What can be undone, the newest first."""
        return Trash(self.root).changes()

    def _trash(self) -> Trash:
        """The trash, when nothing is half done or overdue."""
        trash = Trash(self.root)
        trash.finish()
        trash.sweep()
        return trash

    def check_name(self, name: str) -> None:
        """Raise NotAName, or JobError for a link, where nobody can be enrolled under this name."""
        self._folder_of(name)

    def _path_of(self, name: str) -> Path:
        """The folder for exactly this name. A name is one plain folder name: nothing outside is reached with it."""
        tidy = names.tidy(name)
        if not names.is_person_name(tidy):
            why = "since a folder is named after the person"
            raise NotAName(f"{name!r} can't be the name of a person, {why}: use letters, digits, spaces, - and _")
        return self.root / names.folder_for(tidy)

    def _folder_of(self, name: str) -> Path:
        """The folder of a person, or a path to create."""
        target = names.folder_of(self.root, self._path_of(name).name)
        refuse_link(target)
        return target

    def _folders(self, name: str) -> list[Path]:
        """All folders of a person. Raises NotThere, with who is there."""
        first = self._folder_of(name)
        if not first.is_dir():
            raise NotThere(f"{name} is not in the gallery {self.root}: {self._listing()}")
        folders = names.folders_of(self.root, first.name)
        for folder in folders:
            refuse_link(folder)
        return folders

    def _listing(self) -> str:
        entries = self.root.iterdir() if self.root.is_dir() else ()
        folders = [path.name for path in entries if path.is_dir() and not path.name.startswith(".")]
        return f"it holds {', '.join(sorted(map(names.person_of, folders)))}" if folders else "it is empty"

    def _photos(self, name: str, folders: list[Path], key: str) -> list[Path]:
        found = [path for path in moves.files_in(folders) if content_key(path.read_bytes()) == key]
        if not found:
            raise NotThere(f"there is no such photo of {name}")
        return found


def refuse_link(target: Path) -> None:
    """Raise JobError for a link."""
    if target.is_symlink():
        raise JobError(f"{target} is a link to another folder, where nothing is written or deleted: remove the link")


def _name(folders: list[Path]) -> str:
    return names.person_of(folders[0].name)
