"""Code that all pictures share: colours that colour-blind people can tell apart, a size for a README, and saving."""

import textwrap
import warnings
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pipeline.common.console import printable

# Okabe and Ito 2008, without their yellow, which can't be seen on white
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK = (
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#000000"
)  # fmt: skip
SOFT = "#5c6570"
WIDTH = 8  # inches: at 120 dots per inch the width of a README
TITLE, LINE = 0.33, 0.2  # inches
LETTERS = 100  # characters of a caption per line
NAME = 16  # characters of a name at most


def page(height: float, title: str, caption: str) -> tuple[Figure, Axes]:
    """A figure with one pair of axes, and above them `title` and, smaller, `caption`, each of its lines wrapped."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    below = head(figure, title, caption)
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - below / height))
    return figure, figure.subplots()


def head(figure: Figure, title: str, caption: str) -> float:
    """Write `title` and `caption` at the top of a figure. Returns their height in inches."""
    inch = 1 / figure.get_figheight()
    lines = [part for line in caption.splitlines() for part in textwrap.wrap(line, LETTERS)]
    figure.text(0.012, 1 - 0.08 * inch, title, va="top", fontsize=13, weight="bold")
    for k, line in enumerate(lines):
        figure.text(0.012, 1 - (TITLE + k * LINE) * inch, line, va="top", fontsize=10, color=SOFT)
    return TITLE + len(lines) * LINE + 0.05


def label(name: str) -> str:
    """The name of a person or a photo as a picture can show it: short, on one line, and not read as a formula."""
    name = printable(name)
    short = name if len(name) <= NAME else f"{name[: NAME // 2]}…{name[-NAME // 2 + 1 :]}"
    return short.replace("$", r"\$")  # Matplotlib reads text between two $ as a formula


def percent(value: float, _: int = 0) -> str:
    """The label of a percentage on an axis."""
    return f"{value:g} %"


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG."""
    # no pyplot here: it would choose a window system, and it keeps every figure until it is closed
    FigureCanvasAgg(figure)
    with warnings.catch_warnings():
        # characters that the font lacks appear as boxes, which needs no warning
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(path, dpi=120)
