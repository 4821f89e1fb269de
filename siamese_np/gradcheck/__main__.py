"""The command line of `python -m siamese_np.gradcheck [numpy|numba|both]`."""

import os
import sys

from siamese_np.gradcheck import table


def main() -> None:
    chosen = sys.argv[1:] or ["both"]
    if len(chosen) != 1 or chosen[0] not in table.CHOICES:
        print(f"usage: python -m siamese_np.gradcheck [{'|'.join(table.CHOICES)}]", file=sys.stderr)
        sys.exit(2)
    try:
        is_right = table.report(chosen[0])
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads any more, as with | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the interpreter's last flush fails
        sys.exit(1)
    sys.exit(0 if is_right else 1)


if __name__ == "__main__":
    main()
