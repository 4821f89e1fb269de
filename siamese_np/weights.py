"""Networks on disk: one .npz with a JSON header and plain arrays, in the form of archive.py, which finds any damage.

    header                        JSON: members, the architecture of each; extra, what the caller adds
    0/params/conv2d1.weight ...   the parameters of member 0, by the names that Sequential gives; then 1/params/...
    0/state/batchnorm1.running_mean ...

A member is one network; an ensemble has several.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from siamese_np import archive, layers
from siamese_np.archive import Unusable
from siamese_np.layers import Sequential
from siamese_np.layers.base import as_pair

FORMAT = "siamese-np model"
VERSION = 3
# the arguments of a layer whose product is the size of its largest array
COUNTS = ("channels", "features", "filters", "inputs", "outputs")  # and the sides of kernel_size


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
    """Write the networks and `extra` (JSON values) to `path`, atomically."""
    arrays = {}
    for m, network in enumerate(networks):
        arrays |= {f"{m}/params/{name}": array for name, array in network.params.items()}
        arrays |= {f"{m}/state/{name}": array for name, array in network.state.items()}
    values = {"members": [architecture(network) for network in networks], "extra": extra}
    archive.save(path, FORMAT, VERSION, values, arrays)


def load(path: Path, kernels: ModuleType | None = None) -> tuple[list[Sequential], dict[str, Any]]:
    """The networks of a file and the `extra` it was saved with.

    Raises FileNotFoundError where there is no file, and Unusable, a ValueError with the name of the file and what is
    wrong, for one that is damaged, of another format or version, or that holds no networks of finite weights.
    """
    values, arrays = archive.load(path, FORMAT, VERSION)
    try:
        members, extra = values.pop("members"), values.pop("extra")
        if values:
            raise ValueError(f"nobody knows {', '.join(values)}")
        if not members or not isinstance(extra, dict):
            raise ValueError("it holds no network, or its extra is no object")
        _check_counts(members, sum(array.size for array in arrays.values()))
        networks = [build(lines, kernels=kernels) for lines in members]
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise Unusable(path, FORMAT, f"its networks can't be built ({error})") from error
    for m, network in enumerate(networks):
        for part, arrays_of_part in (("params", network.params), ("state", network.state)):
            for name, array in arrays_of_part.items():
                saved = arrays.pop(f"{m}/{part}/{name}", None)
                wanted = f"{array.dtype} {array.shape}"
                found = "nothing" if saved is None else f"{saved.dtype} {saved.shape}"
                if found != wanted:
                    raise Unusable(path, FORMAT, f"{name} should be {wanted}, the file has {found}")
                if not np.isfinite(saved).all():
                    raise Unusable(path, FORMAT, f"{name} holds numbers that are not finite")
                array[...] = saved
    if arrays:
        raise Unusable(path, FORMAT, f"no layer of its networks has {', '.join(sorted(arrays))}")
    return networks, extra


def _check_counts(members: Sequence[Sequence[dict[str, Any]]], stored: int) -> None:
    """Raise ValueError for a layer that would have more weights than the file holds, or pad without need, before any is
    built or used: both would take memory without end."""
    for line in (line for lines in members for line in lines):
        counts = [line[name] for name in COUNTS if name in line]
        sides = as_pair(line.get("kernel_size", 3), "kernel_size", 1)
        if "kernel_size" in line:
            counts += sides
        if counts and not 1 <= min(counts) <= max((math.prod(counts), *counts)) <= stored:
            raise ValueError(f"{line['layer']} with {counts} has no weights, or more than the file: {stored}")
        if isinstance(line.get("padding"), (int, list)) and any(
            pad > side for pad, side in zip(as_pair(line["padding"], "padding", 0), sides)
        ):
            raise ValueError(f"{line['layer']} pads more than its kernel is wide")
