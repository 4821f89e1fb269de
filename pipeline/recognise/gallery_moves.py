"""What a change of a gallery renames: pairs of paths, from and to, where None is the trash (gallery_trash.py)."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline import photos
from pipeline.common import names
from pipeline.recognise.gallery_trash import Move
from pipeline.recognise.kept_faces import content_key


def files_in(folders: Iterable[Path]) -> list[Path]:
    """The files in some folders, without links and hidden ones."""
    entries = [path for folder in folders for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    return [path for path in entries if path.is_file() and not path.is_symlink()]


def count(folders: Iterable[Path]) -> int:
    """How many files are in some folders."""
    return sum(path.is_file() for folder in folders for path in folder.iterdir())


def into(files: Iterable[Path], there: Sequence[Path], target: Path) -> list[Move]:
    """The renames that bring files into the folder `target` of a person who has the folders `there`. What this person
    has already stays behind, and a name that is taken gives way to one that is made of the content."""
    contents = {content_key(path.read_bytes()) for path in files_in(there)}
    taken = {names.key_of(path.name) for folder in there for path in folder.iterdir()}
    moves = []
    for path in files:
        key = content_key(path.read_bytes())
        if key not in contents:
            name = f"{key}{path.suffix}" if names.key_of(path.name) in taken else path.name
            moves.append((path, target / name))
            contents.add(key)
            taken.add(names.key_of(name))
    return moves


def emptied(folders: Iterable[Path], gone: Sequence[Path]) -> list[Move]:
    """The renames that delete the folders in which no photo is left without those that are `gone`."""
    return [(folder, None) for folder in folders if not any(_is_photo(path) for path in set(files_in([folder])) - set(gone))]


def _is_photo(path: Path) -> bool:
    try:
        photos.sniff(path)
    except photos.PhotoError:
        return False
    return True
