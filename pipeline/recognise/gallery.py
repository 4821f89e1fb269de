"""The gallery: the people that a probe is compared with. A folder a person, a photo a file; nothing else is stored.

People come and go without training: that is the point of a Siamese network. What is in the folder is what is known,
now: an embedding is kept under the hash of the file's content, by a gallery that belongs to one model. So a photo that
is added, deleted, renamed or replaced, and a model that is trained again, count from the next question on.
"""

import hashlib
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import photos
from pipeline.common import names
from pipeline.common.errors import JobError
from pipeline.photos import folder
from pipeline.recognise.recogniser import Recogniser
from siamese_np import metrics


class EmptyGallery(JobError):
    """Nobody is known yet."""


@dataclass(frozen=True)
class GalleryPhoto:
    """key: the hash of the file's content, hexadecimal."""

    person: str
    key: str
    path: Path


@dataclass(frozen=True)
class Snapshot:
    """The gallery at one moment. embeddings (n, D), one a photo; means (K, D), one a person of `people`. The photos of one
    person stand together, in the order of `people`; starts (K,): where each begins.

    problems: files that are in the folder and could not be used, with the reason.
    """

    people: tuple[str, ...]
    photos: tuple[GalleryPhoto, ...]
    embeddings: np.ndarray
    means: np.ndarray
    starts: np.ndarray
    problems: tuple[tuple[Path, str], ...]


class Gallery:
    """A folder of people, seen through a recogniser (which `enroll` and `forget` do not need)."""

    def __init__(self, root: Path, recogniser: Recogniser | None = None) -> None:
        self.root, self.recogniser = Path(root), recogniser
        self._lock = threading.Lock()
        self._keys: dict[tuple, str] = {}  # what the system says of a file -> hash of its content
        self._embeddings: dict[str, np.ndarray | str] = {}  # hash of the content -> embedding, or why there is none
        self._snapshot: Snapshot | None = None

    def refresh(self) -> Snapshot:
        """The gallery as the folder is now. Only what changed is read. Raises EmptyGallery, with how to fill it."""
        with self._lock:
            return self._look()

    def enroll(self, name: str, pictures: Sequence[np.ndarray]) -> int:
        """Add photos (h, w) or (h, w, 3) uint8 of a person. Returns how many are new; a photo is never there twice."""
        target = self._folder_of(name)
        new = 0
        for picture in pictures:
            # of the pixels as RGB: a grey photo is the same photo in colour mode
            path = target / f"{hashlib.sha256(photos.png_bytes(photos.as_picture(picture))).hexdigest()[:16]}.png"
            if not path.exists():
                photos.write_png(path, picture)
                new += 1
        return new

    def forget(self, name: str) -> int:
        """Delete a person and all their photos from the gallery. Returns how many photos that were."""
        first = self._folder_of(name)
        if not first.is_dir():
            raise JobError(f"{name} is not in the gallery {self.root}: {self._listing()}")
        count = 0
        for target in names.folders_of(self.root, first.name):
            _refuse_link(target)
            count += sum(path.is_file() for path in target.iterdir())
            shutil.rmtree(target)
        return count

    def _folder_of(self, name: str) -> Path:
        """The folder of a person. A name is one plain folder name: nothing outside the gallery is reached with it."""
        tidy = names.tidy(name)
        if not names.is_person_name(tidy):
            raise JobError(f"{name!r} can't be the name of a folder everywhere: use letters, digits, spaces, - and _")
        target = names.folder_of(self.root, names.folder_for(tidy))
        _refuse_link(target)
        return target

    def _listing(self) -> str:
        folders = [path.name for path in self.root.iterdir() if path.is_dir()] if self.root.is_dir() else []
        return f"it holds {', '.join(sorted(map(names.person_of, folders)))}" if folders else "it is empty"

    def _look(self) -> Snapshot:
        where = f"--run {self.root.parent}" if self.root.name == "gallery" else f"--gallery {self.root}"
        how = f"add photos with: siamese-np enroll NAME PHOTO... {where}"
        if not self.root.is_dir() or not any(self.root.iterdir()):
            raise EmptyGallery(f"the gallery {self.root} is empty: {how}")
        try:
            found = folder.scan(self.root, names.person_of)
        except JobError as error:
            raise EmptyGallery(f"{error}\n{how}") from error
        problems = list(found.skipped)
        listed = []
        new: dict[str, np.ndarray] = {}
        for person in found.people:
            for path in person.files:
                if path.is_symlink() or path.parent.is_symlink():
                    problems.append((path, "is a link, which a gallery doesn't follow: put a copy of the photo there"))
                    continue
                try:
                    listed.append((person.name, path, self._key(path, new)))
                except OSError as error:  # it was deleted since it was listed
                    problems.append((path, f"can't be opened ({error.strerror})"))
        if new:
            self._embeddings.update(zip(new, self.recogniser.embed_views(list(new.values()))))
        usable, rows = [], []
        for name, path, key in listed:
            embedding = self._embeddings[key]
            if isinstance(embedding, str):
                problems.append((path, embedding))
            else:
                usable.append(GalleryPhoto(name, key, path))
                rows.append(embedding)
        if not usable:
            raise EmptyGallery(f"no photo in the gallery {self.root} can be used: {how}")
        last = self._snapshot
        if last is None or (last.photos, last.problems) != (tuple(usable), tuple(problems)):
            z = np.stack(rows)
            people = tuple(dict.fromkeys(photo.person for photo in usable))
            number = {name: k for k, name in enumerate(people)}
            owners = np.array([number[photo.person] for photo in usable])  # rising, as `people` is in their order
            _, means = metrics.mean_embeddings(z, owners, self.recogniser.unit_length)
            starts = np.searchsorted(owners, np.arange(len(people)))
            self._snapshot = Snapshot(people, tuple(usable), z, means, starts, tuple(problems))
        return self._snapshot

    def _key(self, path: Path, new: dict[str, np.ndarray]) -> str:
        """The hash of a file's content. A photo without an embedding is put into `new`, at the network's size.

        A file is read again only when the system's word on it changes, and ctime does with every write, whatever name,
        size and date the new content has.
        """
        s = path.stat()
        word = (path, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns)
        if self._keys.get(word) not in self._embeddings:
            data = path.read_bytes()
            key = self._keys[word] = hashlib.sha256(data).hexdigest()
            if key not in self._embeddings:  # else the file was moved or copied
                try:
                    new[key] = self.recogniser.prepare(photos.read(data))
                except photos.PhotoError as error:
                    self._embeddings[key] = str(error)
        return self._keys[word]


def _refuse_link(target: Path) -> None:
    if target.is_symlink():
        raise JobError(f"{target} is a link to another folder, where nothing is written or deleted: remove the link")
