"""The chance that a face is the one that its photo is kept for, where a photo shows several, or one that is doubtful.

Each face i is given odds, by what is seen on the photo and by what its likeness to the folder says (likeness.py):

    p_i = area_i (1 - d_i / 2)           how prominent it is; d_i goes from 0 in the middle of the width to 1 at its edge
    c_i = min(1, odds(confidence_i) / odds(.95))                                 what the detector doubts
    o_i = (p_i / max p)^2  c_i  exp(evidence_i)                                                                     (1)

The person may be on the photo several times (a collage), so these are odds for each face on its own, q_i = o_i / (1 + o_i).
That at least one of them is the person is taken for granted. Face b is then right with probability

    r_b = q_b / (1 - prod_i (1 - q_i))                                                                              (2)

With r_b a mistake is to take b for another face j, which happens in proportion to q_j, and it is none where b and j
show one person: P(same) has the odds exp(evidence(s_bj, 1)) / 3, since one in four such photos is a collage:

    R_b = 1 - (1 - r_b) sum_j q_j (1 - P(same_bj)) / sum_j q_j,      j != b                                          (3)

Without a folder to compare with, (2) takes a face when the next one has .46 of its prominence or less. Folders were made
of 511 crops of 12 people, each photo showing two faces of equal size. With 1 / 3 / 8 certain photos in the folder, (3)
takes the right face of 67 / 81 / 86 %, a wrong one of 8 / 6 / 4 %, and leaves the rest to the user.
"""

import numpy as np

CONFIDENT = 0.95  # of the detector; below, a face is doubtful
ENOUGH = 0.85  # R_b from which on a face is taken
COLLAGES = 0.25  # the share of collages among photos with several faces; 3 of 4 of the photos this was tried on
SHARE = 0.05  # of the photo's long side; false faces are smaller more often than not


def prominence(boxes: np.ndarray, width: float) -> np.ndarray:
    """p (N,) of boxes (N, 4), x, y, width and height in pixels, on a photo of that width."""
    away = abs(boxes[:, 0] + boxes[:, 2] / 2 - width / 2) / (width / 2)
    return boxes[:, 2] * boxes[:, 3] * (1 - away / 2)


def right(prominence: np.ndarray, confidence: np.ndarray, evidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """r and q of (2), (N,) each, for N faces with their detector confidence and evidence (N,)."""
    odds = (prominence / prominence.max()) ** 2 * doubt(confidence) * np.exp(evidence)  # (1)
    q = odds / (1 + odds)
    return q / (1 - np.prod(1 - q)), q


def right_or_same(right: np.ndarray, q: np.ndarray, alike: np.ndarray) -> np.ndarray:
    """R (N,) of (3). alike (N, N): the evidence that two faces of the photo show one person."""
    same = COLLAGES / (COLLAGES + (1 - COLLAGES) * np.exp(-alike))
    others = q * (1 - np.eye(len(q)))  # row b: q_j for j != b
    return 1 - (1 - right) * (others * (1 - same)).sum(1) / np.maximum(others.sum(1), 1e-12)


def real(side: float, long_side: float, confidence: float, evidence: float) -> bool:
    """Whether a doubtful face is to be believed: one that is large, or like the folder.

    side: the short side of its box, long_side: that of the photo. Where the detector was shown photos without faces, 12
    of its 13 false faces had a confidence below .95, and 10 of them a side of .06 of the long side or less.
    """
    size = (side / (SHARE * long_side)) ** 2
    return bool(size * doubt(np.float64(confidence)) * np.exp(evidence) >= 1)


def doubt(confidence: np.ndarray) -> np.ndarray:
    """c in (1): 1 for a face that the detector is sure of, less for others."""
    least = CONFIDENT / (1 - CONFIDENT)
    return np.minimum(confidence / np.maximum(1 - confidence, 1e-6) / least, 1)
