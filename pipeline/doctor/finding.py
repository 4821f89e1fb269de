"""A finding, as data: the table, the sheet and JSON all show the same."""

from dataclasses import dataclass

KINDS = {  # kind -> what to do; in the order of the table
    "unreadable": "repair it, or take it away",
    "two people": "find out who it is: leave out the wrong one",
    "wrong label": "look: move it to the right person, or leave it out",
    "no face": "look: cut the face out anew, or leave it out",
    "blurred": "look: leave it out where a sharper one is there",
    "too small": "leave it out where a larger one is there",
    "copy": "leave one of them out",
    "near copy": "look: leave one of them out if it is the same photo",
    "few photos": "add photos of this person",
}


@dataclass(frozen=True)
class Finding:
    """Something that is to be looked at.

    kind    one of KINDS
    person  the name of the person's folder, "" where the file lies outside of all
    photo   "Person/photo.jpg", None where it is about the person
    why     what was seen, in words
    other   the photo that it resembles (copies), or the person (a wrong label)
    value   the number that decided: correlation of the two photos, difference of two distances, share of fine detail,
            pixels of the shorter side, photos; None where none did
    """

    kind: str
    person: str
    photo: str | None
    why: str
    other: str | None = None
    value: float | None = None

    @property
    def do(self) -> str:
        """What to do."""
        return KINDS[self.kind]
