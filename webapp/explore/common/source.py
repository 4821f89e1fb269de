"""The lines of a module, with their numbers, and where a formula is derived.

`derived("losses", "(2)", test="tests/siamese_np/test_losses.py::test_name")` finds the lines by the number of the
formula, so that the reference does not grow stale when the module changes. Shown in a template it is a piece that can
be opened: the sentences that lead to the formula, the formula, and what is said after it (reasons.py). It works in
templates and in Python alike, and takes literals: tests/webapp/explore/common/test_source.py reads all calls from the
files, and checks that each formula and each test exists.

Only the modules of PACKAGES are shown. They are listed once, from the packages; a client names an entry of the list.
"""

import importlib.util
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.exceptions import BadRequest, NotFound

from webapp.explore.common.reasons import Block, around

PACKAGES = ("siamese_np", "pipeline.faces", "pipeline.recognise")

blueprint = Blueprint("source", __name__, url_prefix="/source")


@dataclass(frozen=True)
class Derived:
    """Where a formula stands. file: "siamese_np/losses.py"; number: "(2)"; lines: of its derivation, counted from 1;
    code: the lines that compute it; test: "tests/FILE.py::NAME", which proves it; before, after: what the docstring
    says around it."""

    file: str
    number: str
    lines: tuple[int, ...]
    code: tuple[int, ...]
    test: str
    before: tuple[Block, ...]
    after: tuple[Block, ...]

    def numbered(self, lines: tuple[int, ...]) -> list[tuple[int, str]]:
        """(line number, text) of some lines."""
        text = lines_of(self.file)
        return [(line, text[line - 1]) for line in lines]

    def __html__(self) -> str:
        """The piece of a page, as a template shows it. What one piece of a page has said, those below do not repeat."""
        said = g.setdefault("explore_said", {})  # (file, lines of a block) -> the formula around which it is said
        where = {block: said.setdefault((self.file, block.lines), self.number) for block in self.before + self.after}
        before, after = ([block for block in of if where[block] == self.number] for of in (self.before, self.after))
        elsewhere = sorted(set(where.values()) - {self.number})
        piece = {"derived": self, "before": before, "after": after, "elsewhere": elsewhere}
        return Markup(render_template("explore/common/derived.html", **piece))


@cache
def modules() -> dict[str, Path]:
    """ "siamese_np/losses.py" -> its file, of all modules that may be shown."""
    found = {}
    for package in PACKAGES:
        root = Path(importlib.util.find_spec(package).origin).parent
        for path in sorted(root.rglob("*.py")):
            found[f"{package.replace('.', '/')}/{path.relative_to(root).as_posix()}"] = path
    return found


@cache
def lines_of(file: str) -> tuple[str, ...]:
    """The text of a module. Raises KeyError for a file that is not one of `modules`."""
    return tuple(modules()[file].read_text(encoding="utf-8").splitlines())


@cache
def derived(module: str, number: str, *, test: str) -> Derived:
    """Where formula `number` of a module is derived and computed. module: "losses", "layers/dense" (of siamese_np), or
    "pipeline/faces/align". Raises LookupError where there is no such module, or no such formula in it."""
    file = next((name for name in (f"siamese_np/{module}.py", f"{module}.py") if name in modules()), None)
    if file is None:
        raise LookupError(f"there is no module {module} to show")
    text = lines_of(file)
    end = next((k for k, line in enumerate(text) if re.search(rf"\s\s{re.escape(number)}$", line)), None)
    if end is None:
        raise LookupError(f"{file} derives no formula {number}")
    start = end
    while _goes_on(text[start - 1], text[start]):
        start -= 1
    cites = re.compile(rf"\S.*#.*{re.escape(number)}(?! of )")
    code = tuple(k + 1 for k, line in enumerate(text) if cites.search(line))
    return Derived(file, number, tuple(range(start + 1, end + 2)), code, test, *around(text, end + 1))


def _goes_on(before: str, line: str) -> bool:
    """Whether a formula that ends in `line` began in the line before: that is indented, and ends in no number."""
    indented = before.startswith("    ") and line.startswith("    ")
    return indented and not re.search(r"\(\d+\w?\)$", before)


@blueprint.get("/<path:name>")
def show(name: str) -> ResponseReturnValue:
    """A module with its line numbers; ?lines=3-9 or ?lines=3-9,40 highlights some of them."""
    if name not in modules():
        raise NotFound("There is no such module to show.")
    return render_template("explore/common/source.html", name=name, text=lines_of(name), marked=_marked())


def _marked() -> frozenset[int]:
    asked = request.args.get("lines", "")
    if not re.fullmatch(r"(\d{1,5}(-\d{1,5})?(,|$))*", asked):
        raise BadRequest("Lines are asked for as 3-9, or as 3-9,40.")
    parts = [part.partition("-") for part in asked.split(",") if part]
    return frozenset(k for first, _, last in parts for k in range(int(first), int(last or first) + 1))
