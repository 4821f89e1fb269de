"""A threshold for the people at hand: the people of a gallery are strangers to each other.

The threshold that is stored with a model was chosen on other people, before other cameras. What a stranger looks like to
the gallery at hand can be read from that gallery: a photo of one of its G people, asked about the OTHER people, is answered
as a stranger's photo would be. d[i,k] is the distance of photo i to person k, who is not its own (by the rule `mean` or
`nearest`); a is the share of strangers that may be accepted. Two readings of the same distances:

    e = the a-quantile over the photos i of  min_k d[i,k]                                              (1)
    s = m (1 + c q),   m = mean of d,   q = Phi^-1(1 - (1 - a)^(1/G))                                  (2)

(1) assumes nothing, but of few photos a quantile is little more than the smallest value. (2) takes the distances of
strangers for normal, with a standard deviation that is the share c of their mean, and those to the G people for
independent: then F(t) = Phi((t / m - 1) / c), and 1 - (1 - F(s))^G = a. m is known well from a few people already, and G
in q makes a threshold stricter as the gallery grows. c was .17 to .20 wherever it was measured: people that were not trained,
of ORL and of web photos, by models of either, with aligned faces and without. (The spread of one small gallery is a worse
judge of c than that: it misses the look-alikes.) The more photos, the more (1) counts; with N photos,

    t = (N e + 60 s) / (N + 60)                                                                        (3)

For two people m is one distance, for one person there is none. The threshold t0 that the model keeps for a gallery of G0
people says by (2) what m0 the model expects, and is worth as much as 4 of the G (G - 1) / 2 pairs of people:

    m0 = t0 / (1 + c q(G0)),    m = (G (G - 1) / 2 * mean of d + 4 m0) / (G (G - 1) / 2 + 4)           (4)

So a gallery of one person gets the model's own threshold, brought to its size.

Measured (3 photos a person, 200 random galleries, a = 5 %; the share of strangers that was accepted): ORL model on 7 or 8
celebrities 5 to 10 %, model of celebrities on 10 or 26 people of ORL 4 to 6 %, where the stored thresholds accepted 0.4 and
43 %. With (1) alone 14 and 13 % of strangers came in; with its noise it also named a tenth fewer people than a fixed threshold
that accepts as many strangers. The distances to a cohort, people that are stored with the model, tell less than m0: photos
of another camera lie farther from a cohort than from each other.

People that the network was trained on are pushed apart from each other, strangers are not pushed away from them as far. For
them none of this holds, and the stored threshold stays.
"""

from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np

from pipeline.recognise.gallery import Snapshot
from siamese_np import metrics

SPREAD = 0.175  # c in (2)
WORTH = 60  # photos, in (3)
PAIRS = 4  # of people, in (4)
ASKED = 500  # photos of a large gallery that are asked about the other people


def quantile_of_one(far: float, people: int) -> float:
    """q of (2): where the distance to one person may begin, in standard deviations from the mean."""
    return NormalDist().inv_cdf(1 - (1 - far) ** (1 / people))


def for_size(threshold: float, far: float, from_people: int, to_people: int) -> float:
    """A threshold for a gallery of `from_people`, as it must be for `to_people` to accept the same share of strangers."""
    return threshold * _factor(far, to_people) / _factor(far, from_people)


def threshold(among: "Among", model: float, model_people: int, far: float) -> float:
    """t of (3). model: the threshold t0 that is stored with the model, for a gallery of model_people (G0)."""
    alone = for_size(model, far, model_people, among.people)
    if among.people == 1:
        return alone
    pairs = among.people * (among.people - 1) / 2
    expected = alone / _factor(far, among.people)  # m0 of (4)
    mean = (pairs * among.mean + PAIRS * expected) / (pairs + PAIRS)  # (4)
    read = mean * _factor(far, among.people)  # s, (2)
    count = len(among.nearest)
    return float((count * np.quantile(among.nearest, far) + WORTH * read) / (count + WORTH))  # (1), (3)


def _factor(far: float, people: int) -> float:
    return 1 + SPREAD * quantile_of_one(far, people)
