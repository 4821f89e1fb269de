"""A finding, as data: the table, the contact sheet and JSON all show the same."""

from dataclasses import dataclass

KINDS = {  # kind -> what to do; in the order of the table
    "not cropped": "run siamese-np extract first, and doctor on what it writes",
    "unreadable": "repair it, or remove it",
    "two people": "find out who it is, and leave out the wrong one",
    "wrong label": "look: move it to the right person, or leave it out",
    "no face": "look: crop the face again, or leave it out",
    "blurred": "look: leave it out if there is a sharper one",
    "too small": "leave it out if there is a larger one",
    "copy": "leave one of them out",
    "near copy": "look: leave one of them out if it is the same photo",
    "few photos": "add photos of this person",
}


@dataclass(frozen=True)
class Finding:
    """Something that should be looked at.

    kind    one of KINDS
    person  the name of the person's folder, "" for a file outside of all and for a finding about the whole folder
    photo   "Person/photo.jpg", None where the finding is about the person or the whole folder
    why     what was seen, in words
    other   the photo that it resembles (copies), or the person (a wrong label)
    value   the number that decided: correlation of the two photos, difference of two distances, share of fine detail,
            pixels of the shorter side, number of photos; None where there is none
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
