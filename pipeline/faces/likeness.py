"""How alike two faces are, for a folder of people that no network was trained on yet.

A face is aligned by its landmarks, and described by the directions in which its brightness changes (histograms of
oriented gradients, Dalal and Triggs 2005). With I the aligned grey face, g = (dI/dx, dI/dy):

    1. |g| is shared out between the two of 8 directions that lie next to the angle of g                        (1)
    2. these shares are added up over cells of 8 x 8 pixels: a histogram per cell
    3. every 2 x 2 cells are divided by their common length, which takes light and contrast off. Large entries are
       cut at .4, and the root is taken, so that one strong edge does not outweigh the rest                     (2)

Some of these numbers differ between two photos of one person as much as between two people. Photos of other people tell
which (Hatch, Kajarekar and Stolcke 2006). Let w_n be the first 150 principal components of the description of photo n,
and m_c the mean of person c. One person's photos scatter by

    A = sum_n (w_n - m_c(n)) (w_n - m_c(n))' = L L',       z = L^-1 w, scaled to length 1                       (3)

so that all directions of z scatter alike within a person. A is taken from the 40 people of the ORL faces and their mirror
images, with a share of its mean diagonal added, since some directions scatter by chance hardly at all. The z of a face is
the mean of its own and of its mirror image's, scaled to length 1. The likeness of two faces is z . z', from -1 to 1.

What a likeness s says for one person against two was measured on 550 photos of 20 people that had no part in (3): crops
of celebrities, and photos from the web. The likeness to the mean of n other photos was .31 on average for a person's own
photos and .11 for those of others, both with the variance .0085 + .020 / n. Of two normal distributions of equal variance
the logarithm of the ratio of densities is a straight line:

    evidence(s, n) = (.31 - .11) (s - (.31 + .11) / 2) / (.0085 + .020 / n)                                     (4)
"""

import functools
import threading
from collections.abc import Sequence

import numpy as np

from pipeline.datasets import orl
from pipeline.faces.align import align

SIZE, WIDTH = (64, 56), 1.4  # of the aligned face, and how large it shows it; see align.py
CELL, DIRECTIONS = 8, 8  # pixels of a cell's side, bins of its histogram
LARGEST = 0.4  # in (2)
COMPONENTS, RIDGE = 150, 0.3  # in (3): of the principal components, and the share of A's mean diagonal
OWN, OTHER = 0.31, 0.11  # in (4)
VARIANCE, VARIANCE_OF_ONE = 0.0085, 0.020

_fitting = threading.Lock()


class Likeness:
    """Describes faces by (1) to (3). `mean` (F,) and `whitening` (F, 150) are fitted to photos of known people."""

    def __init__(self, grays: Sequence[np.ndarray], landmarks: np.ndarray, people: np.ndarray) -> None:
        """Grey photos (N, of h x w) uint8 with landmarks (N, 5, 2), and who is on them (N,)."""
        described = np.concatenate([_described(grays, landmarks), _described(*_mirrored(grays, landmarks))])
        self.mean = described.mean(0)
        _, _, axes = np.linalg.svd(described - self.mean, full_matrices=False)
        axes = axes[:COMPONENTS].T  # (F, 150)
        w = (described - self.mean) @ axes
        owners, of = np.unique(np.tile(people, 2), return_inverse=True)
        within = w - np.stack([w[of == c].mean(0) for c in range(len(owners))])[of]
        a = within.T @ within
        a += RIDGE * np.trace(a) / len(a) * np.eye(len(a))
        self.whitening = axes @ np.linalg.inv(np.linalg.cholesky(a)).T  # (3)

    def __call__(self, grays: Sequence[np.ndarray], landmarks: np.ndarray) -> np.ndarray:
        """Grey pictures (N, of h x w) uint8 with landmarks (N, 5, 2) in their pixels -> z (N, 150) of length 1.

        Raises ValueError for landmarks that do not lie like those of a face.
        """
        both = [(_described(*some) - self.mean) @ self.whitening
                for some in ((grays, landmarks), _mirrored(grays, landmarks))]  # fmt: skip
        return _unit(_unit(both[0]) + _unit(both[1]))


def evidence(likeness: np.ndarray, photos: int) -> np.ndarray:
    """(4): the logarithm of how much more probable a likeness to the mean of `photos` photos is for their own person."""
    return (OWN - OTHER) * (likeness - (OWN + OTHER) / 2) / (VARIANCE + VARIANCE_OF_ONE / photos)


def of_orl() -> Likeness:
    """Fitted to the ORL faces, once per process; about a second. Many threads may ask.

    Raises JobError where these faces or the detector's weights are missing.
    """
    with _fitting:
        return _fit_to_orl()


@functools.cache
def _fit_to_orl() -> Likeness:
    from pipeline.faces.detection import MTCNN  # here, since most runs of extraction need no likeness

    faces, mtcnn = orl.load(), MTCNN()
    whole = np.array([[0.0, 0.0, orl.WIDTH, orl.HEIGHT]])
    grays = faces.images[:, 0]
    # each picture is a face: O-Net alone is asked where its eyes, nose and mouth are, whatever its confidence
    points = [mtcnn.decide(np.repeat(gray[:, :, None], 3, axis=2), whole, -1.0)[2][0] for gray in grays]
    return Likeness(grays, np.array(points), faces.people)


def _described(grays: Sequence[np.ndarray], landmarks: np.ndarray) -> np.ndarray:
    """(1) and (2): (N, F) float32."""
    faces = [align(gray, five, SIZE, WIDTH) for gray, five in zip(grays, landmarks, strict=True)]
    return np.stack([_histograms(face.astype(np.float32)) for face in faces])


def _histograms(face: np.ndarray) -> np.ndarray:
    """An aligned face (H, W) float32 -> (F,) float32."""
    height, width = face.shape
    dy, dx = np.zeros_like(face), np.zeros_like(face)
    dy[1:-1], dx[:, 1:-1] = face[2:] - face[:-2], face[:, 2:] - face[:, :-2]
    length, angle = np.hypot(dx, dy), np.arctan2(dy, dx) / (2 * np.pi) % 1 * DIRECTIONS
    lower = np.floor(angle)
    shares = np.zeros((DIRECTIONS, height, width), np.float32)
    y, x = np.ogrid[:height, :width]
    for direction, share in ((lower, 1 - (angle - lower)), (lower + 1, angle - lower)):
        shares[direction.astype(int) % DIRECTIONS, y, x] += length * share  # (1)
    cells = shares.reshape(DIRECTIONS, height // CELL, CELL, width // CELL, CELL).sum((2, 4))
    down, across = cells.shape[1] - 1, cells.shape[2] - 1
    four = [cells[:, top : top + down, left : left + across] for top in (0, 1) for left in (0, 1)]
    common = np.sqrt(sum((part**2).sum(0) for part in four)) + 1e-3  # a plain grey block has no length
    return np.sqrt(np.minimum(np.stack(four) / common, LARGEST)).ravel()  # (2)


def _mirrored(grays: Sequence[np.ndarray], landmarks: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    points = np.array(landmarks, float)[:, [1, 0, 2, 4, 3]]  # the left eye of the mirror image was the right one
    points[..., 0] = np.array([gray.shape[1] for gray in grays])[:, None] - points[..., 0]
    return [gray[:, ::-1] for gray in grays], points


def _unit(z: np.ndarray) -> np.ndarray:
    return z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)
