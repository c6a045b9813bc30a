"""Structural change: shift-share and indices of structure."""
