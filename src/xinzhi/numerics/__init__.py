"""Arithmetic that several rooms share: arrays in, arrays out."""

from xinzhi.numerics.steps import log_changes, two_year_means

__all__ = ["log_changes", "two_year_means"]
