"""How the cost of siamese-np grows. studies.py says what is measured."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from benchmarks import machine, plots
from benchmarks.report import machine_line, number
from benchmarks.studies import STUDIES, Study
from pipeline.common import console


def table(study: Study) -> str:
    """A study as text, with one line for each x."""
    heads = [study.x_name, *(f"{column.name}, {column.unit}" for column in study.columns)]
    rows = [heads, *([f"{x:,}", *map(number, values)] for x, *values in lines(study))]
    widths = [max(map(len, column)) for column in zip(*rows)]
    text = "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in rows)
    return f"{study.title}\n{text}\n"


def lines(study: Study) -> list[tuple[float, ...]]:
    return list(zip(study.x, *(column.values for column in study.columns)))


@click.command("scaling", cls=console.Stage)
@click.argument("names", nargs=-1, metavar="[STUDY]...", type=click.Choice(list(STUDIES)))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Draw each study to a PNG in OUT.")
def main(names: tuple[str, ...], as_json: bool, out: Path | None) -> None:
    """Measure how the cost grows (all studies, unless some are named: image-size, channels, batch-size, pairs, gallery)."""
    described = machine.describe()
    if not as_json:
        click.echo(f"{machine_line(described)}\n")
    studies = []
    for name in names or STUDIES:
        console.say(f"measuring {name}")
        studies.append(STUDIES[name]())
        if not as_json:
            click.echo(table(studies[-1]))
        if out:
            out.mkdir(parents=True, exist_ok=True)
            plots.study(out / f"{name}.png", studies[-1])
    if as_json:
        click.echo(json.dumps({"machine": described, "studies": [asdict(study) for study in studies]}))


if __name__ == "__main__":
    main()
