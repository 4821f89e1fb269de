"""Turns the name of a person into the name of a folder that every operating system accepts."""

import re
import unicodedata
from pathlib import Path

FORBIDDEN = '<>:"/\\|?*'  # in the name of a folder, on some operating system
DEVICES = re.compile(r"(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])\s*(\..*)?", re.IGNORECASE)  # of Windows
SYSTEM_FILES = {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx"}  # of systems, besides hidden ones
LONGEST = 200  # bytes: systems allow 255, and temporary names are longer than final ones


def tidy(name: str) -> str:
    """`name` in Unicode's composed form, without invisible characters and with single spaces."""
    name = "".join(character if character.isprintable() else " " for character in unicodedata.normalize("NFC", name))
    return " ".join(name.split())


def is_folder_name(name: str) -> bool:
    """Whether `name` (in composed form) is one plain folder on every system, and not a path that leads elsewhere."""
    return (
        name.isprintable()
        and name == name.strip(" .")
        and 0 < len(name.encode()) <= LONGEST
        and not any(character in FORBIDDEN for character in name)
        and not DEVICES.fullmatch(name)
        and name.casefold() not in SYSTEM_FILES
    )


def folder_name(name: str) -> str:
    """The folder name that is most similar to `name`. Raises ValueError where `name` has no letter or digit."""
    folder = "".join("_" if character in FORBIDDEN else character for character in tidy(name))
    folder = folder.encode()[: LONGEST - 1].decode(errors="ignore").strip(" .")
    if not any(character.isalnum() for character in folder):
        raise ValueError(f"{name!r} is not a name: it needs a letter or a digit")
    return folder if is_folder_name(folder) else f"_{folder}"


def folder_of(root: Path, name: str) -> Path:
    """The path of the folder for `name` (in composed form) in `root`: an existing folder, or a path to create."""
    for path in Path(root).iterdir() if Path(root).is_dir() else ():
        # some systems write é as two characters; the person still has one folder
        if path.is_dir() and unicodedata.normalize("NFC", path.name) == name:
            return path
    return Path(root) / name
