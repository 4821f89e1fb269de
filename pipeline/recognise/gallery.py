"""The gallery: the people that a probe is compared with. One folder per person, one file per photo.

People come and go without training: that is the point of a Siamese network. What is in the folder is what is known,
now: an embedding is kept under the hash of the file's content, by a gallery that belongs to one model. So a photo that
is added, deleted, renamed or replaced, and a model that is trained again, count from the next question on.

`enroll` stores photos, not embeddings, so that another model can use them. It stores the face with so much around it
that a model with another framing can cut it anew, and not the whole photo, which would show bystanders and take long to
read. A folder that is filled by hand with photos as they are works as well: each goes the way in (faces/way_in.py), and
what was found there is kept beside the photos (kept_faces.py). A photo without a face is a problem that is named, and
not counted.
"""

import contextlib
import hashlib
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import photos
from pipeline.common import locks, names
from pipeline.common.console import progress, say
from pipeline.common.errors import JobError
from pipeline.faces import way_in
from pipeline.faces.way_in import Face
from pipeline.photos import folder
from pipeline.recognise import kept_faces
from pipeline.recognise.kept_faces import KeptFaces
from pipeline.recognise.recogniser import Recogniser
from siamese_np import metrics

WAIT = 10.0  # seconds for which another change of the same gallery is waited for


class EmptyGallery(JobError):
    """Nobody is known yet."""


@dataclass(frozen=True)
class GalleryPhoto:
    """key: the hash of the file's content, hexadecimal."""

    person: str
    key: str
    path: Path


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The gallery at one moment. embeddings (n, D), one for each photo; means (K, D), one for each person of `people`.
    The photos of one person stand together, in the order of `people`; starts (K,): where each begins.

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
        self._keys: dict[tuple, str] = {}  # path and stat() of a file -> hash of its content
        self._embeddings: dict[str, np.ndarray | str] = {}  # hash of the content -> embedding, or why there is none
        self._snapshot: Snapshot | None = None

    def refresh(self) -> Snapshot:
        """The gallery as the folder is now. Only what changed is read. Raises EmptyGallery, with how to fill it."""
        with self._lock:
            return self._read()

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
        target = self._folder_of(name)
        kept = KeptFaces(self.root)
        new = {}
        for face in map(Face.kept, faces):
            # of the pixels as RGB: a grey photo is the same photo in colour mode
            path = target / f"{_hash(photos.png_bytes(photos.as_picture(face.photo)))[:16]}.png"
            for other in self.root.glob(f"*/{path.name}"):
                if other.parent != target:
                    who = names.person_of(other.parent.name)
                    say(f"{who} has the same photo as {name}: one of these names is wrong")
            if not path.exists():
                new[path] = face.photo
            kept.put(_hash(path.read_bytes() if path.exists() else photos.png_bytes(face.photo)), face)
        kept.save()  # first: a photo that is there without its entry would be searched, and another face may be found
        for path, photo in new.items():
            photos.write_png(path, photo)
        return len(new)

    @locks.one_job_in("self.root", WAIT)
    def forget(self, name: str) -> int:
        """Delete a person and all their photos from the gallery. Returns how many photos that were."""
        first = self._folder_of(name)
        if not first.is_dir():
            raise JobError(f"{name} is not in the gallery {self.root}: {self._listing()}")
        targets = names.folders_of(self.root, first.name)
        for target in targets:
            _refuse_link(target)
        files = [path for target in targets for path in target.iterdir() if path.is_file()]
        kept = KeptFaces(self.root)
        kept.drop({_hash(path.read_bytes()) for path in files})
        kept.save()  # first: on a full disk nothing has changed then, and a kill leaves no traces of a deleted face
        for target in targets:
            shutil.rmtree(target)
        return len(files)

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

    def _read(self) -> Snapshot:
        where = f"--run {self.root.parent}" if self.root.name == "gallery" else f"--gallery {self.root}"
        how = f"add photos with: siamese-np enroll NAME PHOTO... {where}"
        if not self.root.is_dir() or not any(self.root.iterdir()):
            raise EmptyGallery(f"the gallery {self.root} is empty: {how}")
        try:
            found = folder.scan(self.root, names.person_of)
        except JobError as error:
            raise EmptyGallery(f"{error}\n{how}") from error
        problems = [(path, reason) for path, reason in found.skipped if path.name != kept_faces.FILE]
        listed, new = [], {}
        for person in found.people:
            for path in person.files:
                if path.is_symlink() or path.parent.is_symlink():
                    problems.append((path, "is a link, which a gallery doesn't follow: put a copy of the photo there"))
                    continue
                try:
                    key = self._key(path)
                    listed.append((person.name, path, key))
                    if key not in self._embeddings and key not in new:
                        new[key] = path.read_bytes()
                except OSError as error:  # it was deleted since it was listed
                    problems.append((path, f"can't be opened ({error.strerror})"))
        self._embed(new)
        usable, rows = [], []
        for name, path, key in listed:
            embedding = self._embeddings[key]
            if isinstance(embedding, str):
                problems.append((path, embedding))
            else:
                usable.append(GalleryPhoto(name, key, path))
                rows.append(embedding)
        if not usable:
            reasons = "".join(f"\n  {path}: {reason}" for path, reason in problems[: folder.SHOWN])
            raise EmptyGallery(f"no photo in the gallery {self.root} can be used: {how}{reasons}")
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

    def _key(self, path: Path) -> str:
        """The hash of a file's content. A file is read again only when its `stat()` changes: ctime changes with every
        write, whatever name, size and date the new content has."""
        s = path.stat()
        state = (path, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns)
        if self._keys.get(state) not in self._embeddings:
            self._keys[state] = _hash(path.read_bytes())
        return self._keys[state]

    def _embed(self, new: dict[str, bytes]) -> None:
        """Put the embedding of each new photo, or why there is none, into `_embeddings`. new: hash -> content."""
        if not new:
            return
        kept = KeptFaces(self.root)
        prepared = {}
        for key, content in progress(new.items(), "gallery"):
            found = self._face(key, content, kept)
            if isinstance(found, str):
                self._embeddings[key] = found
            else:
                prepared[key] = self.recogniser.prepare_face(found)
        if prepared:
            self._embeddings.update(zip(prepared, self.recogniser.embed_views(list(prepared.values()))))
        # where nothing can be written, or a change is under way, the faces are found again next time
        with contextlib.suppress(OSError, JobError), locks.held(self.root, wait=0):
            kept.save()

    @staticmethod
    def _face(key: str, content: bytes, kept: KeptFaces) -> Face | str:
        """The face of a photo, or why there is none."""
        try:
            photo = photos.read(content)
        except photos.PhotoError as error:
            return str(error)
        found = kept.get(key, photo)
        if found is None:
            try:
                found = way_in.one(way_in.look(photo))
            except way_in.NoFace as error:
                found = str(error)
            kept.put(key, found)
        return found


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _refuse_link(target: Path) -> None:
    if target.is_symlink():
        raise JobError(f"{target} is a link to another folder, where nothing is written or deleted: remove the link")
