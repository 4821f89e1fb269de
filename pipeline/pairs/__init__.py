"""Pairs of faces for training. The faces are split into parts first; then pairs are drawn within each part.

    faces = orl.load()
    split = by_person(faces, val=5, test=15, rng=rng)
    data = build(faces, split, pairs=10_000, rng=rng)
    save("data/pairs", data)
"""

from pipeline.pairs.build import build
from pipeline.pairs.command import main
from pipeline.pairs.data import PARTS, PairData, fingerprint
from pipeline.pairs.dense import read_dense, write_dense
from pipeline.pairs.draw import draw_pairs
from pipeline.pairs.duplicates import Duplicates
from pipeline.pairs.read import Reading, read_folder
from pipeline.pairs.split import Split, by_image, by_person
from pipeline.pairs.splitfile import from_file
from pipeline.pairs.store import load, load_if_usable, save

__all__ = [
    "PARTS",
    "Duplicates",
    "PairData",
    "Reading",
    "Split",
    "build",
    "by_image",
    "by_person",
    "draw_pairs",
    "fingerprint",
    "from_file",
    "load",
    "load_if_usable",
    "main",
    "read_dense",
    "read_folder",
    "save",
    "write_dense",
]
