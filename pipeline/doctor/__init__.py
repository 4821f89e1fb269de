"""The data doctor: what is wrong with a folder of people, before anything is learnt from it. It changes nothing."""

from pipeline.doctor.command import main
from pipeline.doctor.examine import Examination, examine
from pipeline.doctor.finding import KINDS, Finding

__all__ = ["KINDS", "Examination", "Finding", "examine", "main"]
