"""Where "the same person" ends: the distance beyond which the answer is "unknown".

`choose` runs at the end of a training, `for_gallery` at each question. The probes that choose a threshold t are
photos that the network was not trained on (the validation part), compared by the very rule that will use it:

    pair                   two photos, one distance
    both, mean, nearest    a probe against each person of a gallery (rules.py)

A pair is "the same person" where that is more likely than not. Both kinds of pair count alike, however many there are of
each, so t lies where the densities of their distances cross. Each density is taken to be normal in log d: of a few hundred
pairs, the t that happens to call most of them right is much less certain.

The gallery rules are rehearsed: random photos of each person, training people included, are enrolled; the other validation
photos are probes. F(t) is the share of distances between a probe and ANOTHER person that are below t. A stranger is
accepted by a gallery of G people where the smallest of G such distances is below t. If they are independent,

    FAR(t) = 1 - (1 - F(t))^G                                                       (1)
    FRR(t) = share of probes whose distance to their own person is not below t      (2)

So a threshold that is right for 10 people is too generous for 1,000: G is stored beside it.

A threshold from a few validation people is noisy, and too optimistic: if no two of them happen to look alike, strangers seem
far away. On ORL, 5 people chose a threshold for a FAR of 5 %, and for 15 others it was 14 % (+- 11). Something else hardly
differs from training to training: how much nearer strangers are than the people of the training photos, which the network
has pushed apart. Let m be the median distance of a training photo to its own person, and u the threshold that training
photos themselves would choose by (1). Then strangers are to be expected from

    s = m + f (u - m)                                                               (3)

on, and s is worth as much as W validation people. With v the threshold that V of them choose, who did not train,

    t = (V v + W s) / (V + W)                                                       (4)

f and W belong to the space of the embeddings (spaces.py). Without whitening f is 1/3 and W is 10. There (4) brought the 14 %
down to 8 (+- 6). Without validation people t = s, which gave 6 (+- 5).

For a pair, u is the crossing of training pairs, and f is larger: the network has drawn their same pairs together and pushed
the others apart, which moves the crossing little. v is the crossing of pairs of two validation photos, since one training
photo is enough to make a stranger seem far away.
Three trainings on ORL, 5 of 10 unseen people chose and the other 5 were tested: 93.9 % of pairs right (balanced; +- 2.9 from draw to
draw), 94.0 without validation people, 95.3 by the best t for those tested; the best t of validation pairs gave 92.9 (+- 3.4).
All this holds for networks that learnt 20 people or more; where 8 celebrities trained, s accepted a quarter of 4 others.

A rate is measured, on people whom the network was not trained on, or it is estimated, and the entry says which. Photos of
one person are alike, so the interval of a rate counts people as independent, not photos (siamese_np/rates.py).
"""

from typing import Any

import numpy as np

from pipeline.recognise import gallery_threshold
from pipeline.recognise.gallery import Snapshot
from pipeline.recognise.gallery_threshold import FAR
from pipeline.recognise.rates_in_words import rate_of
from pipeline.recognise.recogniser import Recogniser
from pipeline.recognise.rules import RULES, gallery_distances
from pipeline.recognise.spaces import PLAIN, Space
from siamese_np import metrics

GALLERY_SIZE = 10  # G in (1)
SHOTS = 5  # photos of each person in the rehearsed galleries, where there are so many
ROUNDS = 50


def for_gallery(recogniser: Recogniser, snapshot: Snapshot, rule: str) -> dict[str, Any]:
    """The threshold of a gallery rule for the people at hand, with what it promises and what it rests on:

    threshold, gallery_size (people in the gallery), far and frr, each with NAME_measured (else it is an estimate, or None
    where there is not even that), NAME_low and NAME_high (the 95 % interval), found ("gallery": from its own
    photos, by gallery_threshold.py; "model": stored with the model), people and photos (it rests on so many).

    A gallery in which half of the people or more were trained on, by their names, keeps the model's threshold, and the rate
    is that of its own size, by (1).
    """
    stored = recogniser.thresholds[rule]
    size = len(snapshot.people)
    known = set(recogniser.extra.get("trained_on", ()))
    if 2 * sum(person in known for person in snapshot.people) >= size:
        far = 1 - (1 - stored["far"]) ** (size / stored["gallery_size"])  # (1)
        return {**stored, "far": far, "gallery_size": size, "found": "model"}
    among = gallery_threshold.among(snapshot, rule)
    t = gallery_threshold.threshold(among, stored["threshold"], stored["gallery_size"], recogniser.space)
    if size == 1:
        return {**stored, "threshold": t, "far": FAR, "far_measured": False, "gallery_size": 1, "found": "model"}
    several = int(np.sum(np.diff(np.append(snapshot.starts, len(snapshot.embeddings))) > 1))
    frr = float(np.mean(among.own >= t)) if several else None
    return {
        "threshold": t,
        "gallery_size": size,
        **rate_of("far", FAR, size, measured=False),
        **rate_of("frr", frr, several, measured=several > 0),
        "found": "gallery",
        "people": size,
        "photos": len(snapshot.embeddings),
    }


def choose(
    z: np.ndarray, people: np.ndarray, held_out: np.ndarray, unit_length: bool = True, seed: int = 0,
    trained: np.ndarray | None = None, space: Space = PLAIN,
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """For each rule an entry: threshold, gallery_size, people and photos (that were probes and that no network learnt
    from), far and frr, each with NAME_measured, NAME_low and NAME_high (the 95 % interval).

    z (N, D), people (N,): validation and training photos; held_out (N,) bool: the validation photos, which alone are
    probes (a pair has at least one of them). trained (N,) bool: the photos that a network learnt from, where it did.
    `pair` gets the threshold where both kinds are equally likely (its gallery_size is 1), the gallery rules the largest
    with FAR at most 5 %; both are drawn by (4) towards what training photos tell. far and frr are those of the held-out photos.
    far is measured where some probes show people who did not train, frr where photos did not: without them far is what
    the threshold aims at (for a pair, what (2) of gallery_threshold.py expects of it), and frr is that of training photos.
    Raises ValueError without same and different pairs.
    """
    learnt = np.zeros(len(z), bool) if trained is None else trained
    strangers = len(np.setdiff1d(people[held_out], people[learnt]))
    new = held_out & ~learnt
    basis = {"people": len(np.unique(people[new])), "photos": int(new.sum())}

    def entry(t: float, far: float, expected: float, frr: float, size: int) -> dict[str, Any]:
        measured = strangers > 0
        rates = rate_of("far", float(far) if measured else expected, strangers if measured else 0, measured)
        rates |= rate_of("frr", float(frr), basis["people"], bool(new.any()))
        return {"threshold": float(t), "gallery_size": size, **rates, **basis}

    chosen = {}
    for rule in RULES:
        d, own = _rehearse(rule, z, people, held_out, np.random.default_rng(seed), unit_length)
        threshold = _largest(d, own)
        if trained is not None:
            s = for_strangers(rule, z[trained], people[trained], unit_length, seed, space)
            threshold = drawn(threshold, strangers, s, space)
        chosen[rule] = entry(threshold, _far(d, own, threshold), FAR, np.mean(d[own] >= threshold), GALLERY_SIZE)
    d, same = _pairs(z, people, held_out, trained)
    threshold = _crossing(d, same)
    if trained is not None:
        everyone = np.ones(int(trained.sum()), bool)
        d_trained, same_trained = _pairs(z[trained], people[trained], everyone)
        among_trained = _nearer(d_trained[same_trained], _crossing(d_trained, same_trained), space.pair_nearer)
        threshold = drawn(threshold, strangers, among_trained, space)
    expected = gallery_threshold.expected_far(threshold, chosen["nearest"]["threshold"], GALLERY_SIZE, space.spread)
    return {"pair": entry(threshold, np.mean(d[~same] < threshold), expected, np.mean(d[same] >= threshold), 1), **chosen}


def drawn(threshold: float, new: int, among_trained: float, space: Space = PLAIN) -> float:
    """The threshold of `new` validation people, drawn towards that of training people."""
    return (new * threshold + space.worth * among_trained) / (new + space.worth)  # (4)


def _pairs(
    z: np.ndarray, people: np.ndarray, held_out: np.ndarray, trained: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Distances of pairs with a held-out photo (P,) and same (P,); of those without a trained photo, where there are any."""
    pairs, same = metrics.all_pairs(people)
    counts = held_out[pairs].any(1)
    if trained is not None:
        untrained = counts & ~trained[pairs].any(1)
        if same[untrained].any() and not same[untrained].all():
            counts = untrained
    return metrics.pair_distances(z, pairs[counts]), same[counts]


def _crossing(d: np.ndarray, same: np.ndarray) -> float:
    """Where a distance is as likely for a same pair as for a different one, each kind being normal in log d."""
    if not np.median(d[same]) < np.median(d[~same]):
        return metrics.roc(d, same).threshold_of_best_balance()  # they do not cross
    # a photo and its copy have d = 0, and tell nothing of people
    logs = np.log(np.maximum(d, np.median(d) / 100))
    means, deviations = (np.array([of(logs[kind]) for kind in (same, ~same)]) for of in (np.mean, np.std))
    between = np.linspace(*means, 1001)[:, None]
    deviations = np.maximum(deviations, 1e-6)
    own, other = (-np.log(deviations) - ((between - means) / deviations) ** 2 / 2).T
    return float(np.exp(between[np.argmin(np.abs(own - other)), 0]))


def _far(d: np.ndarray, own: np.ndarray, threshold: float) -> float:
    return float(1 - (1 - np.mean(d[~own] < threshold)) ** GALLERY_SIZE)  # (1)


def _largest(d: np.ndarray, own: np.ndarray) -> float:
    """The largest threshold with FAR at most 5 %."""
    curve = metrics.roc(d, own)
    far = 1 - (1 - curve.fpr) ** GALLERY_SIZE  # (1)
    return float(curve.threshold[np.flatnonzero(far <= FAR)[-1]])


def for_strangers(
    rule: str, z: np.ndarray, people: np.ndarray, unit_length: bool = True, seed: int = 0, space: Space = PLAIN
) -> float:
    """s of (3): what training photos z (N, D) of `people` (N,), as probes of each other, say about strangers."""
    everyone = np.ones(len(z), bool)
    d, own = _rehearse(rule, z, people, everyone, np.random.default_rng(seed), unit_length)
    return _nearer(d[own], _largest(d, own), space.nearer)


def _nearer(d_own: np.ndarray, threshold: float, share: float) -> float:
    """s of (3): where strangers are to be expected from, of the own distances and the threshold of training photos."""
    middle = float(np.median(d_own))
    return middle + share * (threshold - middle)  # (3)


def _rehearse(
    rule: str, z: np.ndarray, people: np.ndarray, held_out: np.ndarray, rng: np.random.Generator, unit_length: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Distances of probes to people over random galleries, and whether it is their own person."""
    everyone, counts = np.unique(people, return_counts=True)
    several = np.isin(people, everyone[counts > 1])  # who has a single photo can only be a stranger
    shots = min(SHOTS, int(counts[counts > 1].min()) - 1)
    distances, own = [], []
    for _ in range(ROUNDS):
        enrolled = np.zeros(len(people), bool)
        enrolled[several] = metrics.draw_gallery(people[several], shots, rng)
        probes = held_out & ~enrolled
        known, d = gallery_distances(rule, z[enrolled], people[enrolled], z[probes], unit_length)
        distances.append(d.ravel())
        own.append((people[probes][:, None] == known).ravel())
    return np.concatenate(distances), np.concatenate(own)
