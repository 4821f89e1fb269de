"""A contender that does no work: its loss just falls."""

import itertools

from benchmarks import networks
from benchmarks.cases import Case
from benchmarks.contenders import Prepared, Settings


def use_threads(threads: int) -> None:
    print("frameworks print what they like, also on standard output")


def settings(case: Case) -> Settings:
    losses = (1 / n for n in itertools.count(1))
    return {"idle": lambda: Prepared(lambda: next(losses), networks.parameters(case.network))}
