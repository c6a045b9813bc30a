"""Arithmetic that several rooms share: arrays in, arrays out."""

from xinzhi.numerics.index_numbers import Items, Pairs, bilateral, log_mean
from xinzhi.numerics.steps import log_changes, two_year_means

__all__ = ["Items", "Pairs", "bilateral", "log_changes", "log_mean", "two_year_means"]
