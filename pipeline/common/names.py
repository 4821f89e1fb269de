"""A person's name as the name of a folder, on every system."""

import re
import unicodedata
from pathlib import Path

FORBIDDEN = '<>:"/\\|?*'  # in the name of a folder, by one system or another
DEVICES = re.compile(r"(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])\s*(\..*)?", re.IGNORECASE)  # to Windows no folders
SYSTEM_FILES = {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx"}  # beside the hidden ones: .DS_Store, ._1.jpg
LONGEST = 200  # bytes: systems take 255, and temporary names are longer than the ones they become


def tidy(name: str) -> str:
    """`name` in Unicode's composed form, without invisible signs and with single spaces."""
    name = "".join(sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", name))
    return " ".join(name.split())


def is_folder_name(name: str) -> bool:
    """Whether `name` (in composed form) names one plain folder on every system: nothing outside is reached by it."""
    return (
        name.isprintable()
        and name == name.strip(" .")
        and 0 < len(name.encode()) <= LONGEST
        and not any(sign in FORBIDDEN for sign in name)
        and not DEVICES.fullmatch(name)
        and name.casefold() not in SYSTEM_FILES
    )


def folder_name(name: str) -> str:
    """A name of a folder that is as near to `name` as can be. Raises ValueError where it has no letter or digit."""
    folder = "".join("_" if sign in FORBIDDEN else sign for sign in tidy(name))
    folder = folder.encode()[: LONGEST - 1].decode(errors="ignore").strip(" .")
    if not any(sign.isalnum() for sign in folder):
        raise ValueError(f"{name!r} is no name: it needs a letter or a digit")
    return folder if is_folder_name(folder) else f"_{folder}"


def folder_of(root: Path, name: str) -> Path:
    """The folder in `root` for `name` (in composed form): the one that is there, or else one to be made."""
    for path in Path(root).iterdir() if Path(root).is_dir() else ():
        # some systems write é as two characters: a person has one folder all the same
        if path.is_dir() and unicodedata.normalize("NFC", path.name) == name:
            return path
    return Path(root) / name
