"""Tests of uncertainty, sensitivity, stability and comparison."""
