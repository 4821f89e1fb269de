"""How large the output of a layer is, and how many numbers it has learnt, as sums that one can do by hand."""

from siamese_np.trace import Step

AXES = ("rows", "columns")


def rule(step: Step) -> str:
    """How rows and columns of the output follow from those of the input, for a convolution or a pooling; else ""."""
    kind = type(step.layer).__name__
    if kind == "Conv2D":
        return ", ".join(
            f"{name}: ({n} + 2 · {pad} − {k}) // {stride} + 1 = {out}"
            for name, n, pad, k, stride, out in zip(
                AXES, step.x.shape[2:], step.layer.padding, step.layer.kernel_size, step.layer.stride, step.y.shape[2:]
            )
        )
    if kind == "MaxPool2D" and step.layer.config["padding"] == "valid":
        return ", ".join(
            f"{name}: ({n} − {pool}) // {stride} + 1 = {out}"
            for name, n, pool, stride, out in zip(
                AXES, step.x.shape[2:], step.layer.pool_size, step.layer.stride, step.y.shape[2:]
            )
        )
    return ""


def learnt(step: Step) -> str:
    """ "16 · 1 · 3 · 3 + 16 = 160", of the parameters of a layer; "" for a layer without any."""
    if not step.params:
        return ""
    parts = [" · ".join(map(str, values.shape)) for values in step.params.values()]
    return f"{' + '.join(parts)} = {count(step):,}"


def count(step: Step) -> int:
    """The numbers that a layer has learnt."""
    return sum(values.size for values in step.params.values())
