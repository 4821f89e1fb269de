"""Options that several commands share."""

import re
from typing import Any

import click

from siamese_np import kernels

LARGEST = 1000  # pixels of a side at most

KERNELS = click.option(
    "--kernels", "kernels_name", type=click.Choice(kernels.NAMES), default="numba", show_default=True
)


class Size(click.ParamType):
    """HEIGHTxWIDTH in pixels."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", str(value))
        sides = tuple(int(side) for side in match.groups()) if match else (0, 0)
        if not all(1 <= side <= LARGEST for side in sides):
            self.fail(f"{value!r} is not a height and a width of 1 to {LARGEST} pixels, like 112x92", param, ctx)
        return sides
