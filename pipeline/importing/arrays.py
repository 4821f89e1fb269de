"""Faces in one array: .npy with labels beside it, .npz with both, .mat as MATLAB writes it.

An array of N faces is (N, H, W), (N, 1, H, W), (N, H, W, 3), or one row per face (N, H W). MATLAB puts the number of
the face last and runs down the columns of a picture first: (H W, N), where pixel k lies in row k mod H. Olivetti, the
ORL faces of 64 x 64 pixels, has no labels: ten photos of each of its 40 people follow each other.

Python objects are never loaded, and the size of an array is checked in its header before it is read.
"""

import zipfile
from functools import partial
from math import isqrt, prod
from pathlib import Path

import numpy as np

from pipeline import photos
from pipeline.common.errors import JobError
from pipeline.common.names import tidy
from pipeline.importing.found import Found, Photo
from pipeline.importing.sources import FILES, check_size
from siamese_np.archive import read_header

SIZES = {112 * 92: (112, 92), 62 * 47: (62, 47)}  # ORL, and LFW as scikit-learn cuts it; others are squares
OLIVETTI = 400, 10  # faces, and faces of a person
LABELS = ("labels", "label", "people", "person", "target", "targets", "gnd", "y", "id", "ids", "subject", "subjects")
NAMES = ("names", "target_names", "people_names", "classes")
FACES = ("faces", "images", "fea", "x", "data", "imgs", "photos")
WHITES = (1, 255, 1023, 4095, 16383, 65535)
INSTALL = 'reading .mat files needs scipy: pip install "siamese-np[mat]"'
Arrays = dict[str, np.ndarray]


def load(source: Path, form: str, labels: Path | None = None) -> Found:
    """The faces in `source`, a .npy, .npz or .mat file. `labels`: a file of one label per face, in order.

    Without it the labels are looked for in `source` (.npz, .mat), then in a file beside it (NAME_labels, labels, people
    or target, as .npy, .csv or .txt). Raises JobError for what cannot be read or told.
    """
    arrays = _mat(source) if form == "mat" else _npy(source)
    title, array = _faces_among(source, arrays)
    counts = {array.shape[0], array.shape[-1]} if form == "mat" else {array.shape[0]}
    told, where = _labels(source, arrays, title, labels, counts)
    note = ()
    if told is None and OLIVETTI[0] in counts and array.size // OLIVETTI[0] in (64 * 64, 112 * 92):
        told, where = np.arange(OLIVETTI[0]) // OLIVETTI[1] + 1, "the order of Olivetti, ten photos of each person"
        note = ("no labels are there: the order of the Olivetti faces was taken",)
    if told is None:
        shape = " x ".join(map(str, array.shape))
        raise JobError(f"{source} holds {shape} numbers and no labels. Give a file with one label per face, in order: "
                       "--labels FILE (.npy, .csv or .txt)")  # fmt: skip
    pictures = _stacked(source, array, len(told), columns_first=form == "mat")
    white = _white(source, pictures)
    digits = len(str(len(told)))
    found = tuple(
        Photo(person, f"{k + 1:0{digits}}.png", f"{source.name}[{k}]", partial(_png, pictures, k, white))
        for k, person in enumerate(_people(told, arrays))
    )
    shape = f"{pictures.shape[1]} x {pictures.shape[2]} pixels, white is {white}"
    return Found(form, f"{where}; {shape}", found, notes=note, cropped=True)


def _npy(source: Path) -> Arrays:
    """The arrays in a .npy (one, named ""), left on the disk, or a .npz."""
    try:
        if zipfile.is_zipfile(source):
            return _npz(source)
        return {"": np.load(source, mmap_mode="r", allow_pickle=False)}
    except JobError:
        raise
    except Exception as error:  # NumPy's parser raises nearly anything when it is fed damaged data
        if "Python objects" in str(error):
            raise _holds_objects(source) from error
        raise JobError(f"{source} is damaged, or no .npy file: {tidy(str(error))}") from error


def _npz(source: Path) -> Arrays:
    arrays = {}
    with np.load(source, allow_pickle=False) as archive:
        members = archive.zip.infolist()
        check_size(source, len(members), sum(member.file_size for member in members), source.stat().st_size)
        for member in members:
            with archive.zip.open(member) as file:
                shape, _, dtype = read_header(file)
                if dtype.hasobject:
                    raise _holds_objects(source)
                if prod(shape) * dtype.itemsize > member.file_size:
                    raise JobError(f"{source} claims more numbers in {member.filename} than it holds")
            arrays[member.filename.removesuffix(".npy")] = archive[member.filename]
    return arrays


def _mat(source: Path) -> Arrays:
    try:
        from scipy import io
    except ImportError as error:
        raise JobError(INSTALL) from error
    try:
        shapes = {name: (shape, kind) for name, shape, kind in io.whosmat(source)}
        check_size(source, len(shapes), sum(8 * prod(shape) for shape, _ in shapes.values()), source.stat().st_size)
        numbers = ("double", "single", "int", "uint", "logical")
        plain = [name for name, (_, kind) in shapes.items() if kind.startswith(numbers)]
        return {name: array for name, array in io.loadmat(source, variable_names=plain).items() if name in plain}
    except NotImplementedError as error:  # version 7.3 is another format, HDF5
        raise JobError(f"{source} is a .mat file of version 7.3: save it in MATLAB with -v7") from error
    except JobError:
        raise
    except Exception as error:  # so does SciPy's
        raise JobError(f"{source} is damaged, or no .mat file: {tidy(str(error))}") from error


def _holds_objects(source: Path) -> JobError:
    return JobError(f"{source} holds Python objects, which are never loaded here: save the faces with a plain number "
                    "type, np.savez(FILE, images=..., people=...)")  # fmt: skip


def _faces_among(source: Path, arrays: Arrays) -> tuple[str, np.ndarray]:
    """The array of faces: the one with a name that says so, else the largest."""
    many = {name: a for name, a in arrays.items() if a.ndim > 1 and min(a.shape) and a.dtype.kind in "buif"}
    named = [name for word in FACES for name in many if name.casefold() == word and max(many[name].shape) > 1]
    name = next(iter(named), max(many, key=lambda name: many[name].size, default=None))
    if name is None:
        shapes = ", ".join(f"{name or 'array'} {a.dtype} {a.shape}" for name, a in arrays.items()) or "nothing"
        raise JobError(f"{source} holds no array of faces, but {shapes}: expected N x H x W numbers")
    return name, many[name]


def _labels(
    source: Path, arrays: Arrays, faces: str, given: Path | None, counts: set[int]
) -> tuple[np.ndarray | None, str]:  # fmt: skip
    """One label for each face (N,), and where it is from; None where there is none. Raises JobError."""
    if given:
        labels = _label_file(given)
        if len(labels) not in counts:
            raise JobError(f"{given} holds {len(labels)} labels for {' or '.join(map(str, sorted(counts)))} faces")
        return labels, f"labels of {given.name}"
    for word in LABELS:
        for name, array in arrays.items():
            if name.casefold() == word and name != faces and array.size in counts and array.size == max(array.shape):
                return array.ravel(), f"labels of {name} in {source.name}"
    for stem in (*(f"{source.stem}_{word}" for word in LABELS), *LABELS):
        for ending in (".npy", ".csv", ".txt"):
            path = source.with_name(stem + ending)
            if path.is_file() and path != source:
                labels = _label_file(path)
                if len(labels) in counts:
                    return labels, f"labels of {path.name}"
    return None, ""


def _label_file(path: Path) -> np.ndarray:
    """The labels in a .npy, or in a text file with one per line; what stands before a comma is a number of the row."""
    if not path.is_file():
        raise JobError(f"{path} is not a file")
    with path.open("rb") as file:
        is_array = file.read(6) == b"\x93NUMPY"
    if is_array:
        return np.array(_npy(path)[""]).ravel()
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    labels = [line.replace(";", ",").replace("\t", ",").rpartition(",")[2].strip(' "') for line in lines]
    if labels and labels[0].casefold() in LABELS + NAMES + ("name",):
        labels = labels[1:]
    return np.array(labels)


def _people(labels: np.ndarray, arrays: Arrays) -> list[str]:
    """The name of each label: itself, its entry in an array of names, or "person 3"."""
    if labels.dtype.kind in "SU":
        return [label.decode(errors="replace") if isinstance(label, bytes) else str(label) for label in labels]
    names = next((array.ravel() for name, array in arrays.items()
                  if name.casefold() in NAMES and array.dtype.kind in "SU"), None)  # fmt: skip
    numbers = [int(label) if float(label).is_integer() else label for label in labels.tolist()]
    if names is not None and all(isinstance(k, int) and 0 <= k < len(names) for k in numbers):
        return [str(names[k]) for k in numbers]
    return [f"person {number}" for number in numbers]


def _stacked(source: Path, array: np.ndarray, n: int, columns_first: bool) -> np.ndarray:
    """The faces as (N, H, W) or (N, H, W, 3), as views where possible. columns_first: as MATLAB runs through them."""
    if n > FILES:
        raise JobError(f"{source} holds more than {FILES:,} faces")
    rows = array.ndim == 2 and array.shape[0] == n and _size(array.shape[1])  # one per face, not one column
    if columns_first and array.shape[-1] == n and not rows:
        array = np.moveaxis(array, -1, 0)
    if array.ndim == 2 and (size := _size(array.shape[1])):
        array = array.reshape(n, *size[::-1]).swapaxes(1, 2) if columns_first else array.reshape(n, *size)
    if array.ndim == 4 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 4 and array.shape[-1] == 1:
        array = array[..., 0]
    if not (array.ndim == 3 or array.ndim == 4 and array.shape[-1] == 3):
        raise JobError(f"{source} holds an array of {' x '.join(map(str, array.shape))}: expected N x H x W faces")
    if array.shape[1] * array.shape[2] > photos.Limits.max_pixels:
        raise JobError(f"{source} holds faces of {array.shape[1]} x {array.shape[2]} pixels, which are no faces")
    return array


def _size(pixels: int) -> tuple[int, int] | None:
    """Height and width of a face of so many pixels."""
    side = isqrt(pixels)
    return SIZES.get(pixels) or ((side, side) if side * side == pixels and side >= 8 else None)


def _white(source: Path, pictures: np.ndarray) -> int:
    """The value of white: the smallest of WHITES (1 for floats and bools only) that no pixel of all faces exceeds."""
    low, high = float(pictures.min()), float(pictures.max())
    if not (low >= 0 and high <= WHITES[-1]):  # true for NaN
        raise JobError(f"{source} holds numbers from {low:g} to {high:g}: white is expected at one of {WHITES}")
    return next(white for white in WHITES if high <= white and (white > 1 or pictures.dtype.kind in "fb"))


def _png(pictures: np.ndarray, k: int, white: int) -> bytes:
    return photos.png_bytes(np.rint(np.asarray(pictures[k], np.float64) * (255 / white)).astype(np.uint8))
