"""Where the time of a case goes: each layer, forward and backward, as it runs in a training.

The time of a layer is that of its method. What remains (distance, loss, optimiser, Python) is "the rest".
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable

import click

from benchmarks import networks
from benchmarks.cases import CASES, Case
from benchmarks.contenders import ours
from benchmarks.report import number
from benchmarks.worker import measure
from pipeline.common import console
from siamese_np import kernels
from siamese_np.layers import Conv2D, Dense, Layer, Sequential

Times = dict[tuple[str, str], list[float]]  # (layer, "forward" or "backward") -> seconds of each training step


def timed(method: Callable, seconds: list[float]) -> Callable:
    """The method; each call also appends its time to `seconds`."""

    def call(*arguments):
        begin = time.perf_counter()
        result = method(*arguments)
        seconds.append(time.perf_counter() - begin)
        return result

    return call


def profile(case: Case, kernels_name: str, seconds: float) -> tuple[Sequential, Times, list[float]]:
    """The network as it runs, the times of its layers, and the times of whole training steps."""
    tower = ours.build(case.network, kernels_name)
    if kernels_name == "numba":
        tower = ours.fused(tower)
    prepared = ours.prepare(case, tower, kernels.get(kernels_name))
    for _ in range(3):
        prepared.step()
    times: Times = defaultdict(list)
    for name, step in steps_of(tower).items():
        for method in ("forward", "backward"):
            setattr(step, method, timed(getattr(step, method), times[name, method]))
    return tower, times, measure(prepared.step, seconds)["wall"]


def steps_of(tower: Sequential) -> dict[str, Layer]:
    """What runs, by name. A fused layer has the layers that it replaces as attributes, and is named after the first."""
    names = dict(zip(map(id, tower.layers), tower.names))
    named = {}
    for step in tower.run_layers:
        of = [names[id(layer)] for layer in (step, *vars(step).values()) if id(layer) in names]
        named[of[0] if step in tower.layers else f"{type(step).__name__} {of[0]}"] = step
    return named


def operations(case: Case, tower: Sequential) -> dict[tuple[str, str], int]:
    """Operations of each layer with a product, forward and backward. The first computes no gradient of its input."""
    products = [
        name
        for name, step in steps_of(tower).items()
        if any(isinstance(layer, (Conv2D, Dense)) for layer in (step, *vars(step).values()))
    ]
    counts = {}
    for k, (name, count) in enumerate(zip(products, networks.products(case.network))):
        counts[name, "forward"] = count * case.images
        counts[name, "backward"] = count * case.images * (2 if k else 1)
    return counts


def ms(seconds: list[float]) -> float:
    return 1e3 * statistics.median(seconds)


@click.command("profile", cls=console.Stage)
@click.argument("name", metavar="CASE", type=click.Choice([name for name in CASES if name != "start"]))
@click.option("--kernels", "kernels_name", type=click.Choice(kernels.NAMES), default="numba", show_default=True)
@click.option("--seconds", default=3.0, show_default=True)
def main(name: str, kernels_name: str, seconds: float) -> None:
    """Print where the time of a training step of CASE goes."""
    case = CASES[name]
    tower, times, steps = profile(case, kernels_name, seconds)
    counts = operations(case, tower)
    total = ms(steps)
    rest = total
    click.echo(f"{'layer':24} {'':9} {'ms':>9} {'share':>6} {'GFLOP/s':>8}")
    for layer in steps_of(tower):
        for method in ("forward", "backward"):
            if times[layer, method]:
                t = ms(times[layer, method])
                rest -= t
                speed = number(counts[layer, method] / t / 1e6) if (layer, method) in counts else ""
                click.echo(f"{layer:24} {method:9} {t:9.3f} {t / total:6.1%} {speed:>8}")
    click.echo(f"{'the rest':34} {rest:9.3f} {rest / total:6.1%}")
    click.echo(f"{'a step':34} {total:9.3f} {'':6} {number(case.operations / total / 1e6):>8}")


if __name__ == "__main__":
    main()
