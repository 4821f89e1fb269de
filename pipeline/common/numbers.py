"""Numbers in messages: two that differ also look different."""

MOST_DIGITS = 17  # after the point; beyond them two floats between .1 and 1 can't differ


def apart(a: float, b: float, digits: int = 2) -> tuple[str, str]:
    """`a` and `b` with `digits` digits after the point, or with as many more as it takes for the two to look different.

    A message that compares a value with a threshold prints both by this function: .9496 and .95 become "0.9496" and
    "0.9500", not "0.95" and "0.95". Two equal numbers look equal.
    """
    for count in range(digits, MOST_DIGITS + 1):
        texts = f"{a:.{count}f}", f"{b:.{count}f}"
        if a == b or texts[0] != texts[1]:
            return texts
    return repr(float(a)), repr(float(b))  # both are tiny
