"""Levels across economies: relative productivity, development accounting."""
