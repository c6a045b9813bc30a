"""Tests of the steps of an index."""
