"""Names of people, and the folders that stand for them. One rule for all stages and every operating system.

A name is what is left of a text without invisible characters and surplus spaces (`tidy`). Names that differ in case or
spaces alone are one person (`key_of`). A folder that a stage makes for a person is called after them in one of two ways:

    folder_name    similar, for photos that come in: Who? becomes Who_, and that is the person's name from then on
    folder_for     exact, where the name must not change (the gallery): Who? becomes Who%3F, and person_of reads Who?
"""

import os
import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

FORBIDDEN = '<>:"/\\|?*'  # in the name of a folder, on some operating system
DEVICES = re.compile(r"(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])\s*(\..*)?", re.IGNORECASE)  # of Windows
SYSTEM_FILES = {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx"}  # of systems, besides hidden ones
LONGEST = 200  # bytes: systems allow 255, and temporary names are longer than final ones
LONGEST_FILE = 251  # bytes
JOINERS = "\u200c\u200d"  # invisible, but within a word of Persian or Sinhala they are part of its spelling
ENCODED = re.compile("[%s]|%%(?=[0-9A-Fa-f]{2})|^[. ]|[. ]$" % re.escape(FORBIDDEN))


def tidy(name: str) -> str:
    """`name` in Unicode's composed form, without invisible characters and with single spaces."""
    name = "".join(character if _is_shown(character) else " " for character in unicodedata.normalize("NFC", name))
    return " ".join(name.split())


def key_of(name: str) -> str:
    """Equal for names of one person: "ADA B", "Ada B" and "Ada  B"."""
    return unicodedata.normalize("NFC", tidy(name).translate(dict.fromkeys(map(ord, JOINERS))).casefold())


def is_person_name(name: str) -> bool:
    """Whether `name` (tidy) can be that of a person: it has a folder everywhere, and is no path that leads elsewhere."""
    return (
        name == tidy(name)
        and key_of(name) != ""
        and not name.startswith(".")
        and not set(name) & set("/\\")
        and name.casefold() not in SYSTEM_FILES
        and len(folder_for(name).encode()) <= LONGEST
    )


def folder_for(name: str) -> str:
    """The folder that stands for exactly this `name` (tidy): itself, or with %XX for what no folder may be called."""
    folder = ENCODED.sub(lambda found: f"%{ord(found[0]):02X}", name)
    return f"%{ord(name[0]):02X}{folder[1:]}" if DEVICES.fullmatch(folder) else folder


def person_of(folder: str) -> str:
    """The name that a folder stands for: `name` for folder_for(name), else that of the folder (tidy)."""
    name = unquote(folder, errors="replace")
    return name if is_person_name(name) and folder_for(name) == folder else tidy(folder)


def _is_shown(character: str) -> bool:
    return character.isprintable() or character in JOINERS


def is_folder_name(name: str) -> bool:
    """Whether `name` (in composed form) is one plain folder on every system, and not a path that leads elsewhere."""
    return (
        all(map(_is_shown, name))
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


def folders_of(root: Path, folder: str) -> list[Path]:
    """The folders in `root` that are called `folder`, or stand for the same person: on a system that tells Ada from ADA
    there can be several."""
    key = key_of(person_of(folder))
    entries = sorted(Path(root).iterdir()) if Path(root).is_dir() else []
    exact = [path for path in entries if path.name == folder]
    others = [path for path in entries if path.name != folder and key_of(person_of(path.name)) == key]
    return [path for path in exact + others if path.is_dir()]


def folder_of(root: Path, folder: str) -> Path:
    """The path of `folder` in `root`: an existing folder of the same person, or a path to create."""
    return next(iter(folders_of(root, folder)), Path(root) / folder)


def is_too_long(path: Path) -> bool:
    """Whether no file can be called like `path` with .png behind it, as the stages call what they make of a photo."""
    return len(os.fsencode(path.name)) > LONGEST_FILE
