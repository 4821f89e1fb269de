"""One check of all that the header of model.npz says beside the weights, when the model is loaded: a header that was
edited, or is of another program, is refused there, and not at some later prediction."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.common.options import LARGEST
from pipeline.faces.preprocess import Preprocessing
from pipeline.recognise import rules
from siamese_np import weights
from siamese_np.layers import Sequential

NUMBER = (int, float)
RULES = ("pair", *rules.RULES)
MOST_PEOPLE = 10**6  # in a gallery
RATES = dict.fromkeys(("nearest_right", "named_right", "named_wrong", "strangers_rejected"), NUMBER)
MEASURED = dict.fromkeys(("new_photos", "stranger_photos", "gallery_size"), NUMBER)
# what training tells of itself, read where it is there: a type, the entries of a dict, or a list of one kind
TOLD = {
    "settings": {"preset": str, "data": str},
    "mirror": bool,
    "names": [str],
    "trained_on": [str],
    "trained_photos": [str],
    "photo_size": [int],
    "framing": {"size": [int], "points": [[NUMBER]], "reach": NUMBER},
    "thresholds_chosen_on": str,
    "cross_validation": {"people": NUMBER, "rules": dict.fromkeys(("mean", rules.DEFAULT), RATES | MEASURED),
                         "raw_pixels": RATES},  # fmt: skip
    "left_out": [int],
    "epochs": int,
    "best_epoch": int,
    "warnings": [str],
    "parameters": int,
    "seconds": NUMBER,
}
MAY_BE_NONE = ("framing", "cross_validation")


def check(path: Path, members: Sequence[Sequential], extra: dict[str, Any]) -> None:
    """Raise weights.Unusable, with what is wrong, unless a Recogniser can be made of these networks and this header.

    Every network is asked once, with an empty picture of the size that the header gives.
    """
    try:
        _check(members, extra)
    except ValueError as error:
        raise weights.Unusable(path, weights.FORMAT, error) from error


def _check(members: Sequence[Sequential], extra: dict[str, Any]) -> None:
    json.dumps(extra, allow_nan=False)
    for name in ("preprocessing", "thresholds"):
        if not isinstance(extra.get(name), dict):
            raise ValueError(f"it holds a network, but no {name}")
    views = extra.get("views") or [extra["preprocessing"]] * len(members)
    if not isinstance(views, list) or len(views) != len(members):
        raise ValueError(f"it holds {len(members)} networks, and its views are not one for each")
    if views[0] != extra["preprocessing"]:
        raise ValueError("its first view is not its preprocessing")
    for name, kind in TOLD.items():
        if name in extra and not (extra[name] is None and name in MAY_BE_NONE):
            _check_kind(name, extra[name], kind)
    if extra.get("framing") and np.shape(extra["framing"]["points"]) != (5, 2):
        raise ValueError("framing has no five points")
    for size in (extra.get("photo_size", [1, 1]), (extra.get("framing") or {"size": [1, 1]})["size"]):
        _check_size(size)
    _check_thresholds(extra["thresholds"])
    _check_view(extra["preprocessing"])
    for member, view in zip(members, views):
        height, width = _check_view(view)
        with np.errstate(all="ignore"):
            z = member.forward(np.zeros((1, 1, height, width), np.float32))
        if z.ndim != 2 or not np.isfinite(z).all():
            raise ValueError(f"a network gives no embedding for a view of {height}x{width} pixels")


def _check_kind(name: str, value: Any, kind: Any) -> None:
    if isinstance(kind, dict):
        right = isinstance(value, dict) and kind.keys() <= value.keys()
        inner = [(f"{name}.{key}", value[key], kind[key]) for key in kind] if right else ()
    elif isinstance(kind, list):
        right = isinstance(value, list)
        inner = [(f"{name}[{n}]", entry, kind[0]) for n, entry in enumerate(value)] if right else ()
    else:
        right, inner = isinstance(value, kind) and (kind is bool or not isinstance(value, bool)), ()
    if not right:
        raise ValueError(f"{name} can't be {str(value)[:50]!r}")
    for each in inner:
        _check_kind(*each)


def _check_thresholds(thresholds: dict[str, Any]) -> None:
    for rule in RULES:
        entry = thresholds.get(rule)
        wanted = {"threshold": np.inf, "far": 1, "frr": 1, "gallery_size": MOST_PEOPLE}
        for rate in ("far", "frr"):
            if isinstance(entry, dict) and entry.get(f"{rate}_measured"):
                wanted |= {f"{rate}_low": 1, f"{rate}_high": 1, "people": MOST_PEOPLE, "photos": np.inf}
        for name, most in wanted.items():
            value = entry.get(name) if isinstance(entry, dict) else None
            if type(value) not in NUMBER or not (1 if name == "gallery_size" else 0) <= value <= most:
                raise ValueError(f"the {name} of the rule {rule} is {value!r}")


def _check_view(stored: Any) -> tuple[int, int]:
    """The size of a view. Raises ValueError for what is none."""
    try:
        view = Preprocessing.from_json(stored)
    except (TypeError, KeyError) as error:
        raise ValueError(f"a view can't be read ({error})") from error
    _check_size(stored["size"])
    zoom, align = view.zoom, 1 if view.align is None else view.align
    if any(type(number) not in NUMBER or not number > 0 for number in (zoom, align)) or zoom < 1:
        raise ValueError(f"a view has align {view.align!r} and zoom {view.zoom!r}")
    if not isinstance(view.standardise, bool):
        raise ValueError(f"a view has standardise {view.standardise!r}")
    return view.size


def _check_size(size: Any) -> None:
    pair = size if isinstance(size, list) and len(size) == 2 else (0, 0)
    if not all(type(side) is int and 1 <= side <= LARGEST for side in pair):
        raise ValueError(f"a view has the size {size!r}")
