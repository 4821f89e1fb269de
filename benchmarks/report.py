"""A result of benchmarks.speed as a table for the README and as a picture."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from benchmarks import plots, results
from benchmarks.contenders import CONTENDERS
from pipeline.common import console

HEADINGS = {2: "Two threads, wall time in ms", 1: "One thread, CPU time in ms"}


def table(result: dict[str, Any]) -> str:
    """Markdown with the machine, the date, and one table for each number of threads."""
    blocks = [machine_line(result["machine"])]
    for threads in results.CLOCKS:
        rows = [row for row in result["cases"] if row["threads"] == threads]
        if rows:
            limits = {key: result["machine"][key][str(threads)] for key in ("gflops", "gb_per_s")}
            blocks.append(f"**{HEADINGS[threads]}** (peak of the machine: {limits['gflops']:.0f} GFLOP/s, "
                          f"{limits['gb_per_s']:.0f} GB/s)")  # fmt: skip
            blocks.append(markdown(rows))
    return "\n\n".join(blocks)


def machine_line(machine: dict[str, Any]) -> str:
    versions = ", ".join(f"{package} {version}" for package, version in machine["versions"].items())
    width = f" ({machine['kind']}, vectors of {machine['vector_bits']} bits)" if machine.get("kind") else ""
    return (f"{machine['processor']}{width}, {machine['cores']} cores, {machine['system']}, "
            f"Python {machine['python']}, {versions}; {machine['date']}")  # fmt: skip


def markdown(rows: Iterable[dict[str, Any]]) -> str:
    titles = [contender.title for contender in CONTENDERS.values()]
    head = ["case", *titles, "× PyTorch", "× Keras/TF", "GFLOP/s", "of peak", "memory, MB"]
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *map(cells, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cells(row: dict[str, Any]) -> list[str]:
    times = [number(row[f"{name}_ms"]) for name in CONTENDERS]
    times[0] = f"**{times[0]}**"
    share = row["share_of_peak"]
    return [
        row["case"],
        *times,
        *(number(row["ratios"][group], 2) for group in ("torch", "keras_tf")),
        number(row["gflops"]),
        "-" if share is None else f"{share:.0%}",
        number(row["memory_mb"].get("ours")),
    ]


def number(value: float | None, digits: int = 3) -> str:
    """The value with `digits` significant digits, never written with an exponent."""
    if value is None:
        return "-"
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 10 ** (digits - 1) else f"{rounded:.{digits}g}"


def line(row: dict[str, Any]) -> str:
    """One case in one line, shown while other cases are still running."""
    times = ", ".join(f"{name} {number(row[f'{name}_ms'])}" for name in CONTENDERS)
    return f"{row['case']}, {row['threads']} threads ({row['clock']} ms): {times}"


@click.command("report", cls=console.Stage)
@click.argument("result", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--plot", type=click.Path(path_type=Path), help="Also draw the ratios to this PNG.")
def main(result: Path, plot: Path | None) -> None:
    """Print the Markdown table of RESULT, a file that benchmarks.speed --json has printed."""
    loaded = json.loads(result.read_text())
    click.echo(table(loaded))
    if plot:
        plots.speed(plot, loaded)


if __name__ == "__main__":
    main()
