"""Tests of coupling, obstacles, overlap and validity."""
