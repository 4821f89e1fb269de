"""One check of all that the header of model.npz says beside the weights, when the model is loaded: a header that was
edited, or is of another program, is refused there, and not at some later prediction."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.common.options import LARGEST
from pipeline.faces.preprocess import Preprocessing
from pipeline.recognise.thresholds import RULES
from siamese_np import weights
from siamese_np.layers import Sequential

NUMBER = (int, float)
# what training tells of itself: read by evaluate and the page where it is there
KINDS = {"settings": dict, "names": list, "trained_on": list, "thresholds_chosen_on": str, "epochs": NUMBER,
         "best_epoch": NUMBER, "warnings": list, "parameters": NUMBER, "seconds": NUMBER}  # fmt: skip


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
    if not isinstance(extra.get("mirror", False), bool):
        raise ValueError("mirror is neither true nor false")
    for name, kind in KINDS.items():
        if name in extra and (not isinstance(extra[name], kind) or isinstance(extra[name], bool)):
            raise ValueError(f"{name} is {extra[name]!r}")
    for name in ("preset", "data"):
        if "settings" in extra and not isinstance(extra["settings"].get(name), str):
            raise ValueError(f"its settings give no {name}")
    for name in ("names", "trained_on", "warnings"):
        if not all(isinstance(text, str) for text in extra.get(name, ())):
            raise ValueError(f"{name} is no list of texts")
    _check_thresholds(extra["thresholds"])
    _check_view(extra["preprocessing"])
    for member, view in zip(members, views):
        height, width = _check_view(view)
        with np.errstate(all="ignore"):
            z = member.forward(np.zeros((1, 1, height, width), np.float32))
        if z.ndim != 2 or not np.isfinite(z).all():
            raise ValueError(f"a network gives no embedding for a view of {height}x{width} pixels")


def _check_thresholds(thresholds: dict[str, Any]) -> None:
    for rule in ("pair", *RULES):
        entry = thresholds.get(rule)
        for name, least, most in (("threshold", 0, np.inf), ("far", 0, 1), ("frr", 0, 1), ("gallery_size", 1, np.inf)):
            value = entry.get(name) if isinstance(entry, dict) else None
            if type(value) not in NUMBER or not least <= value <= most:
                raise ValueError(f"the {name} of the rule {rule} is {value!r}")


def _check_view(stored: Any) -> tuple[int, int]:
    """The size of a view. Raises ValueError for what is none."""
    try:
        view = Preprocessing.from_json(stored)
    except (TypeError, KeyError) as error:
        raise ValueError(f"a view can't be read ({error})") from error
    if len(view.size) != 2 or not all(type(side) is int and 1 <= side <= LARGEST for side in view.size):
        raise ValueError(f"a view has the size {stored['size']!r}")
    zoom, align = view.zoom, 1 if view.align is None else view.align
    if any(type(number) not in NUMBER or not number > 0 for number in (zoom, align)) or zoom < 1:
        raise ValueError(f"a view has align {view.align!r} and zoom {view.zoom!r}")
    if not isinstance(view.standardise, bool):
        raise ValueError(f"a view has standardise {view.standardise!r}")
    return view.size
