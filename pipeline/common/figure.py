"""What all pictures share: colours that a colour-blind eye tells apart, a size for a README, and the way to a file."""

import textwrap
import warnings
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pipeline.common.console import printable

# Okabe and Ito 2008, without their yellow, which is lost on white
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK = (
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#000000"
)  # fmt: skip
SOFT = "#5c6570"
WIDTH = 8  # inches: at 120 dots an inch the width of a README
TITLE, LINE = 0.33, 0.2  # inches
LETTERS = 100  # of a caption that fit on a line
NAME = 16  # letters of a name that are shown


def page(height: float, title: str, caption: str) -> tuple[Figure, Axes]:
    """A figure with one pair of axes, and above them `title` and, smaller, `caption`, each of its lines wrapped."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    below = head(figure, title, caption)
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - below / height))
    return figure, figure.subplots()


def head(figure: Figure, title: str, caption: str) -> float:
    """Write `title` and `caption` at the top of a figure. Returns the inches that they take."""
    inch = 1 / figure.get_figheight()
    lines = [part for line in caption.splitlines() for part in textwrap.wrap(line, LETTERS)]
    figure.text(0.012, 1 - 0.08 * inch, title, va="top", fontsize=13, weight="bold")
    for k, line in enumerate(lines):
        figure.text(0.012, 1 - (TITLE + k * LINE) * inch, line, va="top", fontsize=10, color=SOFT)
    return TITLE + len(lines) * LINE + 0.05


def label(name: str) -> str:
    """The name of a person or a photo as a picture can show it: not long, on one line, and no formula."""
    name = printable(name)
    short = name if len(name) <= NAME else f"{name[: NAME // 2]}…{name[-NAME // 2 + 1 :]}"
    return short.replace("$", r"\$")  # Matplotlib takes what stands between two of them for a formula


def percent(value: float, _: int = 0) -> str:
    """The label of a percentage on an axis."""
    return f"{value:g} %"


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG."""
    # the canvas is made by hand: pyplot would choose a window system, and keeps every figure until it is closed
    FigureCanvasAgg(figure)
    with warnings.catch_warnings():
        # letters that the font lacks show as boxes, which says it all
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(path, dpi=120)
