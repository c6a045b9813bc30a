"""Convergence between economies: beta, sigma, clubs, growth regressions."""
