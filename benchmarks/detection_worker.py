"""A detector in its own process, on photos saved as arrays: python -m benchmarks.detection_worker DETECTOR FOLDER.

It answers at once with the faces of the first photo. Then every line of input requests a round, in which each photo is
processed once. The answers are lines of JSON. Only what finding faces needs is imported, since the time to the first
answer is measured.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from pipeline.faces import detection


def main(name: str, folder: str) -> None:
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what TensorFlow prints must not mix with the answers
    paths = sorted(Path(folder).glob("*.npy"))
    find = detection.detector(name).detect_faces
    print(json.dumps({"faces": len(find(np.load(paths[0])))}), file=output, flush=True)
    for _ in sys.stdin:
        seconds, faces = [], 0
        for path in paths:
            picture = np.load(path)  # one at a time, so that kept photos do not count in the peak memory
            begin = time.perf_counter()
            faces += len(find(picture))
            seconds.append(time.perf_counter() - begin)
        print(json.dumps({"seconds": seconds, "faces": faces, "peak_mb": peak_mb()}), file=output, flush=True)


def peak_mb() -> float | None:
    """The largest memory of this process so far, in MB (10^6 bytes); None if the system does not tell it."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main(*sys.argv[1:])
