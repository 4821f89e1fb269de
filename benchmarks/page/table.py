"""The figures as text, beside their targets."""

from benchmarks.page.who import CLIENTS

TARGETS = {
    "photo": {"median": 150, "p95": 300},
    "crop": {"median": 15},
    "first_page": {"median": 100},
    "people": {"median": 1000},
}
PICTURE = 300  # milliseconds until the first picture of a page of /explore
DRAWN = 100  # milliseconds from a step of a training to its picture, for 95 % of them


def table(found: dict) -> str:
    """What benchmarks.page has found, line by line."""
    lines = []
    for kind in (kind for kind in TARGETS if kind in found):
        for figure, most in TARGETS[kind].items():
            lines.append(f"{kind:12}{figure:8}{found[kind][figure]:8.1f} ms   {_judged(found[kind][figure], most)}")
        lines.append(f"{kind:12}{'cpu':8}{found[kind]['cpu']:8.1f} ms")
    for kind, of in found.get("clients", {}).items():
        lines.append(f"{kind:12}{of['one']} answers per second for one client, {of['together']} for {CLIENTS} "
                     f"(x {of['ratio']})")  # fmt: skip
    if "peer" in found:
        lines.append(f"{'peer':12}{'median':8}{found['peer']['median']:8.1f} ms, cpu {found['peer']['cpu']} ms")
    return "\n".join(lines + (_of_explore(found["explore"]) if "explore" in found else []))


def _of_explore(found: dict) -> list[str]:
    lines = ["First picture of a page of /explore, ms:",
             f"{'page':14}{'pictures':>9}{'first':>8}{'later':>8}{'cpu':>8}"
             f"   in Chromium: {'paint':>7}{'whole':>8}{'later':>8}"]  # fmt: skip
    for name, http in found["http"].items():
        tab = (found["browser"] or {}).get(name)
        later = http["later"]
        line = f"{name:14}{http['pictures']:9}{http['first']:8.1f}{later['median']:8.1f}{later['cpu']:8.1f}"
        slowest = [http["first"], later["p95"]]
        if tab:
            line += f"{tab['first']['paint']:23.1f}{tab['first']['whole']:8.1f}{tab['later']['whole']:8.1f}"
            slowest += [tab["first"]["whole"], tab["later"]["whole"]]
        lines.append(f"{line}   {_judged(max(slowest), PICTURE)}")
    if drawn := found["training"]:
        line = f"a training step is drawn after {drawn['median']} ms (median), 95 % within {drawn['p95']} ms, "
        line += f"the slowest of {drawn['steps']} after {drawn['most']} ms"
        lines.append(f"{line}   {_judged(drawn['p95'], DRAWN)}")
    return lines


def _judged(value: float, most: float) -> str:
    return f"{'below' if value < most else 'NOT below'} {most} ms"
