"""Networks on disk: one .npz with a JSON header and plain arrays. Never a pickle, which can run code when it is read.

    header                        JSON: format version, the architecture of each member, and what the caller adds
    0/params/conv2d1.weight ...   the parameters of member 0, by the names that Sequential gives; then 1/params/...
    0/state/batchnorm1.running_mean ...

A member is one network; an ensemble has several.
"""

import json
import os
import uuid
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from siamese_np import layers
from siamese_np.layers import Sequential

FORMAT = "siamese-np model"
# the exceptions of NumPy and zipfile for files that are damaged in one way or another
DAMAGE = (ValueError, KeyError, AttributeError, TypeError, EOFError, NotImplementedError, RuntimeError, zlib.error,
          zipfile.BadZipFile)  # fmt: skip
VERSION = 1


def architecture(network: Sequential) -> list[dict[str, Any]]:
    """The layers of a network with the arguments of their constructors, as JSON values."""
    return [{"layer": type(layer).__name__, **layer.config} for layer in network.layers]


def build(
    lines: Sequence[dict[str, Any]],
    rng: np.random.Generator | None = None,
    kernels: ModuleType | None = None,
    dtype: np.dtype | type = np.float32,
) -> Sequential:
    """A network from its `architecture`, with fresh weights. Raises ValueError for a layer that does not exist, and
    what the constructors raise for arguments that they refuse."""
    given = {"rng": rng or np.random.default_rng(0), "kernels": kernels, "dtype": dtype}
    built = []
    for line in lines:
        arguments = dict(line)
        kind = arguments.pop("layer", None)
        if kind not in layers.__all__ or kind in ("Layer", "Sequential"):
            raise ValueError(f"there is no layer {kind!r}")
        layer = getattr(layers, kind)
        built.append(layer(**arguments, **{name: given[name] for name in layer.takes}))
    return Sequential(built)


def save(path: Path, networks: Sequence[Sequential], extra: dict[str, Any]) -> None:
    """Write the networks and `extra` (JSON values) to `path`, atomically: into a file beside it, which is then
    renamed."""
    header = {
        "format": FORMAT,
        "version": VERSION,
        "members": [architecture(network) for network in networks],
        "extra": extra,
    }
    arrays = {"header": np.frombuffer(json.dumps(header).encode(), np.uint8)}
    for m, network in enumerate(networks):
        arrays |= {f"{m}/params/{name}": array for name, array in network.params.items()}
        arrays |= {f"{m}/state/{name}": array for name, array in network.state.items()}
    path = Path(path)
    temporary = path.with_name(f".writing-{uuid.uuid4().hex}.npz")
    try:
        np.savez(temporary, **arrays)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path, kernels: ModuleType | None = None) -> tuple[list[Sequential], dict[str, Any]]:
    """The networks of a file and the `extra` it was saved with.

    Raises FileNotFoundError where there is no file, and ValueError, with the name of the file, for one that is damaged,
    of another format, or from a newer version.
    """
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored.items())
        header = json.loads(arrays.pop("header").tobytes())
        if header["format"] != FORMAT:
            raise KeyError("format")
        newer = header["version"] > VERSION
    except DAMAGE as error:
        raise ValueError(f"{path} is not a model of siamese-np, or it is damaged") from error
    if newer:
        version = header["version"]
        raise ValueError(f"{path} has format version {version}, this program reads {VERSION}: update siamese-np")
    try:
        networks, extra = [build(lines, kernels=kernels) for lines in header["members"]], header["extra"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: its architecture can't be built: {error}") from error
    for m, network in enumerate(networks):
        for part, arrays_of_part in (("params", network.params), ("state", network.state)):
            for name, array in arrays_of_part.items():
                saved = arrays.pop(f"{m}/{part}/{name}", None)
                wanted = f"{array.dtype} {array.shape}"
                found = "nothing" if saved is None else f"{saved.dtype} {saved.shape}"
                if found != wanted:
                    raise ValueError(f"{path}: {name} should be {wanted}, the file has {found}")
                array[...] = saved
    if arrays:
        raise ValueError(f"{path}: no layer of its architecture has {', '.join(sorted(arrays))}")
    return networks, extra
