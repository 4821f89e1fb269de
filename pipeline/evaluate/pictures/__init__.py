"""The figures of an evaluation as pictures."""

from pipeline.evaluate.pictures.album import PICTURES, write
from pipeline.evaluate.pictures.judged import Judged

__all__ = ["PICTURES", "Judged", "write"]
