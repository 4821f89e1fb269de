"""The people of the gallery as the page shows them: their photos, why one is marked, and files that were left out."""

from dataclasses import dataclass
from pathlib import Path

from werkzeug.exceptions import NotFound

from pipeline.common import names
from pipeline.photos.folder import natural
from pipeline.recognise.gallery_unlike import Mark, marks
from webapp.common import serving
from webapp.common.serving import Now


@dataclass(frozen=True)
class Photo:
    """A photo of the gallery. mark: why it looks unlike the others of its person, None where it doesn't."""

    key: str
    mark: Mark | None


@dataclass(frozen=True)
class Known:
    """A person. left_out: files that could not be used, with the reason."""

    name: str
    photos: tuple[Photo, ...]
    left_out: tuple[tuple[str, str], ...]

    @property
    def face(self) -> Photo | None:
        """The photo that stands for the person: the first one that is not marked."""
        return next((photo for photo in self.photos if photo.mark is None), None)

    @property
    def unlike(self) -> int:
        """How many photos are marked."""
        return sum(photo.mark is not None for photo in self.photos)


def people(now: Now) -> list[Known]:
    """Everybody with a photo, or with a file that could not be used."""
    if now.snapshot is None:
        return []
    marked = marks(now.snapshot)
    photos: dict[str, list[Photo]] = {name: [] for name in now.snapshot.people}
    for row, photo in enumerate(now.snapshot.photos):
        photos[photo.person].append(Photo(photo.key, marked.get(row)))
    left_out: dict[str, list[tuple[str, str]]] = {}
    for path, reason in now.snapshot.problems:
        if (owner := _owner(path)) is not None:
            left_out.setdefault(owner, []).append((path.name, reason))
    every = sorted({**photos, **left_out}, key=natural)
    return [Known(name, tuple(photos.get(name, ())), tuple(left_out.get(name, ()))) for name in every]


def of_nobody(now: Now) -> list[tuple[str, str]]:
    """What lies in the gallery beside the folders of people and could not be used, with the reason."""
    problems = now.snapshot.problems if now.snapshot else ()
    return [(path.name, reason) for path, reason in problems if _owner(path) is None]


def find(everybody: list[Known], name: str) -> Known | None:
    """The person who is called so."""
    key = names.key_of(name)
    return next((person for person in everybody if names.key_of(person.name) == key), None)


def known(now: Now, name: str) -> Known:
    """The person who is called so. Raises NotFound."""
    person = find(people(now), name)
    if person is None:
        raise NotFound(f"Nobody in the gallery is called {name}.")
    return person


def photo_of(person: Known, key: str) -> Photo:
    """The photo of a person with this key. Raises NotFound."""
    photo = next((photo for photo in person.photos if photo.key == key), None)
    if photo is None:
        raise NotFound(f"There is no such photo of {person.name}. It was removed or moved.")
    return photo


def _owner(path: Path) -> str | None:
    """Whose folder a file of the gallery lies in."""
    first, *others = path.relative_to(serving.current().folder).parts
    return names.person_of(first) if others else None
