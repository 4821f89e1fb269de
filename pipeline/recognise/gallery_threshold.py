"""A threshold for the people at hand: the people of a gallery are strangers to each other.

The threshold that is stored with a model was chosen on other people, in front of other cameras. How a stranger looks to the
gallery at hand can be read from that gallery: a photo of one of its G people, asked about the OTHER people, is answered as a
stranger's photo would be. d[i,k] is the distance of photo i to person k, who is not its own (by a rule of rules.py); a is the
share of strangers that may be accepted. The same distances are read in two ways:

    F(e) = 1 - (1 - a)^((G-1)/G),   F(t) = share of photos i with  min_k d[i,k] < t                    (1)
    s = m (1 + c q(G)),   m = mean of d,   q(G) = Phi^-1(1 - (1 - a)^(1/G))                            (2)

(1) assumes nothing, except that one person more makes the minimum smaller as independent distances would. Of N values, the
k-th smallest has k / (N + 1) of further values below it, so of few photos e is little more than the smallest one. (2) takes
the distances of strangers for normal, with a standard deviation of c times their mean, and those to the G people for
independent: the probability that one is below s is Phi((s / m - 1) / c), and 1 - (1 - that)^G = a. A few people are enough
to know m. For c more are needed, since few people miss those who look alike. With c' from the distances d themselves, of which
only the people are independent, and c0 of the space of the embeddings (spaces.py), which is worth 20 of the P = G (G - 1) / 2
pairs of people,

    c' = sqrt(G / (G - 1)) std(d) / m,   c = (P c' + 20 c0) / (P + 20)                                 (3)

Of two people m is one distance, of one person there is none. So s is drawn towards the threshold t0 that the model keeps for
a gallery of G0 people. By (2) t0 becomes stricter for more people than G0. For fewer it is loosened only in a whitened space,
where m is nearly the same for every camera: in another, t0 was not chosen for this one. What a gallery knows of strangers, it
knows from its P pairs of people: who looks like whom. t0 is worth 10 of them, and (2) is worth 150 where (1) is asked:

    t0' = t0 (1 + c q(G)) / (1 + c0 q(G0)),   s' = (P s + 10 t0') / (P + 10)                           (4)
    t = (P e + 150 s') / (P + 150)                                                                     (5)

Measured, a = 5 %, by the rule `both`, the share of strangers that was accepted. Five whitened models of 15 people of ORL on 20
others: galleries of 13 people with 5, 3 and 1 photos each 7, 7 and 7 % (mean of the models; the models alone 4 to 9), 5 people 7,
2 people 5, 1 person 6 %. The same models on celebrities: 7 people with 3 and 1 photos 5 and 5 %, 2 people 6, 1 person 7 %.
Between 95 and 100 % as many photos were named right as by a fixed threshold with as many false accepts, which nobody can know.
Models without whitening, by the rule `mean`: five of ORL on celebrities 4 to 13 %, two of celebrities on ORL 3 and 4 % (stored
thresholds 47 and 65 %). There, with (1) alone 13 and 14 % of strangers were accepted, and its noise from gallery to gallery
cost a tenth of the right names. A cohort, people whose embeddings are stored with the model, tells less than t0: photos of
another camera are farther from a cohort than from each other.

None of this holds for people that the network was trained on. They are pushed apart from each other, and strangers are
not pushed as far away from them: for them the stored threshold stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from pipeline.recognise import rules
from pipeline.recognise.gallery import Snapshot
from pipeline.recognise.spaces import PLAIN, Space
from siamese_np import metrics

FAR = 0.05  # a: the share of strangers that a gallery may accept
MODEL_WORTH = 10  # pairs of people, in (4)
NORMAL_WORTH = 150  # pairs of people, in (5)
SPREAD_WORTH = 20  # pairs of people, in (3)
ASKED = 500  # photos of a large gallery that are asked about the other people


@dataclass(frozen=True)
class Among:
    """What a gallery of `people` says of strangers and of its own. nearest (n,): distances of photos to the nearest OTHER
    person; mean: of the distances to all other people, in which every two people count alike; spread: c' of (3); own (n',): distances of photos to
    the rest of their own person, where there is a rest."""

    people: int
    nearest: np.ndarray
    mean: float
    spread: float
    own: np.ndarray


def snapshot_of(z: np.ndarray, owners: np.ndarray, names: Sequence[str], unit_length: bool = True) -> Snapshot:
    """A gallery of embeddings z (N, D), of the people `owners` (N,), positions in `names`, without files."""
    order = np.argsort(owners, kind="stable")
    known, means = metrics.mean_embeddings(z, owners, unit_length)
    starts = np.searchsorted(owners[order], known)
    return Snapshot(tuple(names[person] for person in known), (), z[order], means, starts, ())


@lru_cache(maxsize=8)
def among(snapshot: Snapshot, rule: str) -> Among:
    """The gallery asked about its own photos (about ASKED of them, evenly chosen, where they are more)."""
    count, people = len(snapshot.embeddings), len(snapshot.people)
    rows = np.unique(np.linspace(0, count - 1, min(count, ASKED)).astype(int))
    owner = np.searchsorted(snapshot.starts, rows, side="right") - 1
    photos = np.diff(np.append(snapshot.starts, count))
    others, sums, own = [], np.zeros(people), []
    # means are scaled back to the sphere where embeddings lie on it
    unit_length = np.allclose(np.linalg.norm(snapshot.means, axis=1), 1, atol=1e-3)
    for row, person in zip(rows, owner):
        z, first = snapshot.embeddings[row], snapshot.starts[person]
        d, _ = snapshot.distances(z, rule)
        if photos[person] > 1:
            rest = np.delete(snapshot.embeddings[first : first + photos[person]], row - first, axis=0)
            own.append(rules.to_rest(rule, z, rest, unit_length))
        if people > 1:
            d = np.delete(d, person)
            others.append(d)
            sums[person] += d.mean()
    asked = np.bincount(owner, minlength=people)
    mean = float(np.mean(sums[asked > 0] / asked[asked > 0]))
    d = np.array(others)  # (n, people - 1), empty for one person
    if people == 1:
        return Among(people, d, mean, 0.0, np.array(own))
    nearest, spread = d.min(1), float(np.sqrt(people / (people - 1)) * d.std() / max(d.mean(), 1e-12))  # (3)
    return Among(people, nearest, mean, spread, np.array(own))


def threshold(among: Among, model: float, model_people: int, space: Space = PLAIN) -> float:
    """t of (5). model: the threshold t0 that is stored with the model, for a gallery of model_people (G0)."""
    people = among.people
    pairs = people * (people - 1) / 2
    spread = (pairs * among.spread + SPREAD_WORTH * space.spread) / (pairs + SPREAD_WORTH)  # (3)
    factor = _factor(people, spread) / _factor(model_people, space.spread)
    stored = model * (factor if space.carries else min(1.0, factor))
    if people == 1:
        return stored
    read = (pairs * normal(among.mean, people, spread) + MODEL_WORTH * stored) / (pairs + MODEL_WORTH)  # (2), (4)
    share = 1 - (1 - FAR) ** ((people - 1) / people)
    smallest = float(np.quantile(among.nearest, share, method="weibull"))  # (1)
    return (pairs * smallest + NORMAL_WORTH * read) / (pairs + NORMAL_WORTH)  # (5)


def normal(mean: float, people: int, spread: float) -> float:
    """s of (2): the threshold for so many people, where strangers have this mean distance to each; spread: c."""
    return mean * _factor(people, spread)


def expected_far(distance: float, threshold: float, people: int, spread: float) -> float:
    """The share of strangers nearer to one person than `distance`, by (2), where `threshold` is right for so many people."""
    mean = max(threshold / _factor(people, spread), 1e-12)
    return NormalDist().cdf((distance / mean - 1) / spread)


def _factor(people: int, spread: float) -> float:
    return 1 + spread * NormalDist().inv_cdf(1 - (1 - FAR) ** (1 / people))
