"""One byte of a file is changed, and the file is read as the program reads it: is that told?

For each kind of file that the program writes, COUNT changes at random places, to random other values:

    told       an error or a message that names the file
    no_effect  what is read is equal to what was written
    unnoticed  other numbers are read, and nobody says so; there must be none
    wrong      an error that is not one of the program's own; there must be none
"""

import contextlib
import hashlib
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.endurance.material import Material
from pipeline import evaluate, pairs, photos
from pipeline.common import sealed
from pipeline.common.errors import JobError
from pipeline.download import manifest
from pipeline.faces import table
from pipeline.photos import PhotoError, selection
from pipeline.recognise import recogniser
from pipeline.recognise.kept_faces import KeptFaces
from pipeline.train import checkpoint, command

REFUSALS = (JobError, PhotoError)


def study(material: Material, count: int) -> dict[str, dict[str, int]]:
    """For each kind of file, how many of `count` changes ended in which way."""
    return {kind: _changes(path, read, count) for kind, (path, read) in kinds(material).items()}


def kinds(material: Material) -> dict[str, tuple[Path, Callable[[], Any]]]:
    """Kind -> a file of that kind, and how the program reads it."""
    run, folder, root = material.run, material.pairs, material.root
    tables = root / "tables"
    crops = _table(tables, material)
    found = {
        "model.npz": (run / "model.npz", lambda: _model(run)),
        "checkpoint.npz": (run / "checkpoint.npz", lambda: checkpoint.load(run / "checkpoint.npz")),
        "report.json": (run / "report.json", lambda: evaluate.read_report(run / "report.json")),
        "crossvalidation.json": (_cross(tables), lambda: sealed.read(tables / command.FOUND, command.FOUND_FORMAT, "")),
        ".faces.json": (run / "gallery" / ".faces.json", lambda: KeptFaces(run / "gallery")._entries),
        "faces.csv": (tables / table.TABLE, lambda: table.read(tables / table.TABLE)),
        "landmarks of faces.csv": (tables / table.TABLE, lambda: table.landmarks(tables / table.TABLE)),
        "manifest.jsonl": (tables / manifest.NAME, lambda: manifest.load(tables)),
        "selection.json": (tables / selection.FILE, lambda: selection.load(tables)),
        "crop of a face": (crops[0], lambda: photos.read(crops[0])),
    }
    enrolled = next((run / "gallery").rglob("*.png"))
    found["photo of a gallery"] = (enrolled, lambda: photos.read(enrolled))
    for path in sorted(folder.iterdir()):
        found[f"pairs: {path.name}"] = (path, lambda: vars(pairs.load(folder)))
    return found


def _changes(path: Path, read: Callable[[], Any], count: int) -> dict[str, int]:
    rng, before, found = np.random.default_rng(0), path.read_bytes(), Counter()
    right = _digest(read())
    for _ in range(count):
        changed = bytearray(before)
        changed[rng.integers(len(before))] ^= rng.integers(1, 256)
        path.write_bytes(changed)
        try:
            found[_outcome(path, read, right)] += 1
        finally:
            path.write_bytes(before)
    return {name: found[name] for name in ("told", "no_effect", "unnoticed", "wrong")}


def _outcome(path: Path, read: Callable[[], Any], right: str) -> str:
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            there = _digest(read())
    except REFUSALS as error:
        is_named = isinstance(error, PhotoError) or path.name in str(error) or str(path.parent) in str(error)
        return "told" if is_named else "wrong"
    except Exception:
        return "wrong"
    if there == right:
        return "no_effect"
    return "told" if path.name in said.getvalue() else "unnoticed"


def _digest(value: Any) -> str:
    """A hash of what was read, whatever it consists of."""
    digest = hashlib.sha256()

    def add(part: Any) -> None:
        if isinstance(part, np.ndarray):
            digest.update(repr((part.dtype.str, part.shape)).encode() + part.tobytes())
        elif isinstance(part, dict):
            for key in sorted(part, key=repr):
                digest.update(repr(key).encode())
                add(part[key])
        elif isinstance(part, list | tuple):
            digest.update(f"{len(part)} parts".encode())
            for each in part:
                add(each)
        else:
            digest.update(repr(part).encode())

    add(value)
    return digest.hexdigest()


def _model(run: Path) -> list:
    found = recogniser.load(run, "numpy")
    return [found.extra, *({**member.params, **member.state} for member in found.members)]


def _cross(tables: Path) -> Path:
    path = tables / command.FOUND
    sealed.write(path, {"format": command.FOUND_FORMAT, "settings": {"seed": 1}, "found": {"rates": [0.25, 0.5]}})
    return path


def _table(tables: Path, material: Material) -> list[Path]:
    """Write a table of faces, its crops, a manifest and decisions; returns the crops."""
    rows, crops = {}, []
    rng = np.random.default_rng(0)
    for source, image in zip(material.faces.sources[:20], material.faces.images[:20, 0]):
        crop = tables / source
        photos.write_png(crop, image)
        crops.append(crop)
        rows[source] = table.row(source, "found", crop=crop.name, box=(4, 5, 60, 70), points=rng.uniform(9, 80, (5, 2)),
                                 confidence=0.99, rule="only", digest=table.digest(image),
                                 options="o", stamp="s")  # fmt: skip
        content = crop.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        address, when = f"https://example.org/{source}", "2025-01-01T00:00:00Z"
        manifest.add(tables, manifest.Entry(crop.parent.name, source, address, digest, len(content), when))
    table.write(tables / table.TABLE, rows)
    selection.decide(tables, list(rows)[:5], False)
    selection.choose(tables, list(rows)[6], (1, 2, 30, 40))
    return crops
