"""One photo on its way to a crop and to its row in the table. A bad photo never ends a run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import photos
from pipeline.faces import choosing, likeness, looking, table
from pipeline.faces.align import like_a_face
from pipeline.faces.choosing import Face, NoFace
from pipeline.faces.rest_of_folder import Doubtful
from pipeline.faces.table import Row


@dataclass(frozen=True)
class Options:
    """size (H, W) of the crops; margin: a share of the face's sides, all around; upright: aligned by the landmarks;
    cropped: the photos are faces already, and are only brought to size; detector: its name."""

    size: tuple[int, int] = (160, 132)
    margin: float = 0.15
    upright: bool = False
    cropped: bool = False
    detector: str = "mtcnn"


@dataclass(frozen=True)
class Photo:
    """name: "Person/photo.jpg"; path: its file; output: that of its crop; chosen: the box of the face that the user chose."""

    name: str
    path: Path
    output: Path
    chosen: tuple[float, float, float, float] | None = None

    def stamp(self) -> str:
        """The state of the photo, and what was decided on it. Raises OSError where it is gone."""
        stat = self.path.stat()
        # st_ctime sees an older photo that was moved over this one, which st_mtime doesn't
        state = f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ctime_ns}"
        return f"{state} {self.chosen}" if self.chosen else state


def look(photo: Photo, detect: looking.Detect, options: Options) -> Row | Doubtful:
    """The row of a photo, its crop being written; or what is seen on it, where the other photos are to decide."""

    def work() -> Row | Doubtful:
        rgb = photos.read(photo.path)
        height, width = rgb.shape[:2]
        if min(height, width) < choosing.SMALLEST:
            raise NoFace("too small", f"the photo has {width} x {height} pixels, {choosing.SMALLEST} are needed")
        if options.cropped:
            box = choosing.grown((0, 0, width, height), 0, options.size, rgb.shape)
            photos.write_png(photo.output, choosing.cut(rgb, box, options.size))
            return table.row(photo.name, "found", crop=photo.output.name, box=(0, 0, width, height), rule=choosing.WHOLE)
        seen = choosing.candidates(looking.faces(rgb, detect), rgb.shape)
        if photo.chosen:
            return _cut(photo, rgb, choosing.same_face(seen, photo.chosen), choosing.CHOSEN, options)
        if choosing.is_certain(seen):
            return _cut(photo, rgb, seen[0], choosing.ONLY, options)
        crops = [choosing.crop(rgb, face, options.size, options.margin, upright=False) for face in seen]
        return Doubtful(seen, rgb.shape[:2], described([crop for crop, _ in crops], [points for _, points in crops]))

    return _row_of(photo, work)


def take(photo: Photo, answer: tuple[Face, str] | NoFace, options: Options) -> Row:
    """The row of a photo on which the others decided, its crop being written: `answer` is by rest_of_folder.py."""

    def work() -> Row:
        if isinstance(answer, NoFace):
            raise answer
        return _cut(photo, photos.read(photo.path), *answer, options)

    return _row_of(photo, work)


def described(crops: list[np.ndarray], landmarks: list[np.ndarray]) -> np.ndarray:
    """What the faces on `crops` (of h x w x 3) look like: z (N, D); zeros, like no one, for landmarks of no face."""
    describe = likeness.of_orl()
    unlike = np.zeros((1, describe.whitening.shape[1]))
    return np.concatenate([describe([photos.to_gray(crop)], points[None]) if like_a_face(points) else unlike
                           for crop, points in zip(crops, landmarks, strict=True)] or [unlike[:0]])  # fmt: skip


def _row_of(photo: Photo, work: Callable[[], Row | Doubtful]) -> Row | Doubtful:
    try:
        return work()
    except photos.PhotoError as error:
        return table.row(photo.name, "unreadable", str(error))
    except NoFace as error:
        return table.row(photo.name, error.status, str(error))
    except ValueError as error:  # landmarks of no face
        return table.row(photo.name, "none", str(error))


def _cut(photo: Photo, rgb: np.ndarray, face: Face, rule: str, options: Options) -> Row:
    picture, points = choosing.crop(rgb, face, options.size, options.margin, options.upright)
    photos.write_png(photo.output, picture)
    return table.row(photo.name, "found", crop=photo.output.name, box=face["box"], confidence=face["confidence"],
                     rule=rule, points=points, digest=table.digest(photos.to_gray(picture)))  # fmt: skip
