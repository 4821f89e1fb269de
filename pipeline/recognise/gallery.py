"""The gallery: the people that a probe is compared with. One folder per person, one file per photo.

People come and go without training: that is the point of a Siamese network. What is in the folder is what is known,
now: an embedding is kept under the hash of the file's content, by a gallery that belongs to one model. So a photo that
is added, deleted, renamed or replaced, and a model that is trained again, count from the next question on.

`enroll` stores photos, not embeddings, so that another model can use them. It stores the face with so much around it
that a model with another framing can cut it anew, and not the whole photo, which would show bystanders and take long to
read. A folder that is filled by hand with photos as they are works as well: each goes the way in (faces/way_in.py), and
what was found there is kept beside the photos (kept_faces.py), and so are their embeddings (kept_embeddings.py). A photo
without a face is a problem that is named, and not counted. Measured with 1,000 photos of 100 people, three networks, on
two cores: a gallery is read in .1 to .2 seconds by a program that starts (18 without kept embeddings), and in .01 when
nothing has changed.
"""

import contextlib
import os
import threading
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.common import locks, names
from pipeline.common.console import progress
from pipeline.common.errors import JobError
from pipeline.photos import folder
from pipeline.recognise import gallery_trash, kept_embeddings, kept_faces, rules
from pipeline.recognise.gallery_changes import WAIT, People
from pipeline.recognise.gallery_trash import Trash
from pipeline.recognise.kept_faces import KeptFaces, content_key
from pipeline.recognise.recogniser import Recogniser
from siamese_np import metrics

OURS = {kept_faces.FILE, kept_embeddings.FILE, gallery_trash.FOLDER}  # what lies beside the people


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

    def distances(self, z: np.ndarray, rule: str) -> tuple[np.ndarray, np.ndarray]:
        """The distances of a probe z (D,) to each person (K,) by a rule, and to each photo (n,)."""
        to_photos = metrics.distances_to(z, self.embeddings)
        nearest = np.minimum.reduceat(to_photos, self.starts)
        return rules.combined(rule, metrics.distances_to(z, self.means), nearest), to_photos


class Gallery(People):
    """A folder of people, seen through a recogniser (which changes do not need)."""

    def __init__(self, root: Path, recogniser: Recogniser | None = None) -> None:
        super().__init__(root)
        self.recogniser = recogniser
        self._lock = threading.Lock()
        self._keys: dict[tuple, str] = {}  # path and stat() of a file -> hash of its content
        self._embeddings: dict[str, np.ndarray | str] = {}  # hash of the content -> embedding, or why there is none
        self._stamps: dict[str, str] = {}  # hash of the content -> under which its embedding is kept
        self._kept_stamps: Set[str] = frozenset()  # of the embeddings that are kept on the disk
        self._snapshot: Snapshot | None = None
        self._seen: list[tuple] | None = None  # what was there when the snapshot was made

    def refresh(self) -> Snapshot:
        """The gallery as the folder is now. Only what changed is read. Raises EmptyGallery, with how to fill it."""
        with self._lock:
            with contextlib.suppress(JobError, OSError):  # what can't be done now is done before the next change
                if Trash(self.root).is_due():
                    with locks.held(self.root, WAIT):
                        self._trash()
            there = self._there()  # taken before reading, so that what changes meanwhile is noticed next time
            if there is None or there != self._seen:
                self._snapshot = self._read()
                # a problem may pass without any change of the folder: a disk that was away
                self._seen = None if self._snapshot.problems else there
            return self._snapshot

    def _there(self) -> list[tuple] | None:
        """The name and `stat()` of each folder and photo: equal where nothing has changed. None where it can't be told."""
        found = []
        try:
            with os.scandir(self.root) as entries:
                top = [entry for entry in entries if not entry.name.startswith(".")]
            for entry in top:
                found.append((entry.path, *_state(entry.stat(follow_symlinks=False))))
                if entry.is_dir(follow_symlinks=False):
                    with os.scandir(entry) as inside:
                        found += [(file.path, *_state(file.stat(follow_symlinks=False))) for file in inside]
        except OSError:
            return None
        return sorted(found)

    def _read(self) -> Snapshot:
        where = f"--run {self.root.parent}" if self.root.name == "gallery" else f"--gallery {self.root}"
        how = f"add photos with: siamese-np enroll NAME PHOTO... {where}"
        if not self.root.is_dir() or all(path.name in OURS for path in self.root.iterdir()):
            raise EmptyGallery(f"the gallery {self.root} is empty: {how}")
        try:
            found = folder.scan(self.root, names.person_of)
        except JobError as error:
            raise EmptyGallery(f"{error}\n{how}") from error
        problems = [(path, reason) for path, reason in found.skipped if path.name not in OURS]
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
                        new[key] = path
                except OSError as error:  # it was deleted since it was listed
                    problems.append((path, f"can't be opened ({error.strerror})"))
        self._embed(new)
        usable, rows = [], []
        for name, path, key in listed:
            embedding = self._embeddings.get(key, "was changed or deleted while it was read")
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
            self._keep()
        return self._snapshot

    def _key(self, path: Path) -> str:
        """The hash of a file's content. A file is read again only when its `stat()` changes: ctime changes with every
        write, whatever name, size and date the new content has."""
        state = (path, *_state(path.stat()))
        if self._keys.get(state) not in self._embeddings:
            self._keys[state] = content_key(path.read_bytes())
        return self._keys[state]

    def _embed(self, new: dict[str, Path]) -> None:
        """Put the embedding of each new photo, or why there is none, into `_embeddings`. new: hash of the content -> file.
        A file with other content by now gets none."""
        if not new:
            return
        kept = KeptFaces(self.root)
        stored = kept_embeddings.load(self.root, self.recogniser.model_hash)
        self._kept_stamps = stored.keys()
        self._stamps.update((key, stamp) for key in new if (stamp := kept.stamp(key)))
        self._embeddings.update((key, stored[stamp]) for key in new if (stamp := self._stamps.get(key)) in stored)
        prepared = {}
        for key, path in progress([item for item in new.items() if item[0] not in self._embeddings], "gallery"):
            with contextlib.suppress(OSError):
                if content_key(content := path.read_bytes()) == key:
                    found = kept.look(key, content)
                    if isinstance(found, str):
                        self._embeddings[key] = found
                    else:
                        prepared[key] = self.recogniser.prepare_face(found)
        if prepared:
            self._embeddings.update(zip(prepared, self.recogniser.embed_views(list(prepared.values()))))
            self._stamps.update((key, kept.stamp(key)) for key in prepared)
        # where nothing can be written, or a change is under way, the faces are found again next time
        with contextlib.suppress(OSError, JobError), locks.held(self.root, wait=0):
            kept.save()

    def _keep(self) -> None:
        """Keep the embeddings of the present photos, where these are not the ones that are kept already."""
        wanted = {self._stamps[photo.key]: self._embeddings[photo.key] for photo in self._snapshot.photos}
        if wanted.keys() != self._kept_stamps:
            with contextlib.suppress(OSError):
                kept_embeddings.save(self.root, self.recogniser.model_hash, wanted)
            self._kept_stamps = wanted.keys()


def _state(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
