"""The gallery: the people that a probe is compared with. A folder a person, a photo a file; nothing else is stored.

People come and go without training: that is the point of a Siamese network. What is in the folder is what is known,
now: an embedding is kept under the hash of the file's content, by a gallery that belongs to one model. So a photo that
is added, deleted, renamed or replaced, and a model that is trained again, count from the next question on.
"""

import hashlib
import shutil
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from pipeline import console, names, photos
from pipeline.datasets import folder
from pipeline.errors import JobError
from pipeline.pairs import PairData
from pipeline.recogniser import Recogniser
from siamese_np import kernels, metrics


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
        target = self._folder_of(name)
        if not target.is_dir():
            raise JobError(f"{name} is not in the gallery {self.root}: {self._listing()}")
        count = sum(path.is_file() for path in target.iterdir())
        shutil.rmtree(target)
        return count

    def _folder_of(self, name: str) -> Path:
        """The folder of a person. A name is one plain folder name: nothing outside the gallery is reached with it."""
        name = unicodedata.normalize("NFC", name)
        if not names.is_folder_name(name):
            raise JobError(f"{name!r} can't be the name of a folder everywhere: use letters, digits, spaces, - and _")
        return names.folder_of(self.root, name)

    def _listing(self) -> str:
        names = sorted(path.name for path in self.root.iterdir() if path.is_dir()) if self.root.is_dir() else []
        return f"it holds {', '.join(names)}" if names else "it is empty"

    def _look(self) -> Snapshot:
        where = f"--run {self.root.parent}" if self.root.name == "gallery" else f"--gallery {self.root}"
        how = f"add photos with: siamese-np enroll NAME PHOTO... {where}"
        if not self.root.is_dir() or not any(self.root.iterdir()):
            raise EmptyGallery(f"the gallery {self.root} is empty: {how}")
        try:
            found = folder.scan(self.root)
        except JobError as error:
            raise EmptyGallery(f"{error}\n{how}") from error
        problems = list(found.skipped)
        listed = []
        new: dict[str, np.ndarray] = {}
        for person in found.people:
            for path in person.files:
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


def gallery_of(run: Path, chosen: Path | None) -> Path:
    """The gallery a command means: the chosen folder, or the one inside the run."""
    return chosen or run / "gallery"


def last_run() -> Path:
    """The folder in runs/ with the newest model; runs/default where there is none."""
    models = sorted(Path("runs").glob("*/model.npz"), key=lambda path: path.stat().st_mtime)
    if not models:
        return Path("runs/default")
    console.say(f"using the run {models[-1].parent}")
    return models[-1].parent


RUN = click.option("--run", type=Path, default=last_run, show_default="the one trained last in runs/",
                   help="The folder with the model.")  # fmt: skip
GALLERY = click.option("--gallery", "chosen", type=Path, help="A folder of people.  [default: gallery in the run]")
KERNELS = click.option(
    "--kernels", "kernels_name", type=click.Choice(kernels.NAMES), default="numba", show_default=True
)


def fill(folder: Path, data: PairData, rows: np.ndarray) -> None:
    """A new gallery of the images `rows` of a pairs folder, each under its person; a run that is stopped leaves none."""
    unfinished = folder.with_name(f".{folder.name}")  # moved to its place when it is complete
    shutil.rmtree(unfinished, ignore_errors=True)
    gallery = Gallery(unfinished)
    for person in np.unique(data.people[rows]):
        own = rows[data.people[rows] == person]
        gallery.enroll(data.names[person], list(data.images[own, 0]))
    unfinished.rename(folder)


@click.command("enroll", cls=console.Stage)
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=Path, metavar="PHOTO...")
@RUN
@GALLERY
def enroll(name, files, run, chosen):
    """Add photos of a person to the gallery, as copies; nothing is trained.

    Photos that can't be read are named, the others are added.
    """
    pictures = []
    for path in files:
        try:
            pictures.append(photos.read(path))
        except photos.PhotoError as error:
            console.say(f"{path}: {error}")
    if not pictures:
        raise JobError(f"none of the {len(files)} files is a photo: nobody was added")
    new = Gallery(gallery_of(run, chosen)).enroll(name, pictures)
    click.echo(f"{name}: {new} photos added, {len(pictures) - new} were there already, "
               f"{len(files) - len(pictures)} could not be read")  # fmt: skip
    if len(pictures) < len(files):
        raise JobError("some files could not be read, see above")


@click.command("forget", cls=console.Stage)
@click.argument("name")
@RUN
@GALLERY
def forget(name, run, chosen):
    """Delete a person and all their photos from the gallery."""
    root = gallery_of(run, chosen)
    click.echo(f"{name}: {Gallery(root).forget(name)} photos deleted from {root}")
