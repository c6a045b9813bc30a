"""Tests of the diagnosis of an index."""
