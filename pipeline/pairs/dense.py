"""The dense form of pairs, as other programs use it: X (P, 2, 1, H, W) holds both images of a pair, Y (P,) one number.

It repeats a face in each of its pairs: 40,000 pairs of 160 x 160 take 2 GB where the folder of store.py takes 7 MB.
It does not say who is on a photo, nor which number means the same person: both conventions are in use.
"""

import hashlib
import shutil
from pathlib import Path

import numpy as np

from pipeline.common import atomic
from pipeline.common.console import progress, say
from pipeline.common.errors import JobError, reason
from pipeline.datasets import Faces
from pipeline.pairs import npy
from pipeline.pairs.build import NO_PAIRS
from pipeline.pairs.components import components
from pipeline.pairs.data import PART_DTYPE, PARTS, PairData
from pipeline.pairs.store import tell_if_large

CHUNK = 256  # pairs written at a time, so that memory does not grow with their number


def write_dense(folder: Path, data: PairData) -> list[Path]:
    """Write PART_X.npy (P, 2, 1, H, W) uint8 and PART_Y.npy (P,) uint8, 1 where same, for each part that has pairs.

    Returns their paths. Raises JobError where the disk lacks the space. No file is left incomplete.
    """
    folder = Path(folder)
    size = sum(len(data.pairs[part]) for part in PARTS) * 2 * data.images[:1].nbytes
    tell_if_large(size)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if size > free:
            raise JobError(f"The dense form takes {size / 1e9:.1f} GB, and {folder} has room for {free / 1e9:.1f} GB.")
        return [path for part in PARTS if len(data.pairs[part]) for path in _write_part(folder, part, data)]
    except OSError as error:
        raise JobError(f"The dense form can't be written to {folder}: {reason(error)}.") from error


def _write_part(folder: Path, part: str, data: PairData) -> tuple[Path, Path]:
    x_path, y_path = folder / f"{part}_X.npy", folder / f"{part}_Y.npy"
    pairs = data.pairs[part]
    shape = (len(pairs), 2, *data.images.shape[1:])
    with atomic.writing(x_path) as temporary, temporary.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
        for start in progress(range(0, len(pairs), CHUNK), f"{part} dense"):
            file.write(data.images[pairs[start : start + CHUNK]].tobytes())
    with atomic.writing(y_path) as temporary:
        np.save(temporary, data.same[part].astype(np.uint8))
    return x_path, y_path


def read_dense(x_path: Path, y_path: Path, same_value: int) -> PairData:
    """The pairs in X (P, 2, 1, H, W), uint8 or floats from 0 to 1, and Y (P,), where `same_value` (1 or 0) means same.

    Equal images are kept once. People follow from the same pairs: images that same pairs link show one person. Two of
    these "people" may be one person, if no same pair links their images. So all images are for training, and no new
    pairs should be drawn from them. Raises JobError where a file is not of this form, or Y contradicts itself.
    """
    x, same = _open_x(x_path), _read_y(y_path, same_value)
    if len(x) != len(same):
        raise JobError(f"{x_path} holds {len(x)} pairs and {y_path} {len(same)} numbers: they don't belong together.")
    images, hashes, sources, pairs = [], {}, [], np.empty((len(x), 2), np.int32)
    for row in progress(range(len(x)), "reading X"):
        for side in (0, 1):
            image = _as_bytes(x[row, side], x_path, row)
            digest = hashlib.sha256(image.tobytes()).hexdigest()
            if digest not in hashes:
                hashes[digest] = len(images)
                images.append(image)
                sources.append(f"{Path(x_path).name}[{row}, {side}]")
            pairs[row, side] = hashes[digest]
    people = components(len(images), pairs[same].tolist())
    wrong = ~same & (people[pairs[:, 0]] == people[pairs[:, 1]])
    if wrong.any():
        raise JobError(
            f"{y_path} contradicts itself: row {wrong.argmax()} says different people, but same pairs link its images."
            f" Perhaps same is {1 - same_value}: try --same-value {1 - same_value}."
        )
    itself = pairs[:, 0] == pairs[:, 1]  # such a pair has distance 0 and no gradient
    if itself.any():
        say(f"Left out {itself.sum()} pairs of an image with itself")
    names = tuple(f"person {number + 1}" for number in range(people.max() + 1))
    faces = Faces(np.stack(images), people, names, tuple(sources))
    return PairData(
        images=faces.images,
        people=faces.people,
        names=faces.names,
        sources=faces.sources,
        part=np.full(len(images), "train", PART_DTYPE),
        pairs={"train": pairs[~itself], "val": NO_PAIRS[0], "test": NO_PAIRS[0]},
        same={"train": same[~itself], "val": NO_PAIRS[1], "test": NO_PAIRS[1]},
        info={"split": "dense", "seed": None, "hashes": list(hashes)},
    )


def _open_x(path: Path) -> np.ndarray:
    x = npy.open_mapped(path)
    if x.ndim != 5 or x.shape[1:3] != (2, 1) or x.size == 0:
        raise JobError(f"{path} has the shape {x.shape}: expected (pairs, 2, 1, height, width).")
    if x.dtype != np.uint8 and not np.issubdtype(x.dtype, np.floating):
        raise JobError(f"{path} holds {x.dtype} numbers: expected uint8, or floats from 0 to 1.")
    return x


def _read_y(path: Path, same_value: int) -> np.ndarray:
    y = npy.read(path)
    if y.ndim != 1:
        raise JobError(f"{path} has the shape {y.shape}: expected (pairs,).")
    if y.dtype.kind not in "biuf" or not np.isin(y, (0, 1)).all():
        raise JobError(f"{path} must hold 0 and 1 only.")
    return y == same_value


def _as_bytes(image: np.ndarray, path: Path, row: int) -> np.ndarray:
    if image.dtype == np.uint8:
        return np.array(image)
    if not (image.min() >= 0 and image.max() <= 1):  # false for NaN, too
        raise JobError(f"{path}, row {row}: floats must lie between 0 and 1. Divide by 255, or save uint8.")
    return np.rint(image * 255).astype(np.uint8)
