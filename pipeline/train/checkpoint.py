"""The state of a training on disk. A training that continues from it gives the same bits as one without a stop."""

from pathlib import Path
from typing import Any

import numpy as np

from pipeline.common.errors import JobError
from siamese_np import archive

FORMAT = "siamese-np checkpoint"
VERSION = 2
WAY_OUT = "Delete it, or start over with --fresh"


def save(path: Path, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
    """Write arrays (by name) and values (JSON) into one .npz, atomically."""
    archive.save(path, FORMAT, VERSION, {"values": values}, arrays)


def load(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and values that were saved. Raises JobError, which names the file, where it can't be read."""
    try:
        values, arrays = archive.load(path, FORMAT, VERSION)
        if not isinstance(values.get("values"), dict):
            raise archive.Unusable(path, FORMAT, "it holds no values")
        return arrays, values["values"]
    except (OSError, archive.Unusable) as error:
        raise JobError(f"{error}. {WAY_OUT}") from error


def check(path: Path, arrays: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    """Raise JobError unless the arrays of a checkpoint have the names, shapes and dtypes of those `wanted`."""
    for name in sorted({*arrays, *wanted}):
        there, here = (f"{a[name].dtype} {a[name].shape}" if name in a else "nothing" for a in (arrays, wanted))
        if there != here:
            reason = archive.Unusable(path, FORMAT, f"{name} should be {here}, the file has {there}")
            raise JobError(f"{reason}. {WAY_OUT}")
