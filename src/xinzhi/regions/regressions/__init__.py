"""Regressions on panels: fixed effects, moderation, thresholds, staggered adoption."""
