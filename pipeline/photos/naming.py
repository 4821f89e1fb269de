"""Who is on a photo, by the name of its file or by the names of its folders.

Both are conventions of people, not facts: whoever uses this module shows what it understood.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from pipeline.common.names import tidy

SEPARATED = re.compile(r"([\s_.\-]+(\(\d+\)|\d+))+$")  # "ada_1", "Ada Lovelace 03", "s1_3", "ada_1 (2)"
ATTACHED = re.compile(r"(\(\d+\)|\d+)$")  # "ada1", "ada(2)"
WORD = re.compile(r"[\s_.\-]")
# the first words that cameras and programs give to files
CAMERAS = frozenset(
    "img dsc dscn dscf dcim pxl mvimg sam cimg pict gopr dji photo photos image images picture pictures pic face faces "
    "scan screenshot whatsapp signal received untitled unnamed file crop frame".split()
)
DATE = re.compile(r"(19|20)\d\d([\s_.\-]?\d\d?){0,2}")
# names of folders that sort photos and name nobody
SORTING = frozenset(
    "train training test testing val valid validation image images img imgs photo photos picture pictures pics face "
    "faces crops cropped raw data dataset original originals old new jpg jpeg png gray grey color colour dcim camera "
    "upload uploads download downloads people persons misc backup export".split()
)
CAMERA_FOLDER = re.compile(r"\d{3}[a-z_]{1,8}")  # DCIM/100APPLE


def person_of_file(name: str) -> str | None:
    """The person that the name of a file names before its number: "Ada Lovelace_03.jpg" names Ada Lovelace.

    None where no letter is left, and for the names that cameras give.
    """
    stem = PurePosixPath(name).stem
    return _person(SEPARATED.sub("", stem) if SEPARATED.search(stem) else ATTACHED.sub("", stem))


def people_of_files(names: Sequence[str]) -> tuple[list[str | None], str]:
    """The person that each name of a file names, and the rule in words.

    The rule is `person_of_file`. Where it leaves most people with a single photo ("subject01.happy.gif"), the first
    word of the name counts if that groups the photos better.
    """
    by_number = [person_of_file(name) for name in names]
    by_word = [_person(WORD.split(PurePosixPath(name).stem)[0]) for name in names]
    if _alone(by_number) > len(set(by_number)) / 2 and _alone(by_word) < _alone(by_number):
        return by_word, "the first word of the name of the file is the person"
    return by_number, "what stands before the number in the name of the file is the person"


def people_of_folders(folders: Sequence[tuple[str, ...]]) -> list[str | None]:
    """The person that the folders of each photo name; `folders`: the names from the outermost to the innermost.

    Folders that all photos share do not tell people apart. Of the others the innermost counts that is no date, no
    number and no word that sorts photos (train, images, old); then the innermost number; then what is shared. None
    where nothing is left.
    """
    shared = 0
    while folders and all(len(own) > shared for own in folders) and len({own[shared] for own in folders}) == 1:
        shared += 1
    return [_innermost(own[shared:], numbers=True) or _innermost(own[:shared], numbers=False) for own in folders]


def sorts_photos(name: str) -> bool:
    """Whether a folder of this name sorts photos and names nobody: "images", "train", "2024-05", "100APPLE"."""
    folded = tidy(name).casefold()
    return folded in SORTING or bool(DATE.fullmatch(folded) or CAMERA_FOLDER.fullmatch(folded))


def _innermost(names: tuple[str, ...], numbers: bool) -> str | None:
    people = [name for name in names if not sorts_photos(name)]
    named = [name for name in people if not name.isdigit()]
    return named[-1] if named else people[-1] if people and numbers else None


def _person(text: str) -> str | None:
    name = tidy(text.replace("_", " ")).strip(" -.")
    if not any(sign.isalpha() for sign in name) or WORD.split(name.casefold())[0] in CAMERAS:
        return None
    return name


def _alone(people: Sequence[str | None]) -> int:
    """How many people have a single photo."""
    counts = Counter(person and person.casefold() for person in people)
    return sum(count == 1 for count in counts.values())
