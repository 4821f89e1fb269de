"""What augmentation does: several looks at one face, and how far apart a network places two looks at one photo."""

import numpy as np

from pipeline.train.augmentation import Augmentation, augment
from pipeline.train.recipes import PRESETS, Recipe
from siamese_np import distance
from siamese_np.siamese import SiameseNetwork

SHOWN = 7  # looks, beside the photo as it is
PHOTOS = 16  # of the training, which are looked at twice
GREY = 50  # grey values for one standard deviation


def words(how: Augmentation) -> list[str]:
    """What is changed, and how much at most."""
    return [
        *["mirrored, every second time"] * how.mirror,
        f"turned by up to {how.rotation:g}°",
        f"made larger or smaller by up to {how.scale:.0%}".replace("%", " %"),
        f"shifted by up to {how.shift:.0%} of its side".replace("%", " %"),
        f"its contrast changed by up to {how.contrast:.0%}".replace("%", " %"),
        f"made lighter or darker by up to {how.brightness:g} standard deviations",
        f"covered by a rectangle of up to {how.cutout:.0%} of each side".replace("%", " %"),
    ]


def sheet(crop: np.ndarray, recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    """A grey crop (h, w) as a training sees it: the photo as it is, and SHOWN looks, side by side, uint8."""
    plain = recipe.preprocessing([crop])
    if not recipe.preprocessing.standardise:
        plain = (plain - plain.mean()) / max(plain.std(), 1e-6)
    changed = augment(np.repeat(plain, SHOWN, axis=0), recipe.augmentation, rng)
    row = np.concatenate([plain, changed])[:, 0].transpose(1, 0, 2).reshape(plain.shape[2], -1)
    return np.clip(np.round(127.5 + GREY * row), 0, 255).astype(np.uint8)


def apart(network: SiameseNetwork, x: np.ndarray, preset: str) -> float:
    """The mean distance of two looks at some of the photos x (N, 1, H, W), the same looks each time; as in a
    prediction."""
    rng, how = np.random.default_rng(0), PRESETS[preset].augmentation
    x = x[:: -(-len(x) // PHOTOS)]
    return float(distance.forward(*(network.embed(augment(x, how, rng)) for _ in range(2))).mean())
