"""The time of each way as it is used: the kernels of siamese_np with many channels and filters, one image, one core."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from webapp.explore.common import kept
from webapp.explore.common.jobs import Event

CHANNELS = (4, 16, 64)  # and as many filters
SIZE = (56, 46)
TIMES = 5  # the best of them counts
BYTES = 50_000_000


@dataclass(frozen=True)
class Measured:
    """seconds: way -> the shortest time; difference: way -> the largest difference from the first way, float32."""

    channels: int
    seconds: dict[str, float]
    difference: dict[str, float]


def found(channels: int) -> Measured | None:
    """What was measured, None where nobody has yet."""
    return kept.results().find("convolution-times", channels)


def work(channels: int) -> Iterator[Event]:
    """Measure all ways with so many channels and filters. Yields events; the result is kept."""
    yield "progress", {"says": "Getting the kernels ready …"}
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, channels, *SIZE), np.float32)
    weight = rng.standard_normal((channels, channels, 3, 3), np.float32)
    bias = np.zeros(channels, np.float32)
    seconds, results = {}, {}
    ways = _ways(x, weight, bias)
    for done, (name, way) in enumerate(ways.items()):
        results[name] = way()  # the first time also takes what is only needed once
        taken = []
        for _ in range(TIMES):
            yield "progress", {"done": done, "of": len(ways), "says": f"{done + 1} of {len(ways)}"}
            begin = time.perf_counter()
            way()
            taken.append(time.perf_counter() - begin)
        seconds[name] = min(taken)
    difference = {name: float(np.abs(y - results["window"]).max()) for name, y in results.items()}
    kept.results().get("convolution-times", channels, lambda: Measured(channels, seconds, difference))
    yield "result", {"seconds": seconds}


def _ways(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
    from siamese_np.kernels import reference  # Numba takes a second to be loaded: not before somebody asks
    from siamese_np.kernels.compiled import conv2d, strided, winograd

    one, border = (1, 1), (1, 1)

    def written(compute: Callable[[np.ndarray], None]) -> Callable[[], np.ndarray]:
        def run() -> np.ndarray:
            y = np.empty((1, len(weight), *SIZE), x.dtype)
            compute(y)
            return y

        return run

    nothing = np.empty((0, 0, 0), x.dtype)  # in the place of transformed weights: the direct convolution
    return {
        "window": written(lambda y: strided.strided_forward(x, weight, bias, one, border, y)),
        "columns": lambda: reference.conv2d_forward(x, weight, bias, one, border),
        "lines": written(lambda y: conv2d.forward_on_phases(x, weight, nothing, bias, border, y)),
        "winograd": written(
            lambda y: conv2d.forward_on_phases(x, weight, winograd.transform_weights(weight), bias, border, y)
        ),
    }
