"""Plant faults in a copy of the code, one at a time, and show which test catches each and the first line of its message.

    python tests/plant_faults.py                 # all of them, about a quarter of an hour: compiled code is compiled again
    python tests/plant_faults.py Adam Winograd   # those with one of these words in their name

A test suite is worth what it catches. Each fault below is a mistake that people make: a wrong sign, a missing term, a
swapped axis, a border, a tie or a missing correction, in plain, compiled, fused and Winograd code. The exit code is 1
if a fault survives. tests/test_plant_faults.py holds the list to the code: every fault must still fit where it is planted.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
COPIED = ("siamese_np", "pipeline", "webapp", "tests", "setup.cfg")
COMPILED, FUSED = "siamese_np/kernels/compiled", "siamese_np/fused"


@dataclass(frozen=True)
class Fault:
    """In `file`, the code `right`, which stands there exactly once, becomes `wrong`."""

    name: str
    file: str
    right: str
    wrong: str


FAULTS = (
    # plain
    Fault("Dense: the bias is forgotten", "siamese_np/layers/dense.py", '+ self.params["bias"]', ""),
    Fault("ReLU: the gradient passes a closed unit", "siamese_np/layers/relu.py", "return dy * (y > 0)", "return dy * (y >= 0)"),
    Fault("BatchNorm: dx without its last term", "siamese_np/layers/batchnorm.py", "dx -= db / entries", "pass"),
    Fault("BatchNorm: the running variance is biased", "siamese_np/layers/batchnorm.py",
          "entries / (entries - 1)", "1"),
    Fault("L2Normalize: the projection is forgotten", "siamese_np/layers/l2normalize.py",
          "dy - y * radial", "dy"),
    Fault("distance: the sign of db", "siamese_np/distance.py", "return da, -da", "return da, da"),
    Fault("loss: power 1 pushes beyond the margin", "siamese_np/losses.py", "-(d < self.margin).astype(d.dtype)", "-1"),
    Fault("loss: the gradient is a sum, not a mean", "siamese_np/losses.py", "return 2 / len(d) * ", "return 2 * "),
    Fault("siamese: an image keeps only its last pair", "siamese_np/siamese.py", "np.add.at(dz, i, da)", "dz[i] += da"),
    Fault("NumPy convolution: strides swapped on the way back", "siamese_np/kernels/reference.py",
          "(sy, sx), (top, left) = stride, padding\n    columns", "(sx, sy), (top, left) = stride, padding\n    columns"),
    Fault("NumPy convolution: padding swapped on the way back", "siamese_np/kernels/reference.py",
          "left : left + width].copy(), dweight", "top : top + width].copy(), dweight"),
    Fault("NumPy pooling: a tie pays twice", "siamese_np/kernels/reference.py",
          "+= dy * (winner == cell)", "+= dy * (winner >= cell)"),
    Fault("mining: an image is its own positive", "siamese_np/mining.py", "same_person & ~itself", "same_person"),
    Fault("Adam in NumPy: no bias correction", "siamese_np/optimizers.py",
          "step_size = learning_rate / (1 - beta1**t)", "step_size = learning_rate"),
    Fault("whitening: the mean stays", "siamese_np/whitening.py", "return weight, -mean @ weight", "return weight, 0 * mean"),
    Fault("whitening: no shrinkage", "siamese_np/whitening.py", " + shrinkage * np.eye(len(covariance))", ""),
    # compiled
    Fault("Adam compiled: no bias correction", f"{COMPILED}/optimizers.py",
          "learning_rate / (1 - beta1**t), 1 / (1 - beta2**t)", "learning_rate, 1.0"),
    Fault("Adam compiled: the sign", f"{COMPILED}/optimizers.py", "w[i] -= step_size", "w[i] += step_size"),
    Fault("RMSprop compiled: the sign", f"{COMPILED}/optimizers.py",
          "w[i] -= learning_rate * g[i]", "w[i] += learning_rate * g[i]"),
    Fault("SGD compiled: the sign", f"{COMPILED}/optimizers.py",
          "w[i] -= learning_rate * velocity[i]", "w[i] += learning_rate * velocity[i]"),
    Fault("compiled strided convolution: strides swapped on the way back", f"{COMPILED}/strided.py",
          "_backward(dy, xp, weight, *stride, ", "_backward(dy, xp, weight, *stride[::-1], "),
    Fault("compiled pooling: the last of equal cells wins", f"{COMPILED}/maxpool2d.py",
          "if d > value:", "if d >= value:"),
    Fault("team: the caller leaves a kernel before its helpers", f"{COMPILED}/team.py",
          "if thread == 0:\n            close(team)", "if thread < 0:\n            close(team)"),
    Fault("team: a part of the work is left out", f"{COMPILED}/team.py",
          "return part * number // parts, ", "return part * number // parts + part % 2, "),
    Fault("inference keeps what it made of weights that have changed", f"{FUSED}/conv_pool.py",
          "if kept.dtype != weight.dtype or not np.array_equal(kept, weight):", "if not len(kept):"),
    Fault("wide Dense: a wrong weight in the gradient of the input", f"{COMPILED}/dense.py", "b2 += v * s", "b2 += v * r"),
    Fault("direct convolution: a wrong weight", f"{COMPILED}/direct.py", "d += w12 * x", "d += w11 * x"),
    Fault("direct gradient: a missing product", f"{COMPILED}/direct_gradient.py", "a2 += dy * x2 + dy_next * x3", "a2 += dy * x2"),
    # fused
    Fault("fused BatchNorm: a missing term", f"{FUSED}/moments.py", " / entries - slope * m", " / entries"),
    Fault("fused BatchNorm: dw without the mean", f"{FUSED}/moments.py", " - m * db) / s", ") / s"),
    Fault("fused BatchNorm: parts of the batch weigh alike", f"{FUSED}/moments.py",
          "m = (n * means).sum(0) / entries", "m = means.mean(0)"),
    Fault("fused ReLU and BatchNorm: the ReLU does not close", f"{COMPILED}/batchnorm.py",
          "target[i] = value if not relu or source[i] > zero else zero", "target[i] = value"),
    Fault("fused pooling: gaps between images are read", f"{COMPILED}/block_pooling.py",
          "(slope * y[i] + offset) * valid[i]", "(slope * y[i] + offset)"),
    Fault("fused dropout: the scale is lost on the way back", f"{FUSED}/conv_pool.py",
          "np.full(filters, dropout_scale, x.dtype)", "np.ones(filters, x.dtype)"),
    # Winograd
    Fault("Winograd: a sign in the transform of the input", f"{COMPILED}/winograd.py",
          "v[i + 9 * LINE_STRIDE] = t20 - t10, t21 - t11", "v[i + 9 * LINE_STRIDE] = t10 - t20, t21 - t11"),
    Fault("Winograd: a sign in the transform of the upstream", f"{COMPILED}/winograd.py",
          "= a, a + b, a - b, -b", "= a, a + b, a - b, b"),
    Fault("Winograd: a sign in the transform back", f"{COMPILED}/winograd.py",
          "bias_f + t01 - t02 - t03", "bias_f + t01 - t02 + t03"),
    Fault("Winograd: later channels replace earlier ones", f"{COMPILED}/winograd_products.py",
          "sums[i] += a0 * q", "sums[i] = a0 * q"),
)  # fmt: skip


def copy_of_the_code(folder: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)


def first_failure(folder: Path) -> tuple[str, str] | None:
    """The first test of siamese_np that fails in a copy, and the first line of its message; None where all pass.

    A fault in compiled code may write beside an array and end the process: then it is the test that was running.
    """
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=short", "-p", "no:cacheprovider", "tests/siamese_np"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if result.returncode == 0:
        return None
    if result.returncode < 0:
        running = re.search(r'File "(?:.*/)?(tests/\S+)", line \d+ in (test_\w+)', result.stderr)
        fatal = re.search(r"^Fatal Python error: (.+)", result.stderr, re.MULTILINE)
        return "::".join(running.groups()) if running else "the tests", fatal[0] if fatal else "the process was ended"
    failed = re.search(r"^FAILED (.+?)(?: - .*)?$", result.stdout, re.MULTILINE)
    if not failed:
        sys.exit(f"the tests do not run in a copy of the code:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
    # pytest marks the lines of a message with an E; NumPy leaves the first one empty
    message = re.search(r"^E +(?!AssertionError: *$)(\S.*)", result.stdout, re.MULTILINE)
    return failed[1], message[1] if message else "no message"


def plant(fault: Fault, folder: Path) -> None:
    path = folder / fault.file
    path.write_text(path.read_text(encoding="utf-8").replace(fault.right, fault.wrong), encoding="utf-8")


def main(words: list[str]) -> int:
    chosen = [fault for fault in FAULTS if not words or any(word.lower() in fault.name.lower() for word in words)]
    survived = 0
    for number, fault in enumerate(chosen, 1):
        with tempfile.TemporaryDirectory() as folder:
            copy_of_the_code(Path(folder))
            plant(fault, Path(folder))
            found = first_failure(Path(folder))
        print(f"{number} of {len(chosen)}  {fault.name}  ({fault.file})")
        print(f"    {found[0]}\n    {found[1]}" if found else "    SURVIVED: no test of siamese_np fails", flush=True)
        survived += found is None
    print(f"{len(chosen)} faults planted, {len(chosen) - survived} caught, {survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
