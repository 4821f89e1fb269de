"""Analytic and numerical gradients side by side. The address holds what is checked, the step, the array, the place of
the ReLU, and four images that are normalised (first, add, norm, dy)."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from siamese_np.gradcheck.mistakes import MISTAKES
from siamese_np.gradcheck.network_cases import NETWORKS
from webapp.explore.common import jobs, state
from webapp.explore.gradcheck import checks, drawn, kink, norm, words

blueprint = Blueprint("gradcheck", __name__, url_prefix="/gradcheck")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    name, exponent = _name(), _exponent()
    # the verdict is that of the check, with its own step; the chosen step shows what would come out with it
    verdicts, checked = checks.found(name, checks.USUAL), checks.found(name, exponent)
    mistake = MISTAKES.get(name.removeprefix(checks.WRONG)) if name.startswith(checks.WRONG) else None
    of = _of(name, mistake.wrong if mistake else None)
    curve = checks.curve(name, of)
    place = state.whole("kink", 0, -kink.REACH, kink.REACH)
    first, added = (state.whole(name, start, -norm.REACH, norm.REACH) for name, start in (("first", 1), ("add", 0)))
    mode, upstream = state.choice("norm", norm.MODES, "batch"), state.choice("dy", tuple(norm.UPSTREAMS), "random")
    return render_template(
        "explore/gradcheck/page.html",
        name=name,
        title=mistake.what if mistake else name,
        groups=checks.GROUPS,
        is_network=name in NETWORKS,
        exponent=exponent,
        of=of,
        mistakes=MISTAKES,
        mistake=mistake,
        mistake_name=name.removeprefix(checks.WRONG),
        complete=None not in (verdicts, checked, curve),
        verdicts=verdicts,
        checked=checked,
        curve=curve,
        kink=kink.at(place),
        reach=kink.REACH,
        norm=norm.at(first, added, mode, upstream),
        norm_first=first,
        norm_add=added,
        norm_mode=mode,
        norm_dy=upstream,
        drawn=drawn,
        words=words,
        WRONG=checks.WRONG,
    )


@blueprint.get("/run")
def run() -> Response:
    """Check a network."""
    name, exponent = _name(), _exponent()
    of = _of(name, None)
    return jobs.stream(
        "gradcheck", lambda job: checks.work(name, exponent, of, job), at_once=2, seconds=60, size=checks.BYTES
    )


def _name() -> str:
    return state.choice("check", checks.NAMES, checks.DEFAULT)


def _exponent() -> int:
    return state.whole("h", checks.USUAL, 1, 12)


def _of(name: str, first: str | None) -> str:
    """The array of the address, else `first`, else the first one."""
    arrays = tuple(checks.ask(name).arrays)
    return state.choice("of", arrays, first or arrays[0])
