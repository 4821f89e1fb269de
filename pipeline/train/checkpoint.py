"""The state of a training on disk. A training that continues from it gives the same bits as one without a stop."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.common import atomic
from pipeline.common.errors import JobError


def save(path: Path, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
    """Write arrays (by name) and values (JSON) into one .npz, atomically."""
    with atomic.writing(path) as temporary:
        np.savez(temporary, values=np.frombuffer(json.dumps(values).encode(), np.uint8), **arrays)


def load(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and values that were saved. Raises JobError, which names the file, where it can't be read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored.items())
        return arrays, json.loads(arrays.pop("values").tobytes())
    except (OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        raise JobError(f"{path} is damaged ({error}): delete it to start over") from error
