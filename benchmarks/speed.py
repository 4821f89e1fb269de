"""The speed of siamese-np beside PyTorch, Keras and raw TensorFlow.

What makes it fair:

- The same work. networks.py describes each network once, and every contender builds that list. The number of parameters
  is compared before anything is timed. Batch (both images of all pairs, stacked), contrastive loss, optimiser and
  dropout are the same, all in float32. A training step ends when the loss is a Python float.
- Real work. Before each case every contender trains on a small batch, and the loss must be finite and fall.
- Best settings. The data has the layout that suits the framework (channels last for TensorFlow). PyTorch is tried with
  both memory layouts, with a fused Adam, and again with an allocator that keeps its memory. Keras and TensorFlow are
  tried with and without XLA, in one compiled training step. The fastest is kept for each case. Embedding runs without
  gradients. Steps in which something is compiled are not timed.
- Equal conditions. Each contender has its own process, and they take turns (drive.py). With two threads the wall time
  counts. With one thread the CPU time of the whole process counts, so that hidden threads are included.
"""

import json
from typing import Any

import click

from benchmarks import drive, machine, report, results
from benchmarks.cases import CASES, Case
from benchmarks.contenders import Contender
from pipeline.common import console

SECONDS = 0.3  # the length of a burst


def run(cases: list[Case], rounds: int, seconds: float = SECONDS) -> dict[str, Any]:
    """Run all cases with two threads and with one. Returns {"machine", "cases"} as JSON values."""
    contenders = drive.available()
    described = machine.describe()
    measured = {threads: machine.limits(threads) for threads in results.CLOCKS}
    rows = {}
    for threads in results.CLOCKS:
        for case, prepared, bursts in run_cases(cases, contenders, threads, rounds, seconds):
            rows[case.name, threads] = results.row(case, threads, prepared, bursts, measured[threads]["gflops"])
            console.say(report.line(rows[case.name, threads]))
    described |= {key: {str(t): limits[key] for t, limits in measured.items()} for key in ("gflops", "gb_per_s")}
    return {"machine": described, "cases": [rows[case.name, threads] for case in cases for threads in results.CLOCKS]}


def run_cases(cases: list[Case], contenders: dict[str, Contender], threads: int, rounds: int, seconds: float):
    """Yield each case with the contenders' answers to "prepare" and their bursts. Workers are kept for all cases."""
    fresh = [case for case in cases if case.kind == "start"]
    for case in fresh:
        yield case, {}, drive.starts(case, contenders, threads, rounds)
    if len(fresh) == len(cases):
        return
    running = {name: drive.Running(contender, threads) for name, contender in contenders.items()}
    try:
        for case in cases:
            if case.kind != "start":
                yield case, *drive.steps(case, running, rounds, seconds)
    finally:
        for worker in running.values():
            worker.close()


@click.command("speed", cls=console.Stage)
@click.argument("names", nargs=-1, metavar="[CASE]...", type=click.Choice(list(CASES)))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--rounds", default=7, show_default=True, type=click.IntRange(1), help="Turns of every contender.")
def main(names: tuple[str, ...], as_json: bool, rounds: int) -> None:
    """Time the named cases (default: all) beside every opponent that is installed."""
    result = run([CASES[name] for name in names or CASES], rounds)
    click.echo(json.dumps(result) if as_json else report.table(result))


if __name__ == "__main__":
    main()
