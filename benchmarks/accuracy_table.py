"""The results of benchmarks.accuracy side by side: the mean over the splits of one kind, as a table for the README.

Splits are of one kind if their names differ only by a final _fold0, _fold1, ...
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.accuracy import METHODS
from pipeline.common import console
from pipeline.common.errors import JobError

OTHERS = ("chance", *(method for method in METHODS if method not in ("ours", "chance")))


def kind(report: dict[str, Any]) -> str:
    """The name of the split without the number of the fold."""
    return re.sub(r"_fold\d+$", "", report["split"])


def contender(report: dict[str, Any]) -> str:
    """The heading for what was trained."""
    return report["preset"] + (f" + {report['extra']}" if report["extra"] else "")


def table(reports: Iterable[dict[str, Any]], metrics: tuple[str, ...] = ()) -> str:
    """Markdown with one row per metric (only `metrics`, if any are given) and kind of split.

    A cell is the mean over splits ± the standard deviation between them, in percent.
    """
    cells: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for report in sorted(reports, key=lambda report: (kind(report), report["split"])):
        for method, results in report["results"].items():
            column = contender(report) if method == "ours" else method
            for metric, figure in results.items():
                if not metrics or metric in metrics:
                    row = cells.setdefault((kind(report), metric), {})
                    row.setdefault(column, {})[report["split"]] = figure["mean"]
    used = {column for row in cells.values() for column in row}
    columns = [*(method for method in OTHERS if method in used), *sorted(used - set(OTHERS))]
    head = ["split", "metric", *columns]
    lines = [head, ["---", "---", *["---:"] * len(columns)]]
    for (split, metric), row in cells.items():
        lines.append([split, metric, *(cell(row.get(column, {}).values()) for column in columns)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(values: Iterable[float]) -> str:
    found = list(values)
    if not found:
        return "-"
    return f"{np.mean(found):.1f}" + (f" ± {np.std(found):.1f}" if np.ptp(found) else "")


def read(path: Path) -> dict[str, Any]:
    """A result. Raises JobError if the file holds anything else."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        report["split"], report["preset"], report["extra"], report["results"]["ours"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JobError(f"{path} is no result of benchmarks.accuracy --json ({error!r})") from error
    return report


@click.command("accuracy_table", cls=console.Stage)
@click.argument("results", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--metric", "metrics", multiple=True, help="Only this metric; can be repeated.")
def main(results: tuple[Path, ...], metrics: tuple[str, ...]) -> None:
    """Print the Markdown table of RESULTS, files that benchmarks.accuracy --json has printed."""
    click.echo(table(map(read, results), metrics))


if __name__ == "__main__":
    main()
