"""What is said of one kind of layer, or of another stop, forward and back."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """short: its name on the way; forward, back: title, text, formula and source, looked up when they are shown."""

    short: str
    forward: Callable[[], tuple] | None
    back: Callable[[], tuple] | None
