"""The embeddings of the photos of a gallery, kept beside them, so that a command or a page that starts embeds nothing again.

GALLERY/.embeddings.npz (siamese_np/archive.py: whole or not at all) holds

    model        in the header: the hash of the model file; of another model nothing is used
    stamps       (n, 32) uint8, each the hash of a photo's content and of the face in it that counts (KeptFaces.stamp)
    embeddings   (n, D) float32

A photo that is replaced, or whose face is chosen anew, has another stamp. The file may be deleted at any time. One that is
damaged is told and counts as absent. It is replaced in one step: who writes last wins, and nothing in it can be wrong.
"""

from pathlib import Path

import numpy as np

from pipeline.common.console import say
from siamese_np import archive

FILE = ".embeddings.npz"
NAME, VERSION = "siamese-np embeddings", 1  # raise the version where the same model gives other embeddings than before


def load(root: Path, model: str) -> dict[str, np.ndarray]:
    """Stamp -> embedding (D,) by the model with this hash; empty where none are kept."""
    kept_for, found = _load(root)
    return found if kept_for == model else {}


def save(root: Path, model: str, embeddings: dict[str, np.ndarray]) -> None:
    """Keep exactly these. stamp -> embedding (D,)."""
    if not embeddings:
        (Path(root) / FILE).unlink(missing_ok=True)
        return
    stamps = np.frombuffer(bytes.fromhex("".join(embeddings)), np.uint8).reshape(-1, 32)
    arrays = {"stamps": stamps, "embeddings": np.stack(list(embeddings.values()))}
    archive.save(Path(root) / FILE, NAME, VERSION, {"model": model}, arrays)


def drop(root: Path, stamps: set[str]) -> None:
    """Forget the embeddings with these stamps."""
    model, found = _load(root)
    if model is not None and stamps & found.keys():
        save(root, model, {stamp: found[stamp] for stamp in found.keys() - stamps})


def _load(root: Path) -> tuple[str | None, dict[str, np.ndarray]]:
    path = Path(root) / FILE
    try:
        values, arrays = archive.load(path, NAME, VERSION)
    except FileNotFoundError:
        return None, {}
    except (archive.Unusable, OSError) as error:
        say(f"{error}. The photos are embedded anew")
        return None, {}
    return values["model"], {row.tobytes().hex(): z for row, z in zip(arrays["stamps"], arrays["embeddings"], strict=True)}
