"""Rules of weights."""
