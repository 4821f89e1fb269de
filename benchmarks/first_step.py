"""From the start of a process to the end of its first training step: python -m benchmarks.first_step MODULE THREADS.

Prints the CPU seconds that the process has used by then.
"""

import sys
import time

from benchmarks.cases import CASES
from benchmarks.worker import load, own_output


def main() -> None:
    case = CASES["start"]
    module, threads = sys.argv[1:]
    with own_output() as output:
        build = next(iter(load(module, int(threads)).settings(case).values()))
        build().step()
        print(time.process_time(), file=output, flush=True)


if __name__ == "__main__":
    main()
