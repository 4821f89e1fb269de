"""A plain network and its fused form, compared after one training step; the message says which of them is wrong.

The plain network runs on the NumPy kernels, the fused one on the compiled: they share no loop. A gradient is judged by
the numeric gradient of the same network's own output, an output by the plain layers on compiled kernels. Both are
computed for the worst entry alone, and only where the comparison fails.
"""

import numpy as np

from siamese_np import kernels, threads
from siamese_np.fusion import fuse
from siamese_np.layers import BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Sequential

COMPILED = kernels.get("numba")
H = 1e-5  # the step of the numeric gradient


def block(filters, size, padding=0, norm=False, rate=0, channels=2, kernel=3, dtype=np.float64, outputs=3):
    """A network of Conv2D, BatchNorm where `norm`, ReLU, MaxPool2D, Dropout where `rate`, Flatten and Dense."""
    rng = np.random.default_rng(1)
    oh, ow = (n + 2 * padding - k + 1 for n, k in zip(size, (kernel, kernel) if isinstance(kernel, int) else kernel))
    layers = [Conv2D(channels, filters, kernel, padding=padding, rng=rng, kernels=COMPILED, dtype=dtype)]
    layers[0].params["bias"][...] = rng.standard_normal(filters)
    if norm:
        layers.append(BatchNorm(filters, dtype=dtype))
        layers[-1].params["weight"][...] = rng.standard_normal(filters)  # some scales are negative
        layers[-1].params["bias"][...] = rng.standard_normal(filters)
    layers += [ReLU(), MaxPool2D(2, kernels=COMPILED)]
    if rate:
        layers.append(Dropout(rate, rng=rng))
    return Sequential([*layers, Flatten(), Dense(filters * (oh // 2) * (ow // 2), outputs, rng=rng, dtype=dtype)])


def spoil_workspace():
    """Fill the workspaces with NaN: kernels that read what they did not write will have NaN in their results."""
    for kept in vars(threads._thread_local).get("workspaces", {}).values():
        kept[:] = np.nan


def upstream(y):
    return np.random.default_rng(3).standard_normal(y.shape).astype(y.dtype)


def training_step(network, x):
    """Output y, input gradient dx, and all gradients and state of a network after a training step."""
    spoil_workspace()
    y = network.forward(x, train=True)
    dy = upstream(y)
    spoil_workspace()
    return {"y": y, "dx": network.backward(dy), **network.grads, **network.state}


def plain(network):
    """The same network on the NumPy kernels."""
    for layer in network.layers:
        if hasattr(layer, "kernels"):
            layer.kernels = kernels.get("numpy")
    return network


def fused(network):
    return fuse(network, input_gradient=True)


def assert_same_training_step(make, x, tolerance):
    """make() gives the same network each time, on compiled kernels.

    tolerance: a share of the largest number of an array, or of 1 where that is more.
    """
    plain_step, fused_step = training_step(plain(make()), x), training_step(fused(make()), x)
    assert plain_step.keys() == fused_step.keys()
    for name, array in plain_step.items():
        other = fused_step[name]
        assert other.dtype == array.dtype and other.shape == array.shape
        bad = ~np.isclose(other, array, rtol=0, atol=tolerance * max(np.abs(array).max(), 1), equal_nan=True)
        if bad.any():
            distance = np.where(bad, np.nan_to_num(np.abs(other - array), nan=np.inf), -1)
            at = tuple(map(int, np.unravel_index(distance.argmax(), array.shape)))
            values = f"{name}{list(at)} is {array[at]:.9g} in the plain network and {other[at]:.9g} in the fused one"
            counts = f"{bad.sum()} of {bad.size} entries differ"
            raise AssertionError(f"{values}; {counts}. {_verdict(make, x, name, at)}")


def _verdict(make, x, name, at):
    """Which of the two is wrong in entry `at` of what is called `name`."""
    if name == "y":
        return f"The plain layers on compiled kernels give {make().forward(x, train=True)[at]:.9g}."
    if name in make().state:
        return "It is a state, which no gradient can judge: see the forward of BatchNorm and fused/moments.py."
    judged = []
    for kind, build in (("plain", lambda: plain(make())), ("fused", lambda: fused(make()))):
        analytic, numeric = training_step(build(), x)[name][at], _numeric(build, x, name, at)
        verdict = "right" if abs(analytic - numeric) <= 1e-6 * max(abs(analytic), abs(numeric), 1) else "WRONG"
        judged.append(f"The gradient of the {kind} network is {verdict}: its numeric gradient is {numeric:.9g}.")
    return " ".join(judged)


def _numeric(build, x, name, at):
    """The central difference of sum(dy y) for one entry of x (dx) or of a parameter; each forward on a new network."""

    def loss(step):
        network, moved = build(), x.copy()
        (moved if name == "dx" else network.params[name])[at] += step
        y = network.forward(moved, train=True)
        return np.sum(upstream(y) * y)

    return (loss(H) - loss(-H)) / (2 * H)
