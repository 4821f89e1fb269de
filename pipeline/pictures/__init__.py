"""Pictures for people who would rather look than read."""

from pipeline.pictures.album import PICTURES, write
from pipeline.pictures.judged import Judged
from pipeline.pictures.training import curves

__all__ = ["PICTURES", "Judged", "curves", "write"]
