"""All cases, one after another, as a table or as JSON."""

import json
from collections.abc import Iterator

from siamese_np import kernels
from siamese_np.gradcheck import fused_cases, layer_cases, network_cases
from siamese_np.gradcheck.cases import Case
from siamese_np.gradcheck.check import TOLERANCE, Comparison

CHOICES = (*kernels.NAMES, "both")


def cases(kernels_name: str) -> list[Case]:
    """The cases of "numpy", of "numba" with the fused layers, or of "both", each once.

    Raises ImportError where the kernels are missing.
    """
    found: dict[tuple[str, str], Case] = {}
    for name in kernels.NAMES if kernels_name == "both" else (kernels_name,):
        fused = fused_cases.cases() if name == "numba" else []
        for case in (*layer_cases.cases(name), *fused, *network_cases.cases(name)):
            found.setdefault((case.name, case.implementation), case)
    return list(found.values())


def rows(kernels_name: str) -> Iterator[tuple[Case, Comparison]]:
    for case in cases(kernels_name):
        for comparison in case.check():
            yield case, comparison


def line(case: Case, c: Comparison) -> str:
    """One row of the table. Where a gradient is not correct, it shows where, and both values."""
    row = f"{case.name:36} {case.implementation:15} {c.of:18} {str(c.shape):16} {c.error:9.1e}  {c.verdict}"
    if not c.correct:
        row += f"  at {c.index}: analytic {c.analytic:.6g}, numeric {c.numeric:.6g}"
    return row


def report(kernels_name: str = "both", as_json: bool = False) -> bool:
    """Print the table, or one JSON object, on standard output; True where every gradient is correct."""
    found = []
    if not as_json:
        print(f"{'case':36} {'implementation':15} {'gradient of':18} {'shape':16} {'error':>9}  verdict")
    for case, c in rows(kernels_name):
        found.append({"layer": case.name, "implementation": case.implementation, "gradient_of": c.of,
                      "shape": list(c.shape), "error": c.error, "correct": c.correct, "verdict": c.verdict,
                      "index": list(c.index), "analytic": c.analytic, "numeric": c.numeric})  # fmt: skip
        if not as_json:
            print(line(case, c), flush=True)
    wrong = sum(not row["correct"] for row in found)
    if as_json:
        print(json.dumps({"kernels": kernels_name, "tolerance": TOLERANCE, "wrong": wrong, "rows": found}))
    else:
        print(f"{len(found)} gradients, {wrong} wrong (an error below {TOLERANCE:.0e} is correct)")
    return wrong == 0
