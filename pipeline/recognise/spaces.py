"""What was measured, once, of the two kinds of embedding space: as trained, and whitened after the training.

Thresholds for strangers rest on a few numbers that hardly differ from training to training (thresholds.py,
gallery_threshold.py). Whitening (siamese_np/whitening.py) changes them. They were chosen on people outside the training, of
five random halves of ORL and of web photos, asked by models of either; none is fitted again for a model or a gallery.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Space:
    """spread: the standard deviation of the distances of strangers to a person, as a share of their mean.

    nearer, pair_nearer: how far from the median distance of training photos to their own person, towards the threshold that
    training photos would choose, the threshold for strangers lies: of a gallery rule, and of pairs.
    worth: so many validation people weigh as much as what training photos tell.
    carries: whether the mean distance of strangers is nearly the same in front of another camera.
    """

    spread: float
    nearer: float
    pair_nearer: float
    worth: int
    carries: bool


# spread: .16 to .20 in most cases, up to .23 on ORL. The mean distance of strangers was between .85 and .97 on ORL, .78 and .88
# on web photos; the threshold of a model of web photos accepted half of the strangers on ORL.
PLAIN = Space(spread=0.17, nearer=1 / 3, pair_nearer=1.0, worth=10, carries=False)
# spread by the rule `both`: .126 to .146 on ORL, .104 to .131 on web photos. The mean distance was between 1.13 and 1.23 on ORL,
# 1.10 and 1.20 on web photos.
# nearer: .44 to .50, pair_nearer: .69 to .77.
WHITENED = Space(spread=0.128, nearer=0.46, pair_nearer=0.74, worth=30, carries=True)
