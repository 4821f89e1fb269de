"""The command line of `python -m siamese_np.gradcheck [numpy|numba|both]`."""

import sys

from siamese_np.gradcheck import table


def main() -> None:
    chosen = sys.argv[1:] or ["both"]
    if len(chosen) != 1 or chosen[0] not in table.CHOICES:
        print(f"usage: python -m siamese_np.gradcheck [{'|'.join(table.CHOICES)}]", file=sys.stderr)
        sys.exit(2)
    sys.exit(0 if table.report(chosen[0]) else 1)


if __name__ == "__main__":
    main()
