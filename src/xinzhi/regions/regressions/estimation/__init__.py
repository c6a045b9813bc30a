"""What regressions share: samples, effects, covariances, tables."""
