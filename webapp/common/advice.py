"""What makes an answer uncertain and can be seen in the photo itself: a face that is dark, small or turned away.

None of this changes an answer. A face is

    small     where the shorter side of its box is below SMALL pixels: enlarged for the network, it is blurred
    dark      where the mean brightness of its crop is below DARK of 255; bright above BRIGHT
    turned    where the nose lies more than ASIDE of the distance between the eyes beside their middle

Of the 41 faces on 39 web photos none is called dark, bright or small (brightness 55 to 161, 67 pixels or more), and 2
are called turned; of 150 faces of ORL none gets advice.
"""

import numpy as np

from pipeline.faces.way_in import Face

SMALL = 40  # pixels
DARK, BRIGHT = 50, 215
ASIDE = 0.4


def of_face(face: Face, crop: np.ndarray) -> tuple[str, ...]:
    """Sentences about a face and its crop (h, w) uint8, each with what to do; none where nothing is wrong."""
    found = []
    side = min(face.box[2:])
    if side < SMALL:
        found.append(f"The face is small, {side:.0f} pixels wide: a photo from nearer, or a larger copy, tells more.")
    brightness = crop.mean()
    if brightness < DARK:
        found.append(f"The face is dark (mean brightness {brightness:.0f} of 255): more light from the front helps.")
    elif brightness > BRIGHT:
        found.append(f"The face is very bright (mean brightness {brightness:.0f} of 255): less light helps.")
    if (aside := nose_aside(face.points)) is not None and aside > ASIDE:
        found.append("The head is turned to the side: a photo from the front tells more.")
    return tuple(found)


def of_photo(picture: np.ndarray) -> str:
    """What may be why a photo (h, w, 3) uint8 shows no face, as a sentence; "" where nothing is seen."""
    brightness = picture.mean()
    if brightness < DARK:
        return f"The photo is dark (mean brightness {brightness:.0f} of 255): more light on the face helps."
    return ""


def nose_aside(points: np.ndarray) -> float | None:
    """How far the nose lies beside the middle of the eyes, along the line through them, in distances of the eyes.

    points (5, 2): the landmarks. None where they are not known.
    """
    if not np.isfinite(points).all():
        return None
    left, right, nose = points[:3]
    across = right - left
    length = np.linalg.norm(across)
    if length == 0:
        return None
    return float(abs((nose - (left + right) / 2) @ across) / length**2)
