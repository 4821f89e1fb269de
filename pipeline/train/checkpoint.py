"""A stopped training, to be taken up again bit for bit: weights, optimiser, best weights, random numbers, history."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.common import atomic
from pipeline.common.errors import JobError


def save(path: Path, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
    """arrays by name and JSON values, in one .npz, atomically."""
    with atomic.writing(path) as temporary:
        np.savez(temporary, values=np.frombuffer(json.dumps(values).encode(), np.uint8), **arrays)


def load(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """What was saved. Raises JobError, naming the file, where it can't be read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored.items())
        return arrays, json.loads(arrays.pop("values").tobytes())
    except (OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        raise JobError(f"{path} is damaged ({error}): delete it to start over") from error
